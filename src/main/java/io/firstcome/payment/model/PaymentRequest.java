package io.firstcome.payment.model;

/**
 * What is asked for.
 *
 * @param id of the payment; null: one of its own is made. An id that another room derives makes the
 *     payment once for good, and there is no key
 * @param chargeId of a refund: the charge that it gives back; else null
 * @param caller who asks; keys are each caller's own, for charges and for refunds
 * @param key makes a repeated request the same one; null where the id does
 * @param digest SHA-256 of the request: the same key with another is a mistake
 * @param userId whose money it is; of a refund null, as the charge knows
 * @param currency as {@code userId}
 * @param provider as {@code userId}
 */
public record PaymentRequest(
    String id,
    Payment.Kind kind,
    String chargeId,
    String caller,
    String key,
    String digest,
    String userId,
    long amount,
    String currency,
    Payment.Provider provider) {

  /** The same of this charge: whose money, in which currency and where, the charge says. */
  public PaymentRequest of(Payment charge) {
    return new PaymentRequest(
        id,
        kind,
        charge.id(),
        caller,
        key,
        digest,
        charge.userId(),
        amount,
        charge.currency(),
        charge.provider());
  }
}

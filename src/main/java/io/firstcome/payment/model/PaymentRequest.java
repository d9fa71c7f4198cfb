package io.firstcome.payment.model;

/**
 * What is asked for.
 *
 * @param chargeId of a refund: the charge that it gives back; else null
 * @param caller who asks; keys are each caller's own, for charges and for refunds
 * @param key makes a repeated request the same one
 * @param digest SHA-256 of the request: the same key with another is a mistake
 * @param userId whose money it is; of a refund null, as the charge knows
 * @param currency as {@code userId}
 * @param provider as {@code userId}
 */
public record PaymentRequest(
    Payment.Kind kind,
    String chargeId,
    String caller,
    String key,
    String digest,
    String userId,
    long amount,
    String currency,
    Payment.Provider provider) {}

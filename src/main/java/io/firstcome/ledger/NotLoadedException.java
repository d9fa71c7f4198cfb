package io.firstcome.ledger;

/** Redis does not hold a coupon or a sale, or not all of it. Carries no stack trace. */
public final class NotLoadedException extends RuntimeException {

  public NotLoadedException(String id) {
    super("Redis does not hold " + id, null, false, false);
  }
}

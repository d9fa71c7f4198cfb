package io.firstcome.coupon;

/** Redis does not hold the coupon, or not all of it. Carries no stack trace. */
final class NotLoadedException extends RuntimeException {

  NotLoadedException(String couponId) {
    super("Redis does not hold coupon " + couponId, null, false, false);
  }
}

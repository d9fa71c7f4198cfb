package io.firstcome.coupon;

/**
 * Who waits for the decision of a claim. Told once, on the event loop it was made on: what was
 * decided, or why nothing is known.
 */
abstract class PendingClaim {

  final String userId;

  /** When the claim was made, by {@link System#nanoTime}. */
  final long startNanos = System.nanoTime();

  PendingClaim(String userId) {
    this.userId = userId;
  }

  abstract void decided(ClaimResult result);

  /**
   * @param why a {@link io.firstcome.web.ProblemException} or a {@link
   *     io.firstcome.redis.RedisException}
   */
  abstract void failed(Throwable why);
}

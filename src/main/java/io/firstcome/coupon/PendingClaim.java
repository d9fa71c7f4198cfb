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

  /** Whether it is not content with this and goes on by itself; then it is not told. */
  boolean goesOn(ClaimResult result) {
    return false;
  }

  abstract void decided(ClaimResult result);

  /**
   * @param why a {@link io.firstcome.http.problem.ProblemException} or a {@link
   *     io.firstcome.redis.RedisException}
   */
  abstract void failed(Throwable why);
}

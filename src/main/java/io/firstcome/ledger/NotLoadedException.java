package io.firstcome.ledger;

import io.firstcome.http.problem.ProblemType;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;

/**
 * Redis does not hold a coupon, a sale or an event, not all of it, or not for certain what it was.
 * Carries no stack trace.
 */
public final class NotLoadedException extends RuntimeException {

  private final ProblemType problem;

  public NotLoadedException(String id) {
    this("Redis does not hold " + id, ProblemType.LOADING);
  }

  private NotLoadedException(String message, ProblemType problem) {
    super(message, null, false, false);
    this.problem = problem;
  }

  /**
   * @throws NotLoadedException where a script answered LOADING or RECOVERING
   */
  public static void check(String id, Response reply) {
    if (reply.type() != ResponseType.SIMPLE) {
      return;
    }
    switch (reply.toString()) {
      case "LOADING" -> throw new NotLoadedException(id);
      case "RECOVERING" ->
          throw new NotLoadedException(
              "What Redis holds of " + id + " is not verified", ProblemType.RECOVERING);
      default -> {}
    }
  }

  /** What who asked is told. */
  public ProblemType problem() {
    return problem;
  }
}

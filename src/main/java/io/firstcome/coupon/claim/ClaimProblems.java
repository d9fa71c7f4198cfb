package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;

/** What a claimant who gets nothing is told. */
final class ClaimProblems {

  private ClaimProblems() {}

  static Problem of(Refused refused) {
    Problem problem = Problem.of(type(refused.reason()));
    return switch (refused.reason()) {
      case NOT_OPEN -> Lifecycle.notOpen(refused.opensAt(), refused.serverTime());
      case NOT_ELIGIBLE ->
          refused.message().isEmpty() ? problem : problem.detail(refused.message());
      case DATABASE_AWAY ->
          problem.detail(
              "The database is unavailable, so the claim could not be recorded and no unit was"
                  + " issued. Retry after 'Retry-After' seconds.");
      case TOO_FEW_LEFT ->
          problem.detail(
              "Fewer units are left than this claim needs, and none was issued. Request fewer.");
      case POOL_EMPTY ->
          problem.detail(
              "Every code that the operator has uploaded for this coupon has been issued. There may"
                  + " be more later.");
      case QUEUE_FULL ->
          problem.detail(
              "So many users are queued for this coupon that no other may be. Retry after"
                  + " 'Retry-After' seconds.");
      default -> problem;
    };
  }

  static Problem alreadyClaimed(Claim claim) {
    return Problem.of(ProblemType.ALREADY_CLAIMED).with("claim", claim);
  }

  /** What a claimant is told when nothing is known: asking again tells. */
  static Problem of(Throwable why) {
    if (why instanceof ProblemException known) {
      return known.problem();
    }
    return why instanceof RedisException redis
        ? RedisProblems.of(redis)
        : Problem.of(ProblemType.INTERNAL);
  }

  static ProblemType type(Reason reason) {
    return switch (reason) {
      case SOLD_OUT, TOO_FEW_LEFT, POOL_EMPTY -> ProblemType.SOLD_OUT;
      case WITHDRAWN -> ProblemType.WITHDRAWN;
      case LIMIT_REACHED -> ProblemType.LIMIT_REACHED;
      case NOT_ELIGIBLE -> ProblemType.NOT_ELIGIBLE;
      case NOT_OPEN -> ProblemType.NOT_OPEN;
      case PAUSED -> ProblemType.PAUSED;
      case CLOSED -> ProblemType.CLOSED;
      case LEDGER_FULL -> ProblemType.LEDGER_FULL;
      case LEDGER_BEHIND -> ProblemType.LEDGER_BEHIND;
      case REDIS_FULL -> ProblemType.REDIS_UNAVAILABLE;
      case QUEUE_FULL -> ProblemType.QUEUE_FULL;
      case GROUP_SOLD_OUT -> ProblemType.GROUP_SOLD_OUT;
      case DATABASE_AWAY -> ProblemType.DATABASE_UNAVAILABLE;
    };
  }
}

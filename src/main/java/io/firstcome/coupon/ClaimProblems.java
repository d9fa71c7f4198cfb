package io.firstcome.coupon;

import io.firstcome.coupon.ClaimResult.Reason;
import io.firstcome.coupon.ClaimResult.Refused;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemType;
import java.time.Duration;

/** What a claimant who gets nothing is told. */
final class ClaimProblems {

  private ClaimProblems() {}

  static Problem of(Refused refused) {
    Problem problem = Problem.of(type(refused.reason()));
    return refused.reason() == Reason.NOT_OPEN
        ? problem
            .with("opensAt", refused.opensAt())
            .with("serverTime", refused.serverTime())
            .retryAfter(Duration.between(refused.serverTime(), refused.opensAt()))
        : problem;
  }

  static Problem alreadyClaimed(Claim claim) {
    return Problem.of(ProblemType.ALREADY_CLAIMED).with("claim", claim);
  }

  static ProblemType type(Reason reason) {
    return switch (reason) {
      case SOLD_OUT -> ProblemType.SOLD_OUT;
      case NOT_ELIGIBLE -> ProblemType.NOT_ELIGIBLE;
      case NOT_OPEN -> ProblemType.NOT_OPEN;
      case PAUSED -> ProblemType.PAUSED;
      case CLOSED -> ProblemType.CLOSED;
      case LEDGER_FULL -> ProblemType.LEDGER_FULL;
    };
  }
}

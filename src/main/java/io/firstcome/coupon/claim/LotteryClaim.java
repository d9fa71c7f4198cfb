package io.firstcome.coupon.claim;

import io.firstcome.coupon.lottery.Lottery;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Entered;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.decision.Pending;

/** A claim of a lottery: a claim of tickets, which completes with the entry. */
final class LotteryClaim extends OuterClaim {

  private final Lottery lottery;

  LotteryClaim(Lottery lottery, Pending<ClaimResult> claim) {
    super(claim);
    this.lottery = lottery;
  }

  /** The claim of a lottery that this is, of one ticket or several; null where it is another. */
  static LotteryClaim of(Pending<ClaimResult> claim) {
    if (claim instanceof UnitsClaim tickets) {
      return of(tickets.claim());
    }
    return claim instanceof LotteryClaim entry ? entry : null;
  }

  Lottery lottery() {
    return lottery;
  }

  @Override
  protected void decided(ClaimResult result) {
    if (result instanceof Issued issued) {
      claim().complete(entered(issued.claim()));
    } else if (result instanceof AlreadyClaimed already) {
      claim().complete(entered(already.claim()));
    } else {
      claim().complete(result);
    }
  }

  private ClaimResult entered(Claim tickets) {
    LotteryEntry entry = lottery.entry(tickets);
    return entry.state() == LotteryEntry.State.WITHDRAWN
        ? new Refused(Reason.WITHDRAWN, null, null)
        : new Entered(entry);
  }
}

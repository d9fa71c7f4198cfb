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
import java.util.Map;

/** A claim of a lottery: a claim of tickets, which completes with the entry. */
final class LotteryClaim extends Pending<ClaimResult> {

  private final Lottery lottery;
  private final Pending<ClaimResult> claim;

  LotteryClaim(Lottery lottery, Pending<ClaimResult> claim) {
    super(claim.userId());
    this.lottery = lottery;
    this.claim = claim;
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

  /** The claim of the coupon. */
  Pending<ClaimResult> claim() {
    return claim;
  }

  @Override
  public Map<String, Object> attributes() {
    return claim.attributes();
  }

  @Override
  public String pass(String queueId) {
    return claim.pass(queueId);
  }

  @Override
  protected void decided(ClaimResult result) {
    if (result instanceof Issued issued) {
      claim.complete(entered(issued.claim()));
    } else if (result instanceof AlreadyClaimed already) {
      claim.complete(entered(already.claim()));
    } else {
      claim.complete(result);
    }
  }

  private ClaimResult entered(Claim tickets) {
    LotteryEntry entry = lottery.entry(tickets);
    return entry.state() == LotteryEntry.State.WITHDRAWN
        ? new Refused(Reason.WITHDRAWN, null, null)
        : new Entered(entry);
  }

  @Override
  protected void failed(Throwable why) {
    claim.fail(why);
  }
}

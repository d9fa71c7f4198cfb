package io.firstcome.coupon.claim;

import io.firstcome.coupon.code.ClaimCodes;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.decision.Pending;

/** A claim of a coupon whose units have codes: completes with them. */
final class CodedClaim extends OuterClaim {

  private final ClaimCodes codes;

  CodedClaim(Pending<ClaimResult> claim, ClaimCodes codes) {
    super(claim);
    this.codes = codes;
  }

  @Override
  protected void decided(ClaimResult result) {
    if (result instanceof Issued issued) {
      codes.show(issued.claim(), shown -> claim().complete(new Issued(shown)), claim()::fail);
    } else {
      codes.show(
          ((AlreadyClaimed) result).claim(),
          shown -> claim().complete(new AlreadyClaimed(shown)),
          claim()::fail);
    }
  }
}

package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.decision.Pending;

/** A claim of several units. */
final class UnitsClaim extends OuterClaim {

  private final int units;

  /**
   * @param units how many the user wants to hold in all
   */
  UnitsClaim(Pending<ClaimResult> claim, int units) {
    super(claim);
    this.units = units;
  }

  int units() {
    return units;
  }

  @Override
  protected void decided(ClaimResult result) {
    claim().complete(result);
  }
}

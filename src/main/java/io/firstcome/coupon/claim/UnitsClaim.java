package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.decision.Pending;
import java.util.Map;

/** A claim of several units. */
final class UnitsClaim extends Pending<ClaimResult> {

  private final Pending<ClaimResult> claim;
  private final int units;

  /**
   * @param units how many the user wants to hold in all
   */
  UnitsClaim(Pending<ClaimResult> claim, int units) {
    super(claim.userId());
    this.claim = claim;
    this.units = units;
  }

  Pending<ClaimResult> claim() {
    return claim;
  }

  int units() {
    return units;
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
    claim.complete(result);
  }

  @Override
  protected void failed(Throwable why) {
    claim.fail(why);
  }
}

package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.decision.Pending;
import java.util.Map;

/** A claim around another one, of the same user: what is decided of it completes that one. */
abstract class OuterClaim extends Pending<ClaimResult> {

  private final Pending<ClaimResult> claim;

  OuterClaim(Pending<ClaimResult> claim) {
    super(claim.userId());
    this.claim = claim;
  }

  /** The one inside. */
  final Pending<ClaimResult> claim() {
    return claim;
  }

  @Override
  public final Map<String, Object> attributes() {
    return claim.attributes();
  }

  @Override
  public final String pass(String queueId) {
    return claim.pass(queueId);
  }

  @Override
  protected final void failed(Throwable why) {
    claim.fail(why);
  }
}

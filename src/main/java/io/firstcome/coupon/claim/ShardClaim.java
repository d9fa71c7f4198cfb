package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.Shard;
import io.firstcome.decision.Pending;
import java.util.Map;

/** A claim of a sharded coupon at its user's shard; completes with the coupon's id and number. */
final class ShardClaim extends Pending<ClaimResult> {

  private final Shard shard;
  private final Pending<ClaimResult> claim;
  private final int attempt;

  /**
   * @param attempt from 1
   */
  public ShardClaim(Shard shard, Pending<ClaimResult> claim, int attempt) {
    super(claim.userId());
    this.shard = shard;
    this.claim = claim;
    this.attempt = attempt;
  }

  public Shard shard() {
    return shard;
  }

  public int attempt() {
    return attempt;
  }

  public ShardClaim again() {
    return new ShardClaim(shard, claim, attempt + 1);
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
      claim.complete(new Issued(shard.told(issued.claim())));
    } else if (result instanceof AlreadyClaimed already) {
      claim.complete(new AlreadyClaimed(shard.told(already.claim())));
    } else {
      claim.complete(result);
    }
  }

  @Override
  protected void failed(Throwable why) {
    claim.fail(why);
  }
}

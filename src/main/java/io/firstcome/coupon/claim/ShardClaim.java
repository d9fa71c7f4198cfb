package io.firstcome.coupon.claim;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.Shard;
import io.firstcome.decision.Pending;

/** A claim of a sharded coupon at its user's shard; completes with the coupon's id and number. */
final class ShardClaim extends OuterClaim {

  private final Shard shard;
  private final int attempt;

  /**
   * @param attempt from 1
   */
  public ShardClaim(Shard shard, Pending<ClaimResult> claim, int attempt) {
    super(claim);
    this.shard = shard;
    this.attempt = attempt;
  }

  public Shard shard() {
    return shard;
  }

  public int attempt() {
    return attempt;
  }

  public ShardClaim again() {
    return new ShardClaim(shard, claim(), attempt + 1);
  }

  @Override
  protected void decided(ClaimResult result) {
    if (result instanceof Issued issued) {
      claim().complete(new Issued(shard.told(issued.claim())));
    } else if (result instanceof AlreadyClaimed already) {
      claim().complete(new AlreadyClaimed(shard.told(already.claim())));
    } else {
      claim().complete(result);
    }
  }
}

package io.firstcome.coupon.script;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;

/**
 * What Redis holds of a sharded coupon (a campaign) itself; its shards hold the units.
 *
 * @param quantity units of all shards together
 * @param version of its definition
 */
public record CampaignMark(int shards, long quantity, long version)
    implements StoredCoupon, ClaimAnswer {

  /** Whether it is a lottery that is not drawn yet: no campaign has a single shard. */
  public boolean isLottery() {
    return shards == 1;
  }

  private static final String WORD = "SHARDED ";

  /** Reads the reply SHARDED; null if the reply is another one. */
  public static CampaignMark of(Response reply) {
    if (reply.type() != ResponseType.SIMPLE || !reply.toString().startsWith(WORD)) {
      return null;
    }
    String[] words = reply.toString().split(" ");
    return new CampaignMark(
        Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
  }
}

package io.firstcome.coupon;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;

/** It is a campaign: its shards are to be asked. Carries no stack trace. */
final class ShardedException extends RuntimeException {

  private static final String WORD = "SHARDED ";

  /**
   * What Redis has of a campaign itself.
   *
   * @param quantity units of the campaign in all
   * @param version of its definition
   */
  record Mark(int shards, long quantity, long version) {}

  private final transient Mark mark;

  private ShardedException(String couponId, String[] words) {
    super("The units of " + couponId + " are held by its shards", null, false, false);
    this.mark =
        new Mark(Integer.parseInt(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
  }

  /**
   * @throws ShardedException where a script answered SHARDED
   */
  static void check(String couponId, Response reply) {
    if (reply.type() == ResponseType.SIMPLE && reply.toString().startsWith(WORD)) {
      throw new ShardedException(couponId, reply.toString().split(" "));
    }
  }

  Mark mark() {
    return mark;
  }
}

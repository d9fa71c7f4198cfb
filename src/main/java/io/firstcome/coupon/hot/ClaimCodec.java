package io.firstcome.coupon.hot;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.script.ClaimReply;
import io.firstcome.decision.Lane;
import io.firstcome.decision.Pending;
import io.firstcome.redis.RedisLink;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Writes calls of {@code claim.lua} for one coupon and reads the replies. */
public final class ClaimCodec implements Lane.Codec<Pending<ClaimResult>, ClaimReply> {

  private static final byte[] AWAY = {'1'};
  private static final byte[] THERE = {'0'};

  private final HotCoupon coupon;
  private final byte[][] head;
  private final BooleanSupplier isDatabaseAway;

  /**
   * @param head the keys and the first arguments of every call
   * @param isDatabaseAway whether MySQL is known to be unavailable
   */
  public ClaimCodec(HotCoupon coupon, byte[][] head, BooleanSupplier isDatabaseAway) {
    this.coupon = coupon;
    this.head = head;
    this.isDatabaseAway = isDatabaseAway;
  }

  @Override
  public byte[][] encode(List<Pending<ClaimResult>> batch) {
    int users = head.length + 3;
    byte[][] args = new byte[users + batch.size()][];
    System.arraycopy(head, 0, args, 0, head.length);
    args[head.length] = RedisLink.SERVER;
    args[head.length + 1] = Long.toString(coupon.seen()).getBytes(StandardCharsets.US_ASCII);
    byte[] database = isDatabaseAway.getAsBoolean() ? AWAY : THERE;
    Eligibility eligibility = coupon.eligibility();
    args[head.length + 2] =
        eligibility == null ? database : judged(database, eligibility.judge(batch));
    for (int i = 0; i < batch.size(); i++) {
      args[users + i] = batch.get(i).userId().getBytes(StandardCharsets.ISO_8859_1);
    }
    return args;
  }

  private static byte[] judged(byte[] database, String judged) {
    return ((char) database[0] + judged).getBytes(StandardCharsets.US_ASCII);
  }

  @Override
  public ClaimReply decode(List<Pending<ClaimResult>> batch, Response reply) {
    return new ClaimReply(coupon.id(), batch.size(), reply);
  }
}

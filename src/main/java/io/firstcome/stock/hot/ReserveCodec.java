package io.firstcome.stock.hot;

import io.firstcome.decision.Lane;
import io.firstcome.redis.RedisLink;
import io.firstcome.stock.script.ReserveReply;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Writes calls of {@code stock-reserve.lua} for one sale and reads the replies. */
final class ReserveCodec implements Lane.Codec<HotReservation, ReserveReply> {

  private static final byte[] YES = {'1'};
  private static final byte[] NO = {'0'};

  private final byte[][] head;
  private final BooleanSupplier isDatabaseAway;
  private final BooleanSupplier isRedisShort;

  /**
   * @param head the keys and the first arguments of every call
   * @param isDatabaseAway whether MySQL is known to be unavailable
   * @param isRedisShort whether the remaining memory of Redis is reserved for claims
   */
  ReserveCodec(byte[][] head, BooleanSupplier isDatabaseAway, BooleanSupplier isRedisShort) {
    this.head = head;
    this.isDatabaseAway = isDatabaseAway;
    this.isRedisShort = isRedisShort;
  }

  /** Its lines, so that the work of one call is bounded. */
  @Override
  public int weight(HotReservation one) {
    return one.order().quantities().size();
  }

  @Override
  public byte[][] encode(List<HotReservation> batch) {
    List<byte[]> args = new ArrayList<>(head.length + 3 + 9 * batch.size());
    args.addAll(List.of(head));
    args.add(RedisLink.SERVER);
    args.add(isDatabaseAway.getAsBoolean() ? YES : NO);
    args.add(isRedisShort.getAsBoolean() ? YES : NO);
    for (HotReservation one : batch) {
      for (String arg : one.order().args(one.id())) {
        args.add(arg.getBytes(StandardCharsets.ISO_8859_1));
      }
    }
    return args.toArray(byte[][]::new);
  }

  @Override
  public ReserveReply decode(List<HotReservation> batch, Response reply) {
    return new ReserveReply(reply);
  }
}

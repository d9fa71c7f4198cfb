package io.firstcome.stock;

import io.firstcome.durability.Acknowledge;
import io.firstcome.redis.RedisLink;
import java.util.Arrays;
import java.util.function.Function;

/** What a replica keeps of a sale that is being reserved from: its lane on each event loop. */
final class HotSale {

  private final String id;

  /** By index of the link; each place is written on its own event loop only. */
  private volatile ReserveLane[] lanes = {};

  /** Fixed when the sale is created; as the first reply had it. */
  private volatile Acknowledge level = Acknowledge.REDIS;

  private volatile long lastUseNanos = System.nanoTime();

  HotSale(String id) {
    this.id = id;
  }

  String id() {
    return id;
  }

  /** The lane of this event loop. */
  ReserveLane lane(RedisLink link, Function<HotSale, ReserveLane> create) {
    ReserveLane[] now = lanes;
    ReserveLane lane = link.index() < now.length ? now[link.index()] : null;
    return lane != null ? lane : newLane(link.index(), create);
  }

  private synchronized ReserveLane newLane(int index, Function<HotSale, ReserveLane> create) {
    ReserveLane lane = create.apply(this);
    ReserveLane[] more = Arrays.copyOf(lanes, Math.max(lanes.length, index + 1));
    more[index] = lane;
    lanes = more;
    return lane;
  }

  Acknowledge level() {
    return level;
  }

  void level(Acknowledge heard) {
    if (level != heard) {
      level = heard;
    }
  }

  void usedAt(long nanos) {
    lastUseNanos = nanos;
  }

  boolean isIdle(long nowNanos, long idleNanos) {
    return nowNanos - lastUseNanos > idleNanos;
  }
}

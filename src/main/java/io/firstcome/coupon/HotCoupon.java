package io.firstcome.coupon;

import io.firstcome.durability.Acknowledge;
import io.firstcome.redis.RedisLink;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * What a replica keeps of a coupon that is being claimed: its gate, its lane on each event loop and
 * its counters.
 */
final class HotCoupon {

  private final String id;
  private final ClaimCounters counters;
  private final Gate gate = new Gate();

  /** By index of the link; each place is written on its own event loop only. */
  private volatile ClaimLane[] lanes = {};

  /** The highest sequence that was seen here to be issued. */
  private final AtomicLong seen = new AtomicLong();

  /** As the last reply had it. */
  private volatile Acknowledge level = Acknowledge.REDIS;

  private volatile long lastClaimNanos = System.nanoTime();

  HotCoupon(String id, ClaimCounters counters) {
    this.id = id;
    this.counters = counters;
  }

  String id() {
    return id;
  }

  ClaimCounters counters() {
    return counters;
  }

  Gate gate() {
    return gate;
  }

  /** The lane of this event loop. */
  ClaimLane lane(RedisLink link, Function<HotCoupon, ClaimLane> create) {
    ClaimLane[] now = lanes;
    ClaimLane lane = link.index() < now.length ? now[link.index()] : null;
    return lane != null ? lane : newLane(link.index(), create);
  }

  private synchronized ClaimLane newLane(int index, Function<HotCoupon, ClaimLane> create) {
    ClaimLane lane = create.apply(this);
    ClaimLane[] more = Arrays.copyOf(lanes, Math.max(lanes.length, index + 1));
    more[index] = lane;
    lanes = more;
    return lane;
  }

  /** Redis has issued this sequence: a state that does not know it is not the last there was. */
  void saw(long sequence) {
    if (sequence > seen.get()) {
      seen.accumulateAndGet(sequence, Math::max);
    }
  }

  long seen() {
    return seen.get();
  }

  Acknowledge level() {
    return level;
  }

  void level(Acknowledge heard) {
    if (level != heard) {
      level = heard;
    }
  }

  void claimedAt(long nanos) {
    lastClaimNanos = nanos;
  }

  boolean isIdle(long nowNanos, long idleNanos) {
    return nowNanos - lastClaimNanos > idleNanos;
  }
}

package io.firstcome.decision;

import io.firstcome.durability.Acknowledge;
import java.util.ArrayList;
import java.util.List;

/**
 * A coupon or sale in use: its lane on each event loop, and what the last reply said.
 *
 * @param <P> a request
 */
public class Hot<P extends Pending<?>> {

  private final String id;

  /** By index of the link; each entry is written by its own event loop only. */
  private volatile List<Lane<P, ?>> lanes = List.of();

  private volatile Acknowledge level = Acknowledge.REDIS;

  private volatile long lastUseNanos = System.nanoTime();

  public Hot(String id) {
    this.id = id;
  }

  public final String id() {
    return id;
  }

  /** The lane of the event loop whose link has this index; null if there is none yet. */
  public final Lane<P, ?> lane(int index) {
    List<Lane<P, ?>> now = lanes;
    return index < now.size() ? now.get(index) : null;
  }

  public final synchronized Lane<P, ?> putLane(int index, Lane<P, ?> lane) {
    List<Lane<P, ?>> more = new ArrayList<>(lanes);
    while (more.size() <= index) {
      more.add(null);
    }
    more.set(index, lane);
    lanes = more;
    return lane;
  }

  /** The level at which grants are acknowledged, as of the last reply. */
  public final Acknowledge level() {
    return level;
  }

  public final void level(Acknowledge heard) {
    if (level != heard) {
      level = heard;
    }
  }

  public final void usedAt(long nanos) {
    lastUseNanos = nanos;
  }

  final boolean isIdle(long nowNanos, long idleNanos) {
    return nowNanos - lastUseNanos > idleNanos;
  }

  /** Called when its set has dropped it. */
  protected void dropped() {}
}

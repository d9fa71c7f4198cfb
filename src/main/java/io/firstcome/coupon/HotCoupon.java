package io.firstcome.coupon;

import io.firstcome.decision.Hot;
import io.firstcome.decision.Pending;
import java.util.concurrent.atomic.AtomicLong;

/** A coupon in use, with its gate and its counters. */
final class HotCoupon extends Hot<Pending<ClaimResult>> {

  private final ClaimCounters counters;
  private final Gate gate = new Gate();

  /** The highest sequence that was seen here to be issued. */
  private final AtomicLong seen = new AtomicLong();

  HotCoupon(String id, ClaimCounters counters) {
    super(id);
    this.counters = counters;
  }

  ClaimCounters counters() {
    return counters;
  }

  Gate gate() {
    return gate;
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

  @Override
  protected void dropped() {
    gate.retire();
  }
}

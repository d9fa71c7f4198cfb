package io.firstcome.coupon.hot;

import io.firstcome.coupon.metrics.ClaimCounters;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.script.Version;
import io.firstcome.decision.Hot;
import io.firstcome.decision.Pending;
import java.util.concurrent.atomic.AtomicLong;

/** A coupon in use, with its gate and its counters. */
public final class HotCoupon extends Hot<Pending<ClaimResult>> {

  private final ClaimCounters counters;
  private final Gate gate = new Gate();

  /** The lanes of claims of several units, which a script of their own decides. */
  private final Hot<Pending<ClaimResult>> severalUnits;

  /** The lanes of claims of one unit: others where {@code claim-door.lua} decides them. */
  private volatile Hot<Pending<ClaimResult>> lanes = this;

  /** The highest sequence that was seen here to be issued. */
  private final AtomicLong seen = new AtomicLong();

  /** Who is eligible, as the script answered last; null: everybody, or the audience. */
  private volatile Eligibility eligibility;

  /** Whether its units have codes, which never changes. */
  private volatile boolean coded;

  /** When Redis said last that this holds, by {@link System#nanoTime}. */
  private final AtomicLong confirmedNanos = new AtomicLong();

  HotCoupon(String id, ClaimCounters counters) {
    super(id);
    this.severalUnits = new Hot<>(id);
    this.counters = counters;
  }

  public ClaimCounters counters() {
    return counters;
  }

  public Hot<Pending<ClaimResult>> severalUnits() {
    return severalUnits;
  }

  public Hot<Pending<ClaimResult>> lanes() {
    return lanes;
  }

  /** Redis has told that {@code claim-door.lua} decides its claims; for good. */
  public synchronized void atTheDoor() {
    if (lanes == this) {
      lanes = new Hot<>(id());
    }
  }

  public Gate gate() {
    return gate;
  }

  public boolean hasCodes() {
    return coded;
  }

  /** Redis has answered that its units have codes. */
  public void coded() {
    coded = true;
  }

  public Eligibility eligibility() {
    return eligibility;
  }

  public synchronized void eligibility(Eligibility told) {
    if (eligibility == null || told.asOf().isNewerThan(eligibility.asOf())) {
      eligibility = told;
    }
    confirmedNanos.set(System.nanoTime());
  }

  /**
   * Whether a claim without a pass goes to Redis all the same, so that it is seen when none is
   * needed any more: where a newer version is known, and else one claim in this time.
   */
  boolean mayConfirm(Eligibility known, long nowNanos, long maxAgeNanos) {
    long confirmed = confirmedNanos.get();
    return gate.hasHeardNewerThan(known.asOf())
        || nowNanos - confirmed >= maxAgeNanos && confirmedNanos.compareAndSet(confirmed, nowNanos);
  }

  /** A version was in force for which nobody was to be judged. */
  public void anybodyAsOf(Version version) {
    if (eligibility != null) {
      synchronized (this) {
        if (eligibility != null && version.isNewerThan(eligibility.asOf())) {
          eligibility = null;
        }
      }
    }
  }

  /** Redis has issued this sequence: a state that does not know it is not the last there was. */
  public void saw(long sequence) {
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

package io.firstcome.ledger;

import java.time.Duration;
import java.util.Optional;

/** What a replica knows of a ledger it looks after. */
public final class Ledger {

  public final String tag;
  private final long leaseNanos;

  // When it is looked at next; guarded by the lock of DrainQueue, except that anybody may read
  // woken.
  public volatile boolean woken;
  public boolean running;
  public boolean deaf;
  public boolean retired;
  public long due;
  public long order;

  // How it goes; written by the one thread that runs it (and live by the sweep).
  public volatile boolean live;
  private volatile boolean held;
  private volatile long leasedAt;
  private volatile Seen seen = Seen.NOTHING;
  public Long wroteAt;
  public int failures;
  public int refusals;
  public int quietPasses;
  public int batchEntries;
  public Long complainedAt;

  /** What the drainer saw last. */
  private record Seen(long entries, long oldestAgeNanos, long deadLetters, long atNanos) {
    static final Seen NOTHING = new Seen(0, 0, 0, 0);
  }

  public Ledger(String tag, int batchEntries, long leaseNanos) {
    this.tag = tag;
    this.leaseNanos = leaseNanos;
    this.batchEntries = batchEntries;
  }

  /** Whether this replica has the lease, as far as it can know: not for longer than it lasts. */
  public boolean held() {
    return held && System.nanoTime() - leasedAt <= leaseNanos;
  }

  /** Whether the lease is held and has not been renewed for a while: a pass takes its time. */
  public boolean mayEndSoon() {
    return held() && System.nanoTime() - leasedAt > leaseNanos / 4;
  }

  /** The lease was renewed; it may have been released meanwhile, and then it stays so. */
  public void renewed() {
    leasedAt = System.nanoTime();
  }

  /**
   * The lease was given back, or lost.
   *
   * @return whether this replica had it
   */
  public boolean release() {
    boolean had = held;
    held = false;
    return had;
  }

  /**
   * The lease was taken or renewed.
   *
   * @return whether it was taken
   */
  public boolean lease() {
    boolean taken = !held;
    leasedAt = System.nanoTime();
    held = true;
    return taken;
  }

  /** This was read. */
  public void see(LedgerStore.Reading reading) {
    long oldestNanos =
        reading.entries().isEmpty() ? 0 : ageNanos(reading, reading.entries().get(0));
    seen = new Seen(reading.length(), oldestNanos, reading.deadLetters(), System.nanoTime());
  }

  /** Some of what was seen has left. How old the rest is, the next reading tells. */
  public void settled(LedgerStore.Reading reading, int applied, int newDeadLetters) {
    boolean more = reading.entries().size() > applied;
    seen =
        new Seen(
            reading.length() - applied,
            reading.length() == applied
                ? 0
                : ageNanos(reading, reading.entries().get(more ? applied : applied - 1)),
            reading.deadLetters() + newDeadLetters,
            System.nanoTime());
  }

  /** Empty unless this replica drains it. */
  public Optional<LedgerLag> lag() {
    if (!held()) {
      return Optional.empty();
    }
    Seen last = seen;
    // It grows while MySQL is away and nothing is read.
    long oldest = last.entries == 0 ? 0 : last.oldestAgeNanos + System.nanoTime() - last.atNanos;
    return Optional.of(new LedgerLag(last.entries, Duration.ofNanos(oldest), last.deadLetters));
  }

  /**
   * By the id, which has the time of Redis in milliseconds: it is there whatever the fields are.
   */
  private static long ageNanos(LedgerStore.Reading reading, LedgerEntry entry) {
    String id = entry.id();
    long millis = Long.parseLong(id.substring(0, id.indexOf('-')));
    return Math.max(0, (reading.nowMicros() / 1_000 - millis) * 1_000_000);
  }
}

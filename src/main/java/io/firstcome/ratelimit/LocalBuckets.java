package io.firstcome.ratelimit;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The buckets of one kind of this replica alone, all in one table of fixed size: nothing that a
 * stranger sends makes it grow, and taking a token asks nobody.
 *
 * <p>A count-min sketch (Cormode and Muthukrishnan, 2005) of two rows with conservative update,
 * whose counters are buckets: each name has a slot in either row, and is refused where both are
 * empty. So one who shares a slot with somebody greedy has the other one still. Which slots these
 * are is drawn by each process.
 *
 * <p>A bucket is kept as {@code rate-limit.lua} keeps it: the time at which it is full again.
 */
final class LocalBuckets {

  private static final int SLOTS = 1 << 16;

  private final AtomicLongArray first = new AtomicLongArray(SLOTS);
  private final AtomicLongArray second = new AtomicLongArray(SLOTS);
  private final long multiplier = ThreadLocalRandom.current().nextLong() | 1;
  private final long intervalNanos;
  private final long capacityNanos;

  private LocalBuckets(double rate, int burst) {
    this.intervalNanos = Math.max(1, Math.round(TimeUnit.SECONDS.toNanos(1) / rate));
    this.capacityNanos = intervalNanos * burst;
  }

  /**
   * Buckets; null where there is no limit.
   *
   * @param rate tokens that come in a second; 0: no limit
   * @param burst tokens of a full bucket
   */
  static LocalBuckets of(double rate, int burst) {
    return rate == 0 ? null : new LocalBuckets(rate, burst);
  }

  /**
   * Takes a token.
   *
   * @param nowNanos the time since this process began, or any other that never goes back; not
   *     negative
   * @return 0 where there was one; otherwise how long it takes to come, in nanoseconds
   */
  long take(String whose, long nowNanos) {
    return take(whose, nowNanos, true);
  }

  /** What {@link #take} would return, and takes none. */
  long look(String whose, long nowNanos) {
    return take(whose, nowNanos, false);
  }

  /** Gives back a token that was taken and not needed. */
  void giveBack(String whose) {
    long hash = hash(whose);
    first.getAndAdd((int) (hash >>> 48), -intervalNanos);
    second.getAndAdd((int) (hash >>> 32) & SLOTS - 1, -intervalNanos);
  }

  private long take(String whose, long nowNanos, boolean takes) {
    long hash = hash(whose);
    int one = (int) (hash >>> 48);
    int other = (int) (hash >>> 32) & SLOTS - 1;
    long full = Math.max(nowNanos, Math.min(first.get(one), second.get(other)));
    long wait = full + intervalNanos - capacityNanos - nowNanos;
    if (wait > 0) {
      return wait;
    }
    if (takes) {
      raise(first, one, full + intervalNanos);
      raise(second, other, full + intervalNanos);
    }
    return 0;
  }

  /** Two who do this at once may take one token: it is the same to both that the slot rises. */
  private static void raise(AtomicLongArray row, int slot, long full) {
    if (row.get(slot) < full) {
      row.setRelease(slot, full);
    }
  }

  private long hash(String text) {
    long hash = multiplier;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * multiplier;
      hash ^= hash >>> 32;
    }
    return hash * multiplier;
  }
}

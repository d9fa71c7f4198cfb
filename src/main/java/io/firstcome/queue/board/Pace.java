package io.firstcome.queue.board;

/**
 * How fast the head of a queue advances: over the readings of the last half minute, of which one is
 * kept a second.
 */
final class Pace {

  private static final int KEPT = 30;
  private static final double NANOS = 1e9;

  /** What it is measured over at least: two readings that are near to each other tell little. */
  private static final long MIN_NANOS = 2_000_000_000L;

  private final long[] atNanos = new long[KEPT];
  private final long[] heads = new long[KEPT];
  private int size;
  private int next;

  /** A reading, not before the last one. */
  synchronized void add(long nowNanos, long head) {
    atNanos[next] = nowNanos;
    heads[next] = head;
    next = (next + 1) % KEPT;
    size = Math.min(size + 1, KEPT);
  }

  /** Places a second, at least 0; negative: not known. */
  synchronized double perSecond() {
    if (size < 2) {
      return -1;
    }
    int last = (next + KEPT - 1) % KEPT;
    int first = size < KEPT ? 0 : next;
    long nanos = atNanos[last] - atNanos[first];
    // A head that is behind is that of an event that was loaded again.
    return nanos < MIN_NANOS ? -1 : Math.max(0, (heads[last] - heads[first]) * NANOS / nanos);
  }
}

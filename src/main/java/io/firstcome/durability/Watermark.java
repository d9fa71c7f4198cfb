package io.firstcome.durability;

/**
 * Which numbers of a ledger are known to be secured: all in one range, at one level and of one
 * epoch. What it does not cover is secured or not: that is to be found out. For any thread.
 *
 * <p>News comes in order, mostly. What is not next to the range takes its place if it is higher:
 * numbers in between may have been refused, or their news was lost.
 */
final class Watermark {

  private record Range(Acknowledge level, long epoch, long from, long to) {}

  private static final Range NONE = new Range(null, 0, 1, 0);

  private volatile Range range = NONE;

  boolean covers(Acknowledge level, long epoch, long sequence) {
    Range known = range;
    return known.level == level
        && known.epoch == epoch
        && known.from <= sequence
        && sequence <= known.to;
  }

  /** All these are secured, the last included. */
  synchronized void add(Acknowledge level, long epoch, long from, long to) {
    Range known = range;
    if (known.level != level || known.epoch < epoch) {
      range = new Range(level, epoch, from, to);
    } else if (known.epoch == epoch) {
      if (from <= known.to + 1 && known.from <= to + 1) {
        range = new Range(level, epoch, Math.min(from, known.from), Math.max(to, known.to));
      } else if (to > known.to) {
        range = new Range(level, epoch, from, to);
      }
    }
  }

  /** Nothing is known any more at this level. */
  synchronized void forget(Acknowledge level) {
    if (range.level == level) {
      range = NONE;
    }
  }
}

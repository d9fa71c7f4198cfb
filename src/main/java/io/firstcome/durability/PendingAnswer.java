package io.firstcome.durability;

/**
 * An answer that is held back until what it tells is secured, see {@link Acknowledger}. It is told
 * one of the two, once.
 */
public abstract class PendingAnswer {

  final Acknowledge level;
  final String tag;
  final long epoch;
  final String server;
  final long sequence;
  final String key;
  final boolean isNew;

  /** The barrier that covers it, and the round. */
  Object barrier;

  long round;

  /** When it was held, by {@link System#nanoTime}. */
  long sinceNanos;

  /**
   * @param level at which it is to be secured; not {@link Acknowledge#REDIS}
   * @param tag of the ledger
   * @param epoch of the state that it was read from
   * @param server the identity of the Redis that told it; of no use but for replicas
   * @param sequence its number in that epoch; 0 where it has none: only its row in MySQL tells
   * @param key what MySQL tells it apart by: with its number, or alone
   * @param isNew whether it was decided just now, so that MySQL cannot have it yet
   */
  protected PendingAnswer(
      Acknowledge level,
      String tag,
      long epoch,
      String server,
      long sequence,
      String key,
      boolean isNew) {
    this.level = level;
    this.tag = tag;
    this.epoch = epoch;
    this.server = server;
    this.sequence = sequence;
    this.key = key;
    this.isNew = isNew;
  }

  public final long sequence() {
    return sequence;
  }

  public final String key() {
    return key;
  }

  /** It may be told. */
  protected abstract void secured();

  /** It was not secured in time, and may be yet: asking again tells. */
  protected abstract void notSecured();
}

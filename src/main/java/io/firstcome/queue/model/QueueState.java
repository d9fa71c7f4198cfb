package io.firstcome.queue.model;

import java.time.Duration;

/**
 * A queue as the scripts keep it.
 *
 * @param no its number in the event
 * @param version raised by every change of what an operator defines
 * @param maxActive how many active entries a user may have in the event when joining this queue
 * @param callTimeout how long who is called has to come
 * @param autoCall whether it calls for free places by itself
 * @param last the last number that was given
 * @param head the first number that may still wait
 */
public record QueueState(
    int no,
    long version,
    QueueStatus status,
    QueueMode mode,
    long capacity,
    int maxActive,
    Duration callTimeout,
    boolean autoCall,
    long last,
    long head,
    long waiting,
    long called,
    long inside) {

  /** Reads the text of {@code queue-state.lua}. */
  public static QueueState of(String text) {
    String[] words = text.split(" ");
    return new QueueState(
        Integer.parseInt(words[0]),
        Long.parseLong(words[1]),
        QueueStatus.valueOf(words[2]),
        QueueMode.valueOf(words[3]),
        Long.parseLong(words[4]),
        Integer.parseInt(words[5]),
        Duration.ofMillis(Long.parseLong(words[6])),
        words[7].equals("1"),
        Long.parseLong(words[8]),
        Long.parseLong(words[9]),
        Long.parseLong(words[10]),
        Long.parseLong(words[11]),
        Long.parseLong(words[12]));
  }

  /** The text of {@code queue-state.lua}. */
  public String text() {
    return "%d %d %s %s %d %d %d %d %d %d %d %d %d"
        .formatted(
            no,
            version,
            status,
            mode,
            capacity,
            maxActive,
            callTimeout.toMillis(),
            autoCall ? 1 : 0,
            last,
            head,
            waiting,
            called,
            inside);
  }

  /** Whether what an operator defines is the same in both. */
  public boolean isDefinedAs(QueueState other) {
    return version == other.version
        && status == other.status
        && capacity == other.capacity
        && maxActive == other.maxActive
        && callTimeout.equals(other.callTimeout)
        && autoCall == other.autoCall;
  }
}

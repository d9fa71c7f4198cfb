package io.firstcome.queue.model;

import java.time.Duration;

/**
 * A queue as the scripts keep it.
 *
 * @param no its number in the event
 * @param version raised by every change of what an operator defines
 * @param maxActive how many active entries a user may have in the event when joining this queue
 * @param timeout how long who is called has to come; in a room, how long a user is inside
 * @param autoCall whether it calls for free places by itself
 * @param last the last number that was given
 * @param head the first place whose user may still wait
 * @param rate how many a room lets in a second, else 0
 * @param opensMicros when a room opens, 0: at once
 * @param drawn how many had joined a room by its opening, -1: it has not opened
 * @param seed what draws their places, {@code -} where nothing is drawn
 * @param nextMicros when a room lets in the next
 * @param grace how long who is let into a room has to come; 0: they are inside at once
 */
public record QueueState(
    int no,
    long version,
    QueueStatus status,
    QueueMode mode,
    long capacity,
    int maxActive,
    Duration timeout,
    boolean autoCall,
    long last,
    long head,
    long waiting,
    long called,
    long inside,
    long rate,
    long opensMicros,
    long drawn,
    String seed,
    long nextMicros,
    Duration grace) {

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
        Long.parseLong(words[12]),
        Long.parseLong(words[13]),
        Long.parseLong(words[14]),
        Long.parseLong(words[15]),
        words[16],
        Long.parseLong(words[17]),
        Duration.ofMillis(Long.parseLong(words[18])));
  }

  /** The text of {@code queue-state.lua}. */
  public String text() {
    return "%d %d %s %s %d %d %d %d %d %d %d %d %d %d %d %d %s %d %d"
        .formatted(
            no,
            version,
            status,
            mode,
            capacity,
            maxActive,
            timeout.toMillis(),
            autoCall ? 1 : 0,
            last,
            head,
            waiting,
            called,
            inside,
            rate,
            opensMicros,
            drawn,
            seed,
            nextMicros,
            grace.toMillis());
  }

  /** Whether what an operator defines is the same in both. */
  public boolean isDefinedAs(QueueState other) {
    return version == other.version
        && status == other.status
        && capacity == other.capacity
        && maxActive == other.maxActive
        && timeout.equals(other.timeout)
        && autoCall == other.autoCall
        && rate == other.rate;
  }
}

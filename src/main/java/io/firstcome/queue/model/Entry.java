package io.firstcome.queue.model;

import io.firstcome.mysql.Micros;
import java.time.Instant;

/**
 * A user's place in a queue.
 *
 * @param number in the order of joining, never given twice
 * @param since when it came to its state; null while it waits
 * @param due by when who is called must have entered, or until when a user is inside a room; else
 *     null
 * @param ahead how many may be called before it, at most; 0 where it does not wait, -1 where its
 *     place is not drawn yet
 * @param place the head of the queue at which it is next; 0 where it does not wait, or is not drawn
 */
public record Entry(
    String queueId,
    String userId,
    long number,
    EntryState state,
    Instant since,
    Instant due,
    long ahead,
    long place) {

  /** Reads {@code queue number state since due ahead place}, as the scripts answer it. */
  public static Entry of(String userId, String text) {
    String[] words = text.split(" ");
    return new Entry(
        words[0],
        userId,
        Long.parseLong(words[1]),
        EntryState.of(words[2].charAt(0)),
        Micros.toInstant(Long.parseLong(words[3])),
        Micros.toInstant(Long.parseLong(words[4])),
        Long.parseLong(words[5]),
        Long.parseLong(words[6]));
  }

  /** Its id in MySQL, see {@link #id(String, long)}. */
  public String id() {
    return id(queueId, number);
  }

  /** The id of an entry in MySQL and in the ledger. */
  public static String id(String queueId, long number) {
    return queueId + ":" + number;
  }
}

package io.firstcome.queue.entry;

import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An entry as the API shows it. */
@Schema(name = "QueueEntry")
public record EntryView(
    @Schema(examples = "booth-7") String queueId,
    @Schema(examples = "alice") String userId,
    @Schema(description = "In the order of joining", examples = "17") long number,
    @Schema(examples = "CALLED") EntryState state,
    @Schema(
            description = "When the entry came to this state; absent while it waits",
            examples = "2026-07-01T10:00:00.123456Z")
        Instant since,
    @Schema(
            description =
                "By when a called user must have entered, or, let into a ROOM, must have come by"
                    + " asking; absent in other states",
            examples = "2026-07-01T10:05:00.123456Z")
        Instant enterBefore,
    @Schema(
            description = "Until when a user is inside a ROOM; absent in other states and modes",
            examples = "2026-07-01T10:10:00.123456Z")
        Instant insideUntil,
    @Schema(
            description =
                "Maximum number of users called before this one; absent unless it waits, and before"
                    + " its place is drawn. Never rises",
            examples = "12")
        Long ahead,
    @Schema(
            description =
                "Place in the line; the queue's status has the 'head', and place - head users are"
                    + " ahead. Absent as 'ahead' is",
            examples = "1012")
        Long place,
    @Schema(
            description =
                "Seconds after which to read the entry again, random and longer for users further"
                    + " back; absent when it has ended",
            examples = "8")
        Integer askAgainSeconds) {

  /** The shortest and the longest time after which to ask again. */
  private static final int MIN_AGAIN = 2;

  private static final int MAX_AGAIN = 60;

  /** So many places further back is a second longer. */
  private static final int PLACES_PER_SECOND = 100;

  static EntryView of(Entry entry) {
    return new EntryView(
        entry.queueId(),
        entry.userId(),
        entry.number(),
        entry.state(),
        entry.since(),
        entry.state() == EntryState.CALLED ? entry.due() : null,
        entry.state() == EntryState.INSIDE ? entry.due() : null,
        entry.state() == EntryState.WAITING && entry.ahead() >= 0 ? entry.ahead() : null,
        entry.place() > 0 ? entry.place() : null,
        entry.state().isFinal() ? null : askAgainSeconds(entry));
  }

  /** Random, so that users who joined together do not ask together. */
  public static int askAgainSeconds(Entry entry) {
    int seconds =
        entry.ahead() < 0
            ? MAX_AGAIN / 2
            : (int) Math.min(MAX_AGAIN, MIN_AGAIN + entry.ahead() / PLACES_PER_SECOND);
    return seconds + ThreadLocalRandom.current().nextInt(seconds / 2 + 1);
  }
}

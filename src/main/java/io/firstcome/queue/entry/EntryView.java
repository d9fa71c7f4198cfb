package io.firstcome.queue.entry;

import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An entry as the API shows it. */
@Schema(name = "QueueEntry")
record EntryView(
    @Schema(examples = "booth-7") String queueId,
    @Schema(examples = "alice") String userId,
    @Schema(description = "In the order of joining", examples = "17") long number,
    @Schema(examples = "CALLED") EntryState state,
    @Schema(
            description = "When the entry came to this state; absent while it waits",
            examples = "2026-07-01T10:00:00.123456Z")
        Instant since,
    @Schema(
            description = "By when a called user must have entered; absent in other states",
            examples = "2026-07-01T10:05:00.123456Z")
        Instant enterBefore,
    @Schema(
            description = "Until when a user is inside a ROOM; absent in other states and modes",
            examples = "2026-07-01T10:10:00.123456Z")
        Instant insideUntil,
    @Schema(
            description =
                "Maximum number of users called before this one; absent unless it waits, and before its place is drawn. Never"
                    + " rises",
            examples = "12")
        Long ahead) {

  static EntryView of(Entry entry) {
    return new EntryView(
        entry.queueId(),
        entry.userId(),
        entry.number(),
        entry.state(),
        entry.since(),
        entry.state() == EntryState.CALLED ? entry.due() : null,
        entry.state() == EntryState.INSIDE ? entry.due() : null,
        entry.state() == EntryState.WAITING && entry.ahead() >= 0 ? entry.ahead() : null);
  }
}

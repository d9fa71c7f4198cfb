package io.firstcome.queue.board;

import io.firstcome.queue.model.QueueStatus;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What everybody may know of a queue, the same for all of them. */
@Schema(name = "QueueStatus")
record BoardView(
    @Schema(examples = "door") String queueId,
    @Schema(examples = "OPEN") QueueStatus status,
    @Schema(description = "When a ROOM opens; null: at once", examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(description = "Whether users are let in by now: a ROOM has opened", examples = "true")
        boolean opened,
    @Schema(
            description =
                "The first place whose user may still wait; place - head users are ahead of an"
                    + " entry",
            examples = "1000")
        long head,
    @Schema(examples = "120") long waiting,
    @Schema(description = "Users called and inside", examples = "47") long occupied,
    @Schema(examples = "50") long capacity,
    @Schema(
            description =
                "Places by which the head advances in a second, measured over the last half minute;"
                    + " null: not known yet",
            examples = "98.5")
        Double placesPerSecond,
    @Schema(
            description = "Estimated wait in seconds of a user who joins now; null: not known",
            examples = "12")
        Long waitSeconds,
    @Schema(description = "The operator's message; null: none", examples = "Back at two o'clock.")
        String message) {}

package io.firstcome.queue.definition;

import io.firstcome.durability.Acknowledge;
import io.firstcome.http.input.Commitment;
import io.firstcome.mysql.Micros;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.model.QueueStatus;
import io.firstcome.queue.model.WhenAway;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A queue as the API shows it. */
@Schema(name = "Queue")
record QueueView(
    @Schema(examples = "booth-7") String id,
    @Schema(examples = "Booth 7") String name,
    @Schema(examples = "fair-2026") String event,
    @Schema(examples = "CALLED") QueueMode mode,
    @Schema(examples = "OPEN") QueueStatus status,
    @Schema(description = "Users that may be called and inside at once", examples = "50")
        long capacity,
    @Schema(examples = "2") int maxActive,
    @Schema(description = "Of the mode CALLED, else null", examples = "300")
        Long callTimeoutSeconds,
    @Schema(examples = "true") boolean autoCall,
    @Schema(description = "Of a ROOM, else null: users let in a second", examples = "100")
        Long perSecond,
    @Schema(description = "Of a ROOM, else null: how long a user is inside", examples = "600")
        Long insideSeconds,
    @Schema(
            description = "Of a ROOM, else null: how long a user who was let in has to come",
            examples = "120")
        Long graceSeconds,
    @Schema(description = "When a ROOM opens; null: at once", examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(
            description = "SHA-256 of the seed that draws the places; null: nothing is drawn",
            examples = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        String commitment,
    @Schema(
            description = "The seed, from the opening on; null before",
            examples = "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752")
        String seed,
    @Schema(
            description = "How many numbers are drawn, from the opening on; null before",
            examples = "25000")
        Long drawn,
    @Schema(
            description =
                "Ids of the coupons and sales that its passes are good for; empty: all that demand"
                    + " one",
            examples = "[\"summer-2026\"]")
        List<String> opens,
    @Schema(
            description = "Whether users get passes without an entry while Redis is unavailable",
            examples = "CLOSED")
        WhenAway whenAway,
    @Schema(description = "Shown to those who wait; null: nothing", examples = "Back at two.")
        String message,
    @Schema(examples = "REDIS") Acknowledge acknowledge,
    @Schema(examples = "120") long waiting,
    @Schema(examples = "3") long called,
    @Schema(examples = "47") long inside) {

  static QueueView of(
      String id,
      String name,
      String event,
      List<String> opens,
      WhenAway whenAway,
      String message,
      Acknowledge acknowledge,
      QueueState state) {
    boolean isRoom = state.mode() == QueueMode.ROOM;
    boolean isDrawing = state.opensMicros() > 0;
    long seconds = state.timeout().toSeconds();
    return new QueueView(
        id,
        name,
        event,
        state.mode(),
        state.status(),
        state.capacity(),
        state.maxActive(),
        isRoom ? null : seconds,
        state.autoCall(),
        isRoom ? state.rate() : null,
        isRoom ? seconds : null,
        isRoom ? state.grace().toSeconds() : null,
        Micros.toInstant(state.opensMicros()),
        isDrawing ? Commitment.to(state.seed()) : null,
        isDrawing && state.drawn() >= 0 ? state.seed() : null,
        isDrawing && state.drawn() >= 0 ? state.drawn() : null,
        opens,
        whenAway,
        message.isEmpty() ? null : message,
        acknowledge,
        state.waiting(),
        state.called(),
        state.inside());
  }
}

package io.firstcome.queue.definition;

import io.firstcome.durability.Acknowledge;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.model.QueueStatus;
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
    @Schema(examples = "300") long callTimeoutSeconds,
    @Schema(examples = "true") boolean autoCall,
    @Schema(examples = "REDIS") Acknowledge acknowledge,
    @Schema(examples = "120") long waiting,
    @Schema(examples = "3") long called,
    @Schema(examples = "47") long inside) {

  static QueueView of(
      String id, String name, String event, Acknowledge acknowledge, QueueState state) {
    return new QueueView(
        id,
        name,
        event,
        state.mode(),
        state.status(),
        state.capacity(),
        state.maxActive(),
        state.callTimeout().toSeconds(),
        state.autoCall(),
        acknowledge,
        state.waiting(),
        state.called(),
        state.inside());
  }
}

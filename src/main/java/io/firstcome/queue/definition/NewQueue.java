package io.firstcome.queue.definition;

import io.firstcome.durability.Acknowledge;
import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueRequests;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A queue as the operator orders it. */
@Schema(description = "A new queue")
record NewQueue(
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "Generated if omitted", examples = "booth-7")
        String id,
    @NotNull
        @Size(max = QueueRequests.MAX_NAME)
        @Pattern(regexp = QueueRequests.NAME, message = QueueRequests.NAME_MESSAGE)
        @Schema(examples = "Booth 7")
        String name,
    @NotNull
        @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(
            description =
                "What the queue belongs to; a user's active entries are counted over the queues of"
                    + " an event. Created with its first queue",
            examples = "fair-2026")
        String event,
    @Schema(description = "CALLED if omitted", examples = "CALLED") QueueMode mode,
    @NotNull
        @Min(1)
        @Max(QueueRequests.MAX_CAPACITY)
        @Schema(description = "Users that may be called and inside at once", examples = "50")
        Long capacity,
    @Min(1)
        @Max(100)
        @Schema(
            description =
                "Active entries a user may have in the event after joining this queue;"
                    + " firstcome.queue.max-active if omitted",
            examples = "2")
        Integer maxActive,
    @Min(1)
        @Max(QueueRequests.MAX_CALL_TIMEOUT)
        @Schema(
            description =
                "Time a called user has to enter before becoming a no-show;"
                    + " firstcome.queue.call-timeout if omitted",
            examples = "300")
        Long callTimeoutSeconds,
    @Schema(
            description = "Whether the queue calls users for free places itself; false if omitted",
            examples = "true")
        Boolean autoCall,
    @Schema(
            description =
                "When answers of the event's queues are sent; given with the event's first queue,"
                    + " firstcome.acknowledge if omitted",
            examples = "DATABASE")
        Acknowledge acknowledge) {

  NewQueue {
    id = id == null ? UUID.randomUUID().toString() : id;
    mode = mode == null ? QueueMode.CALLED : mode;
    autoCall = autoCall != null && autoCall;
  }

  /** Tells whether a request is this one again, whatever has become of the queue since. */
  String digest() {
    return Digests.of(
        String.join(
            "\n",
            name,
            event,
            mode.name(),
            capacity.toString(),
            String.valueOf(maxActive),
            String.valueOf(callTimeoutSeconds),
            autoCall.toString(),
            String.valueOf(acknowledge)));
  }
}

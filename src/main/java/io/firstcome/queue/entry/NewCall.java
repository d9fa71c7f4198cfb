package io.firstcome.queue.entry;

import io.firstcome.queue.model.QueueRequests;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** How many users to call. */
@Schema(description = "How many users to call")
record NewCall(
    @Min(1) @Max(QueueRequests.MAX_CALLED) @Schema(description = "1 if omitted", examples = "3")
        Integer count) {

  NewCall {
    count = count == null ? 1 : count;
  }
}

package io.firstcome.queue.definition;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import io.firstcome.http.input.NotRemovable;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.input.RemovableText;
import io.firstcome.http.problem.Problem;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueRequests;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.LinkedHashMap;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What to change of a queue; what is left out stays as it is. */
@Schema(description = "The members to change; omitted members keep their value")
record QueuePatch(
    @JsonDeserialize(using = NotRemovable.class)
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = QueueRequests.NAME, message = QueueRequests.NAME_MESSAGE)
        @Schema(examples = "Booth 7, hall B")
        String name,
    @JsonDeserialize(using = NotRemovable.class)
        @Min(1)
        @Max(QueueRequests.MAX_CAPACITY)
        @Schema(description = "Not below the number of users called and inside", examples = "60")
        Long capacity,
    @JsonDeserialize(using = NotRemovable.class) @Min(1) @Max(100) @Schema(examples = "3")
        Integer maxActive,
    @JsonDeserialize(using = NotRemovable.class)
        @Min(1)
        @Max(QueueRequests.MAX_CALL_TIMEOUT)
        @Schema(description = "For users called from now on", examples = "120")
        Long callTimeoutSeconds,
    @JsonDeserialize(using = NotRemovable.class) @Schema(examples = "true") Boolean autoCall,
    @JsonDeserialize(using = NotRemovable.class)
        @Min(1)
        @Max(QueueRequests.MAX_RATE)
        @Schema(description = "Of a ROOM", examples = "200")
        Long perSecond,
    @JsonDeserialize(using = RemovableText.class)
        @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(
            description = "Shown to those who wait; null: nothing",
            nullable = true,
            examples = "Back at two o'clock.")
        String message) {

  /** Refuses what the mode does not have. */
  void check(QueueMode mode) {
    if (mode == QueueMode.ROOM && (callTimeoutSeconds != null || autoCall != null)) {
      throw Problem.malformed(
              autoCall == null ? "callTimeoutSeconds" : "autoCall", "is not of the mode ROOM")
          .asException();
    }
    if (mode != QueueMode.ROOM && perSecond != null) {
      throw Problem.malformed("perSecond", "is not of the mode " + mode).asException();
    }
  }

  /** As {@code queue-define.lua} takes it; without name and message, which are in MySQL alone. */
  Map<String, String> changes() {
    Map<String, String> changes = new LinkedHashMap<>();
    if (capacity != null) {
      changes.put("capacity", capacity.toString());
    }
    if (maxActive != null) {
      changes.put("active", maxActive.toString());
    }
    if (callTimeoutSeconds != null) {
      changes.put("timeout", String.valueOf(callTimeoutSeconds * 1_000));
    }
    if (autoCall != null) {
      changes.put("auto", autoCall ? "1" : "0");
    }
    if (perSecond != null) {
      changes.put("rate", perSecond.toString());
    }
    return changes;
  }
}

package io.firstcome.queue.definition;

import io.firstcome.durability.Acknowledge;
import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.PlainText;
import io.firstcome.http.problem.ErrorMember;
import io.firstcome.http.problem.Problem;
import io.firstcome.mysql.Micros;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueRequests;
import io.firstcome.queue.model.WhenAway;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A queue as the operator orders it. */
@Schema(description = "A new queue")
record NewQueue(
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "Generated if omitted", examples = "booth-7")
        String id,
    @NotNull
        @Size(max = PlainText.MAX_LENGTH)
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
                "Of the mode CALLED: time a called user has to enter before becoming a no-show;"
                    + " firstcome.queue.call-timeout if omitted",
            examples = "300")
        Long callTimeoutSeconds,
    @Schema(
            description =
                "Of the mode CALLED: whether the queue calls users for free places itself; false if"
                    + " omitted",
            examples = "true")
        Boolean autoCall,
    @Min(1)
        @Max(QueueRequests.MAX_RATE)
        @Schema(
            description = "Of a ROOM, where it is required: users let in a second",
            examples = "100")
        Long perSecond,
    @Min(1)
        @Max(QueueRequests.MAX_CALL_TIMEOUT)
        @Schema(
            description =
                "Of a ROOM: how long a user is inside; firstcome.queue.inside-time if omitted",
            examples = "600")
        Long insideSeconds,
    @Min(QueueRequests.MIN_GRACE)
        @Max(QueueRequests.MAX_CALL_TIMEOUT)
        @Schema(
            description =
                "Of a ROOM: how long a user who was let in has to come, by asking; after it the"
                    + " user is a no-show and the next is let in. firstcome.queue.grace if omitted",
            examples = "120")
        Long graceSeconds,
    @Schema(
            description =
                "Of a ROOM: when it lets users in. The places of those who join before are drawn"
                    + " then. Open at once if omitted",
            examples = "2026-07-01T10:00:00Z")
        Instant opensAt,
    @Schema(
            description =
                "When answers of the event's queues are sent; given with the event's first queue,"
                    + " firstcome.acknowledge if omitted",
            examples = "DATABASE")
        Acknowledge acknowledge,
    @Size(max = MAX_OPENS)
        @Schema(
            description =
                "Ids of the coupons and sales that passes of this queue are good for; all that"
                    + " demand a pass of it if omitted",
            examples = "[\"summer-2026\"]")
        List<@NotNull @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE) String> opens,
    @Schema(
            description =
                "Whether users get passes without an entry while Redis is unavailable; CLOSED if"
                    + " omitted",
            examples = "CLOSED")
        WhenAway whenAway,
    @Size(max = PlainText.MAX_LENGTH)
        @Pattern(regexp = PlainText.PATTERN, message = PlainText.MESSAGE)
        @Schema(description = "Shown to those who wait", examples = "Back at two o'clock.")
        String message) {

  /** The most coupons and sales that a queue names. */
  private static final int MAX_OPENS = 20;

  NewQueue {
    id = id == null ? UUID.randomUUID().toString() : id;
    mode = mode == null ? QueueMode.CALLED : mode;
    autoCall = autoCall != null && autoCall;
    opens = opens == null ? List.of() : opens;
    whenAway = whenAway == null ? WhenAway.CLOSED : whenAway;
    message = message == null ? "" : message;
  }

  /** Refuses what the mode does not have. */
  void check() {
    boolean isRoom = mode == QueueMode.ROOM;
    List<ErrorMember> errors = new ArrayList<>();
    if (isRoom && perSecond == null) {
      errors.add(new ErrorMember("perSecond", "must be given for the mode ROOM"));
    }
    refuse(errors, "perSecond", !isRoom && perSecond != null);
    refuse(errors, "insideSeconds", !isRoom && insideSeconds != null);
    refuse(errors, "graceSeconds", !isRoom && graceSeconds != null);
    refuse(errors, "opensAt", !isRoom && opensAt != null);
    refuse(errors, "callTimeoutSeconds", isRoom && callTimeoutSeconds != null);
    refuse(errors, "autoCall", isRoom && autoCall);
    if (opensAt != null && (opensAt.isBefore(Instant.EPOCH) || !opensAt.isBefore(Micros.LIMIT))) {
      errors.add(new ErrorMember("opensAt", "must be before " + Micros.LIMIT));
    }
    if (!errors.isEmpty()) {
      throw Problem.malformed(errors).asException();
    }
  }

  private void refuse(List<ErrorMember> errors, String field, boolean isWrong) {
    if (isWrong) {
      errors.add(new ErrorMember(field, "is not of the mode " + mode));
    }
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
                String.valueOf(acknowledge),
                String.valueOf(perSecond),
                String.valueOf(insideSeconds),
                String.valueOf(opensAt))
            // Only where it says something, so that requests from before it was keep theirs.
            + (graceSeconds == null ? "" : "\ngrace " + graceSeconds)
            + (opens.isEmpty() ? "" : "\nopens " + column(opens))
            + (whenAway == WhenAway.CLOSED ? "" : "\nwhenAway " + whenAway)
            + (message.isEmpty() ? "" : "\nmessage " + message));
  }

  /** As MySQL has it. */
  static String column(List<String> opens) {
    return String.join(" ", opens);
  }

  /** As it is read from MySQL. */
  static List<String> listOf(String column) {
    return column.isEmpty() ? List.of() : List.of(column.split(" "));
  }
}

package io.firstcome.lifecycle;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import java.time.Duration;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * When a coupon or a sale gives units to those who come: its window, and what the operator has done
 * to it. {@code phase.lua} is the same in Redis.
 *
 * @param opensAt null: open since its creation
 * @param closesAt null: no end
 */
public record Lifecycle(Status status, Instant opensAt, Instant closesAt) {

  /** What a newcomer meets, in the order in which it is judged. */
  @Schema(name = "SaleState")
  public enum Phase {
    CLOSED,
    NOT_OPEN,
    PAUSED,
    OPEN
  }

  /**
   * The phase at an instant.
   *
   * @param now by the clock of the store that decides
   */
  public Phase at(Instant now) {
    if (status == Status.CLOSED || closesAt != null && !now.isBefore(closesAt)) {
      return Phase.CLOSED;
    }
    if (opensAt != null && now.isBefore(opensAt)) {
      return Phase.NOT_OPEN;
    }
    return status == Status.PAUSED ? Phase.PAUSED : Phase.OPEN;
  }

  /** Why a newcomer gets nothing at that instant, or null: it is open. */
  public Problem refusal(Instant now) {
    return switch (at(now)) {
      case CLOSED -> Problem.of(ProblemType.CLOSED);
      case NOT_OPEN -> notOpen(opensAt, now);
      case PAUSED -> Problem.of(ProblemType.PAUSED);
      case OPEN -> null;
    };
  }

  /** The problem of who comes before the opening. */
  public static Problem notOpen(Instant opensAt, Instant now) {
    return Problem.of(ProblemType.NOT_OPEN)
        .with("opensAt", opensAt)
        .with("serverTime", now)
        .retryAfter(Duration.between(now, opensAt));
  }

  /** Refuses windows that never open, and instants that the stores cannot keep. */
  public static void checkWindow(Instant opensAt, Instant closesAt) {
    checkInstant("opensAt", opensAt);
    checkInstant("closesAt", closesAt);
    if (opensAt != null && closesAt != null && !closesAt.isAfter(opensAt)) {
      throw Problem.malformed("closesAt", "must be after opensAt").asException();
    }
  }

  /** Refuses an instant that the stores cannot keep; null is none. */
  public static void checkInstant(String field, Instant instant) {
    if (instant != null && !(instant.isAfter(Instant.EPOCH) && instant.isBefore(Micros.LIMIT))) {
      throw Problem.malformed(field, "must lie between 1970 and " + Micros.LIMIT).asException();
    }
  }
}

package io.firstcome.stock.reservation;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.Reservation.Status;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What became of a reservation, from MySQL, in order. */
@ApplicationScoped
class ReservationHistory {

  /** More than a reservation has in a day. */
  private static final int MOST = 1_000;

  private final Pool mysql;
  private final MySqlCalls calls;

  ReservationHistory(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  /** What happened to a reservation. */
  enum Event {
    RESERVED,
    EXTENDED,
    TAKEN_AGAIN,
    CONFIRMED,
    CANCELLED,
    EXPIRED,
    UNDONE
  }

  /** A step in the life of a reservation. */
  @Schema(name = "ReservationEvent")
  record Step(
      Event event,
      @Schema(
              description = "The time of the store that decided",
              examples = "2026-07-01T10:00:00.000001Z")
          Instant at,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description = "Who did it; not kept of confirming, cancelling and expiring",
              examples = "shop")
          String by,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(examples = "Refunded: wrong size")
          String reason) {}

  /** All steps in order. */
  @Schema(name = "ReservationHistory")
  record Steps(List<Step> steps) {}

  /**
   * @param owner whose it must be, or null: anybody's
   */
  Uni<Steps> of(String saleId, String id, String owner) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT r.user_id, r.status, r.created_at, r.ended_at, c.kind, c.changed_at,"
                        + " c.changed_by, c.reason FROM reservation r LEFT JOIN reservation_change"
                        + " c ON c.sale_id = r.sale_id AND c.reservation_id = r.id"
                        + " WHERE r.sale_id = ? AND r.id = ? ORDER BY c.change_no LIMIT ?")
                .execute(Tuple.of(saleId, id, MOST)))
        .map(rows -> steps(rows, owner));
  }

  private static Steps steps(RowSet<Row> rows, String owner) {
    List<Step> steps = new ArrayList<>();
    Row last = null;
    for (Row row : rows) {
      if (owner != null && !owner.equals(row.getString(0))) {
        break;
      }
      if (last == null) {
        steps.add(step(Event.RESERVED, row, 2, row.getString(0), null));
      }
      if (row.getString(4) != null) {
        Event event = Event.valueOf(Change.ofStored(row.getString(4)).name());
        String reason = row.getString(7);
        steps.add(step(event, row, 5, row.getString(6), reason.isEmpty() ? null : reason));
      }
      last = row;
    }
    if (last == null) {
      throw Problem.of(ProblemType.UNKNOWN_RESERVATION).asException();
    }
    Status status = Status.valueOf(last.getString(1));
    if (status != Status.HELD && status != Status.UNDONE) {
      steps.add(step(Event.valueOf(status.name()), last, 3, null, null));
    }
    return new Steps(steps);
  }

  private static Step step(Event event, Row row, int time, String by, String reason) {
    return new Step(event, Micros.toInstant(row.getLocalDateTime(time)), by, reason);
  }
}

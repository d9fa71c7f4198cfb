package io.firstcome.stock.sale;

import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds the reservations that a user holds and that count against the user's own limit, so that a
 * refusal can name them. Read from MySQL, where those of {@code HOT} sales arrive within moments; a
 * refusal is not held up by it where MySQL is unavailable.
 */
@ApplicationScoped
class OwnHolds {

  private static final int MAX_LOOK_UPS = 256;

  private record OfUser(String saleId, String userId) {}

  private record Held(Reservation.Hold hold, String lines) {}

  private final Pool mysql;
  private final MySqlCalls calls;
  private final SingleFlight<OfUser, List<Held>> lookUps = new SingleFlight<>(MAX_LOOK_UPS);

  OwnHolds(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  /**
   * Holds of a user in a sale, the oldest first.
   *
   * @param items only such that hold units of one of these; empty: all
   * @return never fails; none where that is not known
   */
  Uni<List<Reservation.Hold>> of(String saleId, String userId, Set<String> items) {
    OfUser key = new OfUser(saleId, userId);
    return lookUps
        .run(key, () -> read(key))
        .map(
            all ->
                all.stream()
                    .filter(held -> items.isEmpty() || hasAny(held.lines(), items))
                    .map(Held::hold)
                    .toList())
        .onFailure()
        .recoverWithItem(List.of());
  }

  private static boolean hasAny(String lines, Set<String> items) {
    return ReservationLine.decode(lines).stream()
        .anyMatch(line -> line.granted() > 0 && items.contains(line.itemId()));
  }

  private Uni<List<Held>> read(OfUser key) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT id, expires_at, line_items FROM reservation WHERE sale_id = ?"
                        + " AND user_id = ? AND status = 'HELD' AND expires_at > UTC_TIMESTAMP(6)"
                        + " ORDER BY created_at, id LIMIT ?")
                .execute(Tuple.of(key.saleId(), key.userId(), Reservation.MOST_OWN_HOLDS)))
        .map(
            rows -> {
              List<Held> held = new ArrayList<>();
              rows.forEach(
                  row ->
                      held.add(
                          new Held(
                              new Reservation.Hold(
                                  row.getString(0), Micros.toInstant(row.getLocalDateTime(1))),
                              row.getString(2))));
              return held;
            });
  }
}

package io.firstcome.stock;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.durability.DurabilityCheck;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.ledger.AggregateType;
import io.firstcome.mysql.In;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.redis.Keys;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks whether MySQL has reservations. One that was confirmed or cancelled must have ended so
 * there; of all others it is enough that they are there, since their time ends them anywhere.
 */
@Singleton
class ReservationEvidence implements DurabilityCheck {

  private final Pool mysql;
  private final MySqlCalls calls;

  ReservationEvidence(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  /** What to look for: its id, and how it must have ended if it must. */
  static String key(Reservation reservation) {
    return switch (reservation.status()) {
      case CONFIRMED, CANCELLED -> reservation.id() + " " + reservation.status();
      case HELD, EXPIRED, REFUSED -> reservation.id();
    };
  }

  @Override
  public AggregateType type() {
    return SALE;
  }

  @Override
  public Uni<Set<PendingAnswer>> inMySql(String tag, List<PendingAnswer> held) {
    In ids = In.of(held.stream().map(one -> one.key().split(" ")[0]).toList());
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT id, status FROM reservation WHERE sale_id = ? AND id IN " + ids.marks())
                .execute(Tuple.wrap(ids.after(Keys.saleOf(tag)))))
        .map(
            rows -> {
              Map<String, String> statuses = new HashMap<>();
              for (Row row : rows) {
                statuses.put(row.getString(0), row.getString(1));
              }
              return held.stream()
                  .filter(one -> isThere(one.key().split(" "), statuses))
                  .collect(Collectors.toUnmodifiableSet());
            });
  }

  private static boolean isThere(String[] key, Map<String, String> statuses) {
    String status = statuses.get(key[0]);
    return status != null && (key.length == 1 || key[1].equals(status));
  }
}

package io.firstcome.stock.database;

import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Strategy;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Asks what there is of an order's items. One statement sees one instant: with what it found, a
 * request may be refused, though nothing is locked; granting needs more, see {@link
 * UnitStore#take}.
 */
final class AvailabilityQuery {

  /** Along the key of stock_request; how many it can be is bounded by what is refused for it. */
  private static final String OF_USER =
      "(SELECT COUNT(CASE WHEN r.status = 'HELD' AND r.expires_at > UTC_TIMESTAMP(6) THEN 1 END)"
          + " held, COUNT(q.reservation_id) kept, COUNT(*) - COUNT(q.reservation_id) refusals"
          + " FROM stock_request q LEFT JOIN reservation r"
          + " ON r.sale_id = q.sale_id AND r.id = q.reservation_id"
          + " WHERE q.sale_id = ? AND q.user_id = ?)";

  private AvailabilityQuery() {}

  /**
   * Asks.
   *
   * @param available an expression for the units of item {@code i} that are available
   * @param params of that expression
   */
  static List<ItemAvailability> of(
      SqlTransaction tx,
      ReservationRequest order,
      Strategy strategy,
      String available,
      Object... params) {
    List<Object> all = new ArrayList<>(Arrays.asList(params));
    all.add(strategy.name());
    all.add(order.saleId());
    all.add(order.saleId());
    all.add(order.userId());
    all.add(order.userId());
    all.add(order.saleId());
    all.add(strategy.name());
    In items = In.of(order.quantities().keySet());
    all.addAll(items.values());
    List<ItemAvailability> facts = new ArrayList<>(order.quantities().size());
    for (Row row : tx.query(query(available, items), all.toArray())) {
      facts.add(
          new ItemAvailability(
              row.getString(0),
              row.getLong(1),
              row.getLong(2),
              row.getLong(3),
              row.getLong(4),
              row.getLocalDateTime(5),
              row.getLong(6) != 0,
              new ItemAvailability.OfUser(row.getLong(7), row.getLong(8), row.getLong(9)),
              new Lifecycle(
                  Status.ofStored(row.getString(10)),
                  Micros.toInstant(row.getLocalDateTime(11)),
                  Micros.toInstant(row.getLocalDateTime(12)))));
    }
    return facts;
  }

  private static String query(String available, In items) {
    return "SELECT i.id, i.user_limit, "
        + available
        + ", i.version, t.quantity, UTC_TIMESTAMP(6), "
        + due()
        + ", u.held, u.kept, u.refusals, s.status, s.opens_at, s.closes_at"
        + " FROM item i JOIN sale s ON s.id = i.sale_id JOIN "
        + OF_USER
        + " u LEFT JOIN item_taker t"
        + " ON t.sale_id = i.sale_id AND t.item_id = i.id AND t.user_id = ?"
        + " WHERE i.sale_id = ? AND i.strategy = ? AND i.id IN "
        + items.marks()
        + " ORDER BY i.id";
  }

  /**
   * Whether time is up for a reservation of a strategy and sale, its two parameters. By this index
   * whatever the server estimates: any other would read all reservations of the sale.
   */
  static String due() {
    return "EXISTS (SELECT 1 FROM reservation r FORCE INDEX (reservation_due)"
        + " WHERE r.strategy = ? AND r.status = 'HELD' AND r.expires_at <= UTC_TIMESTAMP(6)"
        + " AND r.sale_id = ?)";
  }
}

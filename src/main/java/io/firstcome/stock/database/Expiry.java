package io.firstcome.stock.database;

import io.firstcome.mysql.In;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationLine;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Gives back what reservations hold that were given up or whose time is up.
 *
 * <p>A reservation ends by one conditional update, and its units come back in the same transaction:
 * whoever dies half-way has done nothing, and of all that notice at once one finds it held. Those
 * whose time is up end in batches: an item that a hundred of them hold is updated once.
 */
@ApplicationScoped
class Expiry {

  private final SqlTransactions mysql;
  private final DatabaseStockConfig config;
  private final StockMetrics metrics;

  Expiry(SqlTransactions mysql, DatabaseStockConfig config, StockMetrics metrics) {
    this.mysql = mysql;
    this.config = config;
    this.metrics = metrics;
  }

  /**
   * Ends a batch of reservations whose time is up. Those that others are about to end are left to
   * them. Blocks.
   *
   * @param saleId of this sale, or null: of any
   * @return how many it has ended
   */
  int release(UnitStore units, String saleId) {
    List<Reservation> ended =
        mysql.runBriefly(config.lockWaitSeconds(), tx -> end(tx, units, saleId));
    ended.forEach(
        due ->
            metrics.ended(
                units.strategy(),
                Reservation.Status.EXPIRED,
                Duration.between(due.createdAt(), due.expiresAt())));
    return ended.size();
  }

  private List<Reservation> end(SqlTransaction tx, UnitStore units, String saleId) {
    List<Object> params = new ArrayList<>(List.of(units.strategy().name()));
    if (saleId != null) {
      params.add(saleId);
    }
    params.add(config.sweepBatch());
    List<Reservation> all = new ArrayList<>();
    Map<String, List<Reservation>> bySale = new TreeMap<>();
    for (Row row :
        tx.query(
            "SELECT "
                + ReservationRow.COLUMNS
                + " FROM reservation FORCE INDEX (reservation_due)"
                + " WHERE strategy = ? AND status = 'HELD'"
                + " AND expires_at <= UTC_TIMESTAMP(6)"
                + (saleId == null ? "" : " AND sale_id = ?")
                + " ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED",
            params.toArray())) {
      Reservation due = ReservationRow.of(row).reservation();
      bySale.computeIfAbsent(due.saleId(), sale -> new ArrayList<>()).add(due);
      all.add(due);
    }
    bySale.forEach(
        (sale, due) -> {
          expire(tx, sale, due);
          giveBack(tx, units, sale, due);
        });
    return all;
  }

  private static void expire(SqlTransaction tx, String saleId, List<Reservation> due) {
    In ids = In.of(due.stream().map(Reservation::id).toList());
    int changed =
        tx.query(
                "UPDATE reservation SET status = 'EXPIRED', ended_at = UTC_TIMESTAMP(6),"
                    + " changes = changes + 1"
                    + " WHERE sale_id = ? AND status = 'HELD' AND expires_at <= UTC_TIMESTAMP(6)"
                    + " AND id IN "
                    + ids.marks(),
                ids.after(saleId))
            .rowCount();
    UnitStore.mustBe(due.size(), changed, "Ending reservations of " + saleId);
  }

  /** Gives back what reservations of a sale held that have just ended, in this transaction. */
  static void giveBack(
      SqlTransaction tx, UnitStore units, String saleId, List<Reservation> reservations) {
    back(tx, units, saleId, reservations)
        .forEach(
            (itemId, returned) ->
                units.giveBack(tx, saleId, itemId, returned.quantity, returned.reservationIds));
  }

  /** Gives back what a reservation had bought that was just undone, in this transaction. */
  static void undo(SqlTransaction tx, UnitStore units, Reservation undone) {
    back(tx, units, undone.saleId(), List.of(undone))
        .forEach(
            (itemId, returned) ->
                units.undo(tx, undone.saleId(), itemId, returned.quantity, undone.id()));
  }

  /** What is to come back, after the users have less of it. */
  private static Map<String, Returned> back(
      SqlTransaction tx, UnitStore units, String saleId, List<Reservation> reservations) {
    Map<String, Returned> items = new TreeMap<>();
    for (Reservation reservation : reservations) {
      for (ReservationLine line : reservation.lines()) {
        if (line.granted() > 0) {
          items
              .computeIfAbsent(line.itemId(), id -> new Returned())
              .add(reservation, line.granted());
        }
      }
    }
    units.lock(tx, saleId, items.keySet());
    Set<String> limited = limited(tx, saleId, items.keySet());
    items.forEach(
        (itemId, returned) -> {
          if (limited.contains(itemId)) {
            returned.byUser.forEach((user, quantity) -> less(tx, saleId, itemId, user, quantity));
          }
        });
    return items;
  }

  /** What comes back of an item. */
  private static final class Returned {
    private final Map<String, Long> byUser = new TreeMap<>();
    private final List<String> reservationIds = new ArrayList<>();
    private long quantity;

    void add(Reservation reservation, long granted) {
      byUser.merge(reservation.userId(), granted, Long::sum);
      reservationIds.add(reservation.id());
      quantity += granted;
    }
  }

  /** Those of these items of which a user may take so many. */
  private static Set<String> limited(SqlTransaction tx, String saleId, Set<String> itemIds) {
    In items = In.of(itemIds);
    Set<String> limited = new HashSet<>();
    for (Row row :
        tx.query(
            "SELECT id FROM item WHERE sale_id = ? AND user_limit > 0 AND id IN " + items.marks(),
            items.after(saleId))) {
      limited.add(row.getString(0));
    }
    return limited;
  }

  private static void less(
      SqlTransaction tx, String saleId, String itemId, String userId, long quantity) {
    int changed =
        tx.query(
                "UPDATE item_taker SET quantity = quantity - ?"
                    + " WHERE sale_id = ? AND item_id = ? AND user_id = ? AND quantity >= ?",
                quantity,
                saleId,
                itemId,
                userId,
                quantity)
            .rowCount();
    UnitStore.mustBe(1, changed, "Giving back what a user holds of " + saleId + "/" + itemId);
  }
}

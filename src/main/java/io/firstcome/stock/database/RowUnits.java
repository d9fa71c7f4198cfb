package io.firstcome.stock.database;

import io.firstcome.mysql.In;
import io.firstcome.mysql.RetryableConflictException;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Strategy;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;

/**
 * {@link Strategy#UNIT_ROWS}: every unit is a row, and whoever takes some passes over those that
 * others have locked, so buyers of one item do not wait for each other. What that costs: a row a
 * unit to be written for each that is taken, sold or given back, and numbers that must be counted.
 * The item's own row is not touched, or all would wait for it again.
 */
final class RowUnits implements UnitStore {

  /** A power of two, as all numbers of rows of a statement are: so few are to be prepared. */
  private static final int ROWS_PER_STATEMENT = 512;

  /**
   * As many as are asked for, or how many there are: counting all would be slow where there are
   * many. The first two parameters are the most units asked for of one item less one, and that
   * number.
   */
  private static final String AVAILABLE =
      "CASE WHEN (SELECT u.unit FROM stock_unit u FORCE INDEX (stock_unit_taken)"
          + " WHERE u.sale_id = i.sale_id AND u.item_id = i.id AND u.reservation_id IS NULL"
          + " LIMIT 1 OFFSET ?) IS NOT NULL THEN CAST(? AS SIGNED)"
          + " ELSE (SELECT COUNT(*) FROM stock_unit u FORCE INDEX (stock_unit_taken)"
          + " WHERE u.sale_id = i.sale_id AND u.item_id = i.id AND u.reservation_id IS NULL) END";

  @Override
  public Strategy strategy() {
    return Strategy.UNIT_ROWS;
  }

  @Override
  public List<ItemAvailability> facts(SqlTransaction tx, ReservationRequest order) {
    long most = Collections.max(order.quantities().values());
    return AvailabilityQuery.of(tx, order, strategy(), AVAILABLE, most - 1, most);
  }

  @Override
  public void take(
      SqlTransaction tx,
      String saleId,
      ItemAvailability fact,
      long quantity,
      String reservationId) {
    List<Object> units = lockFree(tx, saleId, fact.itemId(), quantity);
    if (units.size() < quantity) {
      throw new RetryableConflictException("Others have taken or locked what was there");
    }
    for (List<Object> some : In.parts(units)) {
      In in = In.of(some);
      int changed =
          tx.query(
                  "UPDATE stock_unit SET reservation_id = ? WHERE sale_id = ? AND item_id = ?"
                      + " AND unit IN "
                      + in.marks(),
                  in.after(reservationId, saleId, fact.itemId()))
              .rowCount();
      UnitStore.mustBe(some.size(), changed, "Taking units of " + saleId + "/" + fact.itemId());
    }
  }

  /** Locks units that are available and that nobody else has locked, up to so many. */
  private static List<Object> lockFree(
      SqlTransaction tx, String saleId, String itemId, long quantity) {
    List<Object> units = new ArrayList<>();
    for (Row row :
        tx.query(
            "SELECT unit FROM stock_unit FORCE INDEX (stock_unit_taken)"
                + " WHERE sale_id = ? AND item_id = ? AND reservation_id IS NULL"
                + " LIMIT ? FOR UPDATE SKIP LOCKED",
            saleId,
            itemId,
            quantity)) {
      units.add(row.getLong(0));
    }
    return units;
  }

  @Override
  public void giveBack(
      SqlTransaction tx,
      String saleId,
      String itemId,
      long quantity,
      Collection<String> reservationIds) {
    In ids = In.of(reservationIds);
    int changed =
        tx.query(
                "UPDATE stock_unit FORCE INDEX (stock_unit_taken) SET reservation_id = NULL"
                    + " WHERE sale_id = ? AND item_id = ? AND NOT sold AND reservation_id IN "
                    + ids.marks(),
                ids.after(saleId, itemId))
            .rowCount();
    UnitStore.mustBe(quantity, changed, "Giving back units of " + saleId + "/" + itemId);
  }

  @Override
  public void sell(
      SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId) {
    int changed =
        tx.query(
                "UPDATE stock_unit FORCE INDEX (stock_unit_taken) SET sold = TRUE"
                    + " WHERE sale_id = ? AND item_id = ? AND NOT sold AND reservation_id = ?",
                saleId,
                itemId,
                reservationId)
            .rowCount();
    UnitStore.mustBe(quantity, changed, "Selling units of " + saleId + "/" + itemId);
  }

  @Override
  public void undo(
      SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId) {
    int changed =
        tx.query(
                "UPDATE stock_unit FORCE INDEX (stock_unit_taken)"
                    + " SET sold = FALSE, reservation_id = NULL"
                    + " WHERE sale_id = ? AND item_id = ? AND sold AND reservation_id = ?",
                saleId,
                itemId,
                reservationId)
            .rowCount();
    UnitStore.mustBe(quantity, changed, "Undoing the sale of units of " + saleId + "/" + itemId);
  }

  @Override
  public String levels(String condition) {
    return "SELECT i.id, COUNT(u.unit), COUNT(u.unit) - COUNT(u.reservation_id),"
        + " COUNT(u.reservation_id) - COALESCE(SUM(u.sold), 0), COALESCE(SUM(u.sold), 0)"
        + " FROM item i LEFT JOIN stock_unit u ON u.sale_id = i.sale_id AND u.item_id = i.id"
        + " WHERE "
        + condition
        + " GROUP BY i.id ORDER BY i.id";
  }

  @Override
  public boolean restock(SqlTransaction tx, String saleId, String itemId, long quantity) {
    if (quantity > 0) {
      add(tx, saleId, itemId, quantity);
    } else {
      List<Object> units = lockFree(tx, saleId, itemId, -quantity);
      if (units.size() < -quantity) {
        if (free(tx, saleId, itemId) >= -quantity) {
          throw new RetryableConflictException("Others have locked what is there");
        }
        return false;
      }
      for (List<Object> some : In.parts(units)) {
        In in = In.of(some);
        tx.query(
            "DELETE FROM stock_unit WHERE sale_id = ? AND item_id = ? AND unit IN " + in.marks(),
            in.after(saleId, itemId));
      }
    }
    tx.query(
        "UPDATE item SET total = total + ?, available = available + ?"
            + " WHERE sale_id = ? AND id = ?",
        quantity,
        quantity,
        saleId,
        itemId);
    return true;
  }

  private static long free(SqlTransaction tx, String saleId, String itemId) {
    return tx.query(
            "SELECT COUNT(*) FROM stock_unit"
                + " WHERE sale_id = ? AND item_id = ? AND reservation_id IS NULL",
            saleId,
            itemId)
        .iterator()
        .next()
        .getLong(0);
  }

  /** All in one transaction: either no unit is there or all are. */
  @Override
  public void create(SqlTransaction tx, String saleId, String itemId) {
    for (Row item :
        tx.query(
            "SELECT total FROM item WHERE sale_id = ? AND id = ? FOR UPDATE", saleId, itemId)) {
      Row there =
          tx.query(
                  "SELECT COUNT(*) FROM stock_unit WHERE sale_id = ? AND item_id = ?",
                  saleId,
                  itemId)
              .iterator()
              .next();
      add(tx, saleId, itemId, item.getLong(0) - there.getLong(0));
    }
  }

  /** Adds units to an item whose row is locked. */
  private static void add(SqlTransaction tx, String saleId, String itemId, long quantity) {
    long next =
        1
            + tx.query(
                    "SELECT COALESCE(MAX(unit), 0) FROM stock_unit"
                        + " WHERE sale_id = ? AND item_id = ?",
                    saleId,
                    itemId)
                .iterator()
                .next()
                .getLong(0);
    for (long left = quantity; left > 0; ) {
      int rows = (int) Math.min(Long.highestOneBit(left), ROWS_PER_STATEMENT);
      List<Object> params = new ArrayList<>(3 * rows);
      for (int i = 0; i < rows; i++) {
        params.add(saleId);
        params.add(itemId);
        params.add(next++);
      }
      tx.query(
          "INSERT INTO stock_unit (sale_id, item_id, unit) VALUES (?, ?, ?)"
              + ", (?, ?, ?)".repeat(rows - 1),
          params.toArray());
      left -= rows;
    }
  }
}

package io.firstcome.stock.audit;

import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import io.firstcome.work.Throttle;
import io.vertx.sqlclient.Row;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/** What MySQL says of the items of a sale, all in one transaction, so as of one instant. */
final class StockBooks {

  /** An audit of more reservations is none any more. */
  private static final int MAX_RESERVATIONS = 5_000_000;

  /**
   * The numbers of an item.
   *
   * @param held units of the reservations that are held
   * @param sold units of the reservations that are confirmed
   * @param firstTotal units it was created with
   * @param restocked the sum of its restocks
   */
  record Entry(
      Strategy strategy, Level level, long held, long sold, long firstTotal, long restocked) {

    /** Whether they are those of the reservations. */
    boolean reservationsAgree() {
      return level.held() == held && level.sold() == sold;
    }

    /** Whether the total is what it was created with and its restocks. */
    boolean totalAgrees() {
      return level.total() == firstTotal + restocked;
    }
  }

  private final SqlTransaction tx;
  private final String saleId;
  private final Throttle pace;
  private final Map<String, Long> held = new HashMap<>();
  private final Map<String, Long> sold = new HashMap<>();
  private int read;

  StockBooks(SqlTransaction tx, String saleId, Throttle pace) {
    this.tx = tx;
    this.saleId = saleId;
    this.pace = pace;
  }

  /** How many reservations were read. */
  int reservations() {
    return read;
  }

  /** The items, or null where there are more reservations than an audit reads. */
  Map<String, Entry> read() {
    if (!readReservations()) {
      return null;
    }
    Map<String, Long> restocked = new HashMap<>();
    tx.query(
            "SELECT item_id, CAST(SUM(quantity) AS SIGNED) FROM restock WHERE sale_id = ?"
                + " GROUP BY item_id",
            saleId)
        .forEach(row -> restocked.put(row.getString(0), row.getLong(1)));
    Map<String, Level> units = units();
    Map<String, Entry> items = new TreeMap<>();
    for (Row row :
        tx.query(
            "SELECT id, strategy, total, available, held, sold, first_total FROM item"
                + " WHERE sale_id = ?",
            saleId)) {
      String id = row.getString(0);
      Strategy strategy = Strategy.valueOf(row.getString(1));
      Level level =
          strategy == Strategy.UNIT_ROWS
              ? units.getOrDefault(id, new Level(id, 0, 0, 0, 0))
              : new Level(id, row.getLong(2), row.getLong(3), row.getLong(4), row.getLong(5));
      items.put(
          id,
          new Entry(
              strategy,
              level,
              held.getOrDefault(id, 0L),
              sold.getOrDefault(id, 0L),
              row.getLong(6),
              restocked.getOrDefault(id, 0L)));
    }
    return items;
  }

  private Map<String, Level> units() {
    Map<String, Level> levels = new HashMap<>();
    for (Row row :
        tx.query(
            "SELECT item_id, COUNT(*), CAST(SUM(reservation_id IS NULL) AS SIGNED),"
                + " CAST(SUM(sold) AS SIGNED) FROM stock_unit WHERE sale_id = ? GROUP BY item_id",
            saleId)) {
      long total = row.getLong(1);
      long available = row.getLong(2);
      long soldUnits = row.getLong(3);
      levels.put(
          row.getString(0),
          new Level(row.getString(0), total, available, total - available - soldUnits, soldUnits));
    }
    return levels;
  }

  private boolean readReservations() {
    String last = "";
    while (read < MAX_RESERVATIONS) {
      var page =
          tx.query(
              "SELECT id, status, line_items FROM reservation WHERE sale_id = ? AND id > ?"
                  + " ORDER BY id LIMIT "
                  + pace.chunk(),
              saleId,
              last);
      for (Row row : page) {
        last = row.getString(0);
        Map<String, Long> sums =
            switch (Reservation.Status.valueOf(row.getString(1))) {
              case HELD -> held;
              case CONFIRMED -> sold;
              case CANCELLED, EXPIRED, UNDONE, REFUSED -> null;
            };
        if (sums != null) {
          ReservationLine.decode(row.getString(2))
              .forEach(line -> sums.merge(line.itemId(), line.granted(), Long::sum));
        }
      }
      read += page.size();
      if (page.size() < pace.chunk()) {
        return true;
      }
      pace.rest();
    }
    return false;
  }
}

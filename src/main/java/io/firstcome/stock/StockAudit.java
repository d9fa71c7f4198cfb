package io.firstcome.stock;

import io.firstcome.ledger.SqlTransaction;
import io.firstcome.ledger.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.firstcome.stock.Stock.Level;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemType;
import io.vertx.redis.client.Command;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Whether the stock of a sale adds up: every item by itself, with the reservations, with its
 * restocks, and Redis with MySQL.
 *
 * <p>MySQL is read in one transaction, so as of one instant. Redis is compared with it where
 * nothing waits in the ledger and nothing has changed meanwhile; during a rush that may never be
 * so, and then the audit says that it did not compare them. It blocks.
 */
@ApplicationScoped
class StockAudit {

  /** How often Redis and MySQL are looked at for an instant when they can be compared. */
  private static final int TRIES = 5;

  private static final int PAGE = 1_000;

  /** An audit of more reservations is no request any more. */
  private static final int MAX_RESERVATIONS = 5_000_000;

  private final SqlTransactions mysql;
  private final Scripts redis;
  private final HotStock hot;

  StockAudit(SqlTransactions mysql, Scripts redis, HotStock hot) {
    this.mysql = mysql;
    this.redis = redis;
    this.hot = hot;
  }

  /**
   * What an audit found.
   *
   * @param compared whether Redis and MySQL could be compared
   * @param findings empty where all is as it must be
   */
  @Schema(name = "SaleAudit")
  record Report(String saleId, boolean compared, List<Item> items, List<Finding> findings) {}

  /**
   * The numbers of an item.
   *
   * @param redis null where MySQL decides
   * @param heldByReservations units of the reservations that are held, in MySQL
   * @param soldByReservations units of the reservations that are confirmed, in MySQL
   * @param firstTotal units it was created with
   * @param restocked the sum of its restocks
   */
  @Schema(name = "ItemAudit")
  record Item(
      String id,
      Strategy strategy,
      Level redis,
      Level mysql,
      long heldByReservations,
      long soldByReservations,
      long firstTotal,
      long restocked) {}

  /** What is wrong, where, and what to do about it. */
  @Schema(name = "AuditFinding")
  record Finding(
      @Schema(examples = "does-not-add-up") String what,
      @Schema(examples = "sneaker-42") String item,
      String detail,
      String repair) {}

  private record Books(Map<String, Item> items) {}

  /** Audits a sale. */
  Report run(String saleId) {
    for (int attempt = 1; ; attempt++) {
      Map<String, Level> before = hotLevels(saleId);
      Books books = mysql.run(tx -> read(tx, saleId));
      boolean quiet = waiting(saleId) == 0 && before.equals(hotLevels(saleId));
      if (quiet || attempt == TRIES) {
        return report(saleId, quiet, before, books);
      }
    }
  }

  private Map<String, Level> hotLevels(String saleId) {
    Map<String, Level> levels = new HashMap<>();
    hot.levels(saleId)
        .await()
        .atMost(redis.timeout().multipliedBy(2))
        .forEach(level -> levels.put(level.itemId(), level));
    return levels;
  }

  private long waiting(String saleId) {
    return redis
        .send(Command.XLEN, Keys.ledger(Keys.sale(saleId)))
        .await()
        .atMost(redis.timeout().multipliedBy(2))
        .toLong();
  }

  private static Books read(SqlTransaction tx, String saleId) {
    if (tx.query("SELECT 1 FROM sale WHERE id = ?", saleId).size() == 0) {
      throw Problem.of(ProblemType.UNKNOWN_SALE).asException();
    }
    Map<String, Long> held = new HashMap<>();
    Map<String, Long> sold = new HashMap<>();
    reservations(tx, saleId, held, sold);
    Map<String, Long> restocked = new HashMap<>();
    tx.query(
            "SELECT item_id, CAST(SUM(quantity) AS SIGNED) FROM restock WHERE sale_id = ?"
                + " GROUP BY item_id",
            saleId)
        .forEach(row -> restocked.put(row.getString(0), row.getLong(1)));
    Map<String, Level> units = units(tx, saleId);
    Map<String, Item> items = new TreeMap<>();
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
          new Item(
              id,
              strategy,
              null,
              level,
              held.getOrDefault(id, 0L),
              sold.getOrDefault(id, 0L),
              row.getLong(6),
              restocked.getOrDefault(id, 0L)));
    }
    return new Books(items);
  }

  private static Map<String, Level> units(SqlTransaction tx, String saleId) {
    Map<String, Level> levels = new HashMap<>();
    for (Row row :
        tx.query(
            "SELECT item_id, COUNT(*), CAST(SUM(reservation_id IS NULL) AS SIGNED),"
                + " CAST(SUM(sold) AS SIGNED) FROM stock_unit WHERE sale_id = ? GROUP BY item_id",
            saleId)) {
      long total = row.getLong(1);
      long available = row.getLong(2);
      long sold = row.getLong(3);
      levels.put(
          row.getString(0),
          new Level(row.getString(0), total, available, total - available - sold, sold));
    }
    return levels;
  }

  private static void reservations(
      SqlTransaction tx, String saleId, Map<String, Long> held, Map<String, Long> sold) {
    String last = "";
    for (int read = 0; read < MAX_RESERVATIONS; read += PAGE) {
      var page =
          tx.queryRepeated(
              "SELECT id, status, line_items FROM reservation WHERE sale_id = ? AND id > ?"
                  + " ORDER BY id LIMIT "
                  + PAGE,
              saleId,
              last);
      for (Row row : page) {
        last = row.getString(0);
        Map<String, Long> sums =
            switch (Reservation.Status.valueOf(row.getString(1))) {
              case HELD -> held;
              case CONFIRMED -> sold;
              case CANCELLED, EXPIRED, REFUSED -> null;
            };
        if (sums != null) {
          Line.decode(row.getString(2))
              .forEach(line -> sums.merge(line.itemId(), line.granted(), Long::sum));
        }
      }
      if (page.size() < PAGE) {
        return;
      }
    }
    throw Problem.of(ProblemType.OVERLOADED)
        .detail("The sale has more reservations than an audit reads: " + MAX_RESERVATIONS)
        .asException();
  }

  private static Report report(
      String saleId, boolean compared, Map<String, Level> hot, Books books) {
    List<Finding> findings = new ArrayList<>();
    List<Item> items = new ArrayList<>();
    for (Item item : books.items.values()) {
      Level redis = hot.get(item.id);
      items.add(
          new Item(
              item.id,
              item.strategy,
              redis,
              item.mysql,
              item.heldByReservations,
              item.soldByReservations,
              item.firstTotal,
              item.restocked));
      judge(findings, item, redis, compared);
    }
    return new Report(saleId, compared, items, findings);
  }

  private static void judge(List<Finding> findings, Item item, Level redis, boolean compared) {
    Level mysql = item.mysql;
    if (redis != null && !addsUp(redis)) {
      findings.add(
          new Finding(
              "does-not-add-up",
              item.id,
              "In Redis: " + redis,
              "Load the sale anew: delete its state in Redis, see docs/operations.md"));
    }
    if (!addsUp(mysql)) {
      findings.add(
          new Finding(
              "does-not-add-up",
              item.id,
              "In MySQL: " + mysql,
              "Compare with the reservations and restocks; nothing corrects this by itself"));
    }
    if (mysql.held() != item.heldByReservations || mysql.sold() != item.soldByReservations) {
      findings.add(
          new Finding(
              "reservations-differ",
              item.id,
              "%d are held and %d sold, by the reservations %d and %d"
                  .formatted(
                      mysql.held(), mysql.sold(), item.heldByReservations, item.soldByReservations),
              "Look for dead letters of the ledger and replay them"));
    }
    if (mysql.total() != item.firstTotal + item.restocked) {
      findings.add(
          new Finding(
              "total-unexplained",
              item.id,
              "%d in all, but created with %d and restocked by %d"
                  .formatted(mysql.total(), item.firstTotal, item.restocked),
              "Look for dead letters of the ledger and replay them"));
    }
    if (compared && redis != null && !redis.equals(mysql)) {
      findings.add(
          new Finding(
              "redis-differs",
              item.id,
              "Redis has " + redis + ", MySQL has " + mysql,
              "Look for dead letters of the ledger and replay them; then load the sale anew"));
    }
  }

  private static boolean addsUp(Level level) {
    return level.available() + level.held() + level.sold() == level.total()
        && level.available() >= 0
        && level.held() >= 0
        && level.sold() >= 0;
  }
}

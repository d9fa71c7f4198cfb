package io.firstcome.stock.audit;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.audit.Finding;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.Report;
import io.firstcome.audit.StoreAudit;
import io.firstcome.audit.StoreReader;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.stock.metrics.HotLevels;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import io.firstcome.work.Throttle;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * Audits the stock of sales: every item by itself, with the reservations, with its restocks, and
 * Redis with MySQL, item by item and reservation by reservation.
 *
 * <p>MySQL is read in one transaction, so as of one instant. The numbers of an item in Redis are
 * compared with it where nothing waits in the ledger and the item has not changed meanwhile; during
 * a rush that may never be so, and then the audit says that it did not compare them.
 */
@Singleton
class StockAudit extends StoreAudit<Map<String, Level>> {

  /** How often Redis and MySQL are looked at for an instant when they can be compared. */
  private static final int TRIES = 5;

  /** Users above a limit that are named. */
  private static final int MOST_USERS = 100;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final SqlTransactions mysql;
  private final HotLevels hot;
  private final LedgerProgress ledger;

  StockAudit(Loaders loaders, HotLevels hot, SqlTransactions mysql, StoreReader stores) {
    super(SALE, loaders, stores);
    this.hot = hot;
    this.mysql = mysql;
    this.ledger = stores.ledger();
  }

  /**
   * What an audit found.
   *
   * @param compared whether Redis and MySQL could be compared; where not, {@code note} says why
   * @param findings some of what was counted; empty where all is as it must be
   */
  @Schema(name = "SaleAudit")
  record Sale(
      String saleId,
      boolean compared,
      String note,
      long checked,
      List<Item> items,
      Map<String, Long> counts,
      List<Finding> findings) {

    static Sale of(String saleId, List<Item> items, Report report) {
      return new Sale(
          saleId,
          report.compared(),
          report.note(),
          report.checked(),
          items,
          report.counts(),
          report.findings());
    }
  }

  /**
   * The numbers of an item.
   *
   * @param redis null where MySQL decides, or Redis does not hold the sale
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
      long restocked) {

    static Item of(String id, Level redis, StockBooks.Entry entry) {
      return new Item(
          id,
          entry.strategy(),
          redis,
          entry.level(),
          entry.held(),
          entry.sold(),
          entry.firstTotal(),
          entry.restocked());
    }
  }

  @Override
  protected Uni<Map<String, Level>> read(String saleId) {
    return hot.of(saleId)
        .map(
            levels ->
                levels.stream().collect(Collectors.toMap(Level::itemId, Function.identity())));
  }

  @Override
  protected void check(String saleId, Map<String, Level> levels, Throttle pace, Findings found) {
    check(saleId, levels, pace, new ArrayList<>(), found);
  }

  /** Audits a sale, and adds the numbers of its items. */
  Findings audit(String saleId, Throttle pace, List<Item> items) {
    return audit(
        Keys.sale(saleId),
        pace,
        (id, levels, pause, found) -> {
          items.clear();
          check(id, levels, pause, items, found);
        });
  }

  private void check(
      String saleId, Map<String, Level> levels, Throttle pace, List<Item> items, Findings found) {
    Map<String, StockBooks.Entry> books = books(saleId, pace, found);
    Map<String, Level> now = levels(saleId);
    if (books != null) {
      books.forEach(
          (id, entry) -> {
            Level inRedis = now == null ? null : now.get(id);
            items.add(Item.of(id, inRedis, entry));
            judge(id, entry, inRedis, found);
          });
    }
    if (levels != null) {
      definition(saleId, found);
      compare(saleId, found);
      ReservationComparison reservations =
          new ReservationComparison(stores, saleId, pace, found::addAll);
      ReservationComparison.Restocks restocks =
          new ReservationComparison.Restocks(stores, saleId, pace, found::addAll);
      reservations.run();
      restocks.run();
      found.checked(reservations.inRedis());
      if (reservations.stuck() || restocks.stuck()) {
        found.undetermined("The ledger was not drained in time");
      }
    }
    limits(saleId, found);
  }

  /** A change comes to MySQL by the ledger, so Redis is never behind for long. */
  private void definition(String saleId, Findings found) {
    SaleDefinition before = definitionInRedis(saleId);
    if (!ledger.awaitPassed(Keys.sale(saleId), PATIENCE)) {
      found.undetermined("The ledger was not drained in time");
      return;
    }
    SaleDefinition inMySql = definitionInMySql(saleId);
    boolean later = inMySql.version() > before.version();
    SaleDefinition inRedis = later ? definitionInRedis(saleId) : before;
    if (later ? inRedis.version() < inMySql.version() : !inMySql.equals(inRedis)) {
      found.add(
          FindingType.DEFINITION_DIFFERS,
          null,
          "MySQL has version %d, Redis version %d, with other values"
              .formatted(inMySql.version(), inRedis.version()));
    }
  }

  SaleDefinition definitionInRedis(String saleId) {
    return SaleDefinition.of(
        stores.values(Keys.saleState(Keys.sale(saleId)), SaleDefinition.FIELDS),
        definitionInMySql(saleId).name());
  }

  private SaleDefinition definitionInMySql(String saleId) {
    return SaleDefinition.of(
        stores
            .query("SELECT " + SaleDefinition.COLUMNS + " FROM sale WHERE id = ?", saleId)
            .iterator()
            .next());
  }

  private Map<String, StockBooks.Entry> books(String saleId, Throttle pace, Findings found) {
    return mysql.run(
        tx -> {
          StockBooks books = new StockBooks(tx, saleId, pace);
          Map<String, StockBooks.Entry> read = books.read();
          found.checked(books.reservations());
          if (read == null) {
            found.undetermined("The sale has more reservations than an audit compares");
          }
          return read;
        });
  }

  private static void judge(String itemId, StockBooks.Entry entry, Level inRedis, Findings found) {
    Level level = entry.level();
    if (inRedis != null && !addsUp(inRedis)) {
      found.add(FindingType.DOES_NOT_ADD_UP, itemId, "In Redis: " + inRedis);
    } else if (!addsUp(level)) {
      found.add(FindingType.DOES_NOT_ADD_UP, itemId, "In MySQL: " + level);
    }
    if (!entry.reservationsAgree()) {
      found.add(
          FindingType.RESERVATIONS_DIFFER,
          itemId,
          "The item has %d held and %d sold units, its reservations %d and %d"
              .formatted(level.held(), level.sold(), entry.held(), entry.sold()));
    }
    if (!entry.totalAgrees()) {
      found.add(
          FindingType.TOTAL_UNEXPLAINED,
          itemId,
          "The total is %d, but the item was created with %d and restocked by %d"
              .formatted(level.total(), entry.firstTotal(), entry.restocked()));
    }
  }

  static boolean addsUp(Level level) {
    return level.available() + level.held() + level.sold() == level.total()
        && level.available() >= 0
        && level.held() >= 0
        && level.sold() >= 0;
  }

  /**
   * An item that was seen to be the same in both is; one that is not is judged where nothing at all
   * was decided between the looks.
   */
  private void compare(String saleId, Findings found) {
    String tag = Keys.sale(saleId);
    Set<String> open = new TreeSet<>(hotInMySql(saleId).keySet());
    for (int attempt = 1; attempt <= TRIES && !open.isEmpty(); attempt++) {
      // What is due is released by a look: so that it is not by the one that counts.
      levels(saleId);
      String mark = ledger.lastId(tag);
      // What was decided before is in MySQL then, whatever comes.
      if (!ledger.awaitPassed(tag, PATIENCE)) {
        continue;
      }
      Map<String, Level> books = hotInMySql(saleId);
      Map<String, Level> hot = levels(saleId);
      boolean quiet = mark.equals(ledger.lastId(tag));
      if (hot == null) {
        return;
      }
      open.removeIf(
          id -> {
            Level inRedis = hot.get(id);
            Level inMySql = books.get(id);
            // An item that was just created comes to Redis with its first reservation.
            boolean same = inRedis == null || inRedis.equals(inMySql);
            if (!same && quiet) {
              found.add(
                  FindingType.REDIS_DIFFERS, id, "Redis has " + inRedis + ", MySQL has " + inMySql);
            }
            return same || quiet;
          });
    }
    if (!open.isEmpty()) {
      found.undetermined("These items kept changing during the audit: " + open);
    }
  }

  private void limits(String saleId, Findings found) {
    RowSet<Row> above =
        stores.query(
            "SELECT t.item_id, t.user_id, t.quantity, i.user_limit FROM item_taker t"
                + " JOIN item i ON i.sale_id = t.sale_id AND i.id = t.item_id"
                + " WHERE t.sale_id = ? AND i.user_limit > 0"
                + " AND t.quantity > i.user_limit LIMIT ?",
            saleId,
            MOST_USERS);
    for (Row row : above) {
      found.add(
          FindingType.USER_ABOVE_LIMIT,
          row.getString(0) + " " + row.getString(1),
          "The user holds or has bought %d units; the limit is %d"
              .formatted(row.getLong(2), row.getLong(3)));
    }
  }

  /** The numbers of the hot items in Redis, or null where it does not hold the sale as a whole. */
  Map<String, Level> levels(String saleId) {
    return inRedis(saleId).state();
  }

  /** The same in MySQL. */
  Map<String, Level> hotInMySql(String saleId) {
    Map<String, Level> levels = new HashMap<>();
    for (Row row :
        stores.query(
            "SELECT id, total, available, held, sold FROM item"
                + " WHERE sale_id = ? AND strategy = 'HOT'",
            saleId)) {
      levels.put(
          row.getString(0),
          new Level(
              row.getString(0), row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)));
    }
    return levels;
  }
}

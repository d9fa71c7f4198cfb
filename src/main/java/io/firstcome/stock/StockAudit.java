package io.firstcome.stock;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.audit.Auditable;
import io.firstcome.audit.Finding;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.Repairs;
import io.firstcome.audit.Report;
import io.firstcome.audit.Throttle;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.firstcome.stock.Stock.Level;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import jakarta.enterprise.context.ApplicationScoped;
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
 * Whether the stock of a sale adds up: every item by itself, with the reservations, with its
 * restocks, and Redis with MySQL, item by item and reservation by reservation. What is repaired:
 * {@link StockRepair}.
 *
 * <p>MySQL is read in one transaction, so as of one instant. The numbers of an item in Redis are
 * compared with it where nothing waits in the ledger and the item has not changed meanwhile; during
 * a rush that may never be so, and then the audit says that it did not compare them.
 */
@ApplicationScoped
class StockAudit implements Auditable {

  /** How often Redis and MySQL are looked at for an instant when they can be compared. */
  private static final int TRIES = 5;

  /** Users above a limit that are named. */
  private static final int MOST_USERS = 100;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final SqlTransactions mysql;
  private final Scripts redis;
  private final HotLevels hot;
  private final LedgerProgress ledger;
  private final StockRepair repair;

  StockAudit(
      SqlTransactions mysql,
      Scripts redis,
      HotLevels hot,
      StockScripts scripts,
      StockRepairScripts repairs,
      SaleLoader loader,
      DeadLetters deadLetters,
      LedgerProgress ledger) {
    this.mysql = mysql;
    this.redis = redis;
    this.hot = hot;
    this.ledger = ledger;
    this.repair = new StockRepair(this, scripts, repairs, loader, deadLetters, mysql, ledger);
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
  public AggregateType type() {
    return SALE;
  }

  @Override
  public Findings audit(String tag, Throttle pace) {
    return audit(Keys.saleOf(tag), pace, new ArrayList<>());
  }

  @Override
  public Repairs repair(String tag, Throttle pace) {
    return repair.run(Keys.saleOf(tag), pace);
  }

  /** Audits a sale, and tells the numbers of its items. */
  Findings audit(String saleId, Throttle pace, List<Item> items) {
    Findings found = null;
    for (int attempt = 1; attempt <= TRIES; attempt++) {
      found = new Findings();
      items.clear();
      if (look(saleId, pace, items, found)) {
        return found;
      }
    }
    found.undetermined("It was loaded from MySQL during the audit");
    return found;
  }

  /** Looks once; says whether nobody loaded it meanwhile. */
  private boolean look(String saleId, Throttle pace, List<Item> items, Findings found) {
    // Redis before MySQL: the epoch is raised there first.
    Long epoch = epochInRedis(saleId);
    long epochInMySql = epochInMySql(saleId);
    InRedis there = inRedis(saleId);
    boolean whole = epoch != null && there.levels() != null;
    if (epoch != null && there.recovering()) {
      found.undetermined(
          "Redis was restarted or failed over; the sale is reloaded by the next request for it,"
              + " or by a repair");
    } else if (epoch != null && !whole) {
      found.add(
          FindingType.STATE_NOT_WHOLE, null, "Keys of the sale, or parts of them, are missing");
    }
    if (whole) {
      epochs(saleId, epoch, epochInMySql, found);
    }
    String tag = Keys.sale(saleId);
    long dead = ledger.deadLetters(tag);
    if (dead > 0) {
      found.add(FindingType.DEAD_LETTERS, null, dead + " dead letters");
    }
    Map<String, StockBooks.Entry> books = books(saleId, pace, found);
    Map<String, Level> hot = levels(saleId);
    if (books != null) {
      books.forEach(
          (id, entry) -> {
            Level inRedis = hot == null ? null : hot.get(id);
            items.add(Item.of(id, inRedis, entry));
            judge(id, entry, inRedis, found);
          });
    }
    if (whole) {
      compare(saleId, found);
      ReservationComparison reservations = comparison(saleId, pace, new Noting(found));
      reservations.run();
      found.checked(reservations.checked());
      if (reservations.stuck()) {
        found.undetermined("The ledger was not drained in time");
      }
    }
    limits(saleId, found);
    return epoch == null || epoch.equals(epochInRedis(saleId));
  }

  ReservationComparison comparison(String saleId, Throttle pace, ReservationComparison.Sink sink) {
    return new ReservationComparison(saleId, redis, mysql, ledger, pace, sink);
  }

  private void epochs(String saleId, long inRedis, long inMySql, Findings found) {
    if (inRedis > inMySql) {
      found.add(
          FindingType.EPOCH_BEHIND,
          null,
          "MySQL is in epoch %d, Redis in epoch %d".formatted(inMySql, inRedis));
    } else if (inRedis < inMySql) {
      Long again = epochInRedis(saleId);
      boolean loading = ask(Command.EXISTS, Keys.loadLease(Keys.sale(saleId))).toInteger() == 1;
      if (again == null || loading) {
        found.undetermined("It is being loaded from MySQL");
      } else if (again < epochInMySql(saleId)) {
        found.add(
            FindingType.STATE_REPLACED,
            null,
            "MySQL is in epoch %d, Redis in epoch %d".formatted(inMySql, again));
      }
    }
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
        mysql.run(
            tx ->
                tx.query(
                    "SELECT t.item_id, t.user_id, t.quantity, i.user_limit FROM item_taker t"
                        + " JOIN item i ON i.sale_id = t.sale_id AND i.id = t.item_id"
                        + " WHERE t.sale_id = ? AND i.user_limit > 0"
                        + " AND t.quantity > i.user_limit LIMIT ?",
                    saleId,
                    MOST_USERS));
    for (Row row : above) {
      found.add(
          FindingType.USER_ABOVE_LIMIT,
          row.getString(0) + " " + row.getString(1),
          "The user holds or has bought %d units; the limit is %d"
              .formatted(row.getLong(2), row.getLong(3)));
    }
  }

  /**
   * What Redis has of a sale.
   *
   * @param levels of its hot items, null where it does not hold the sale as a whole
   * @param recovering whether that is as it may be another server than the one it was published on
   */
  private record InRedis(Map<String, Level> levels, boolean recovering) {}

  private InRedis inRedis(String saleId) {
    return hot.of(saleId)
        .map(
            levels ->
                new InRedis(
                    levels.stream().collect(Collectors.toMap(Level::itemId, Function.identity())),
                    false))
        .onFailure(NotLoadedException.class)
        .recoverWithItem(
            e -> new InRedis(null, ((NotLoadedException) e).problem() == ProblemType.RECOVERING))
        .await()
        .atMost(patience());
  }

  /** The numbers of the hot items in Redis, or null where it does not hold the sale as a whole. */
  Map<String, Level> levels(String saleId) {
    return inRedis(saleId).levels();
  }

  /** Whether Redis holds the sale, and may be another server than the one it was published on. */
  boolean isRecovering(String saleId) {
    return inRedis(saleId).recovering();
  }

  /** The same in MySQL. */
  Map<String, Level> hotInMySql(String saleId) {
    Map<String, Level> levels = new HashMap<>();
    for (Row row :
        mysql.run(
            tx ->
                tx.query(
                    "SELECT id, total, available, held, sold FROM item"
                        + " WHERE sale_id = ? AND strategy = 'HOT'",
                    saleId))) {
      levels.put(
          row.getString(0),
          new Level(
              row.getString(0), row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)));
    }
    return levels;
  }

  /** Null where Redis has no state of the sale. */
  Long epochInRedis(String saleId) {
    Response epoch = ask(Command.HGET, Keys.saleState(Keys.sale(saleId)), "epoch");
    return epoch == null ? null : epoch.toLong();
  }

  long epochInMySql(String saleId) {
    RowSet<Row> rows = mysql.run(tx -> tx.query("SELECT epoch FROM sale WHERE id = ?", saleId));
    if (rows.size() == 0) {
      throw Problem.of(ProblemType.UNKNOWN_SALE).asException();
    }
    return rows.iterator().next().getLong(0);
  }

  private Response ask(Command command, Object... args) {
    return redis.send(command, args).await().atMost(patience());
  }

  Duration patience() {
    return redis.timeout().plusSeconds(5);
  }

  /** Notes what the comparison tells. */
  private record Noting(Findings found) implements ReservationComparison.Sink {

    @Override
    public void missingInMySql(Map<String, String> reservations) {
      reservations.forEach(
          (id, text) -> found.add(FindingType.MISSING_IN_MYSQL, id, "Redis has " + text));
    }

    @Override
    public void restocksMissingInMySql(Map<String, String> restocks) {
      restocks.forEach(
          (field, text) ->
              found.add(FindingType.MISSING_IN_MYSQL, field, "Redis has restock " + text));
    }

    @Override
    public void missingInRedis(List<String> ids) {
      ids.forEach(id -> found.add(FindingType.MISSING_IN_REDIS, id, "MySQL holds units for it"));
    }

    @Override
    public void differ(String id, String redis, String mysql) {
      found.add(FindingType.RECORD_DIFFERS, id, "Redis has " + redis + ", MySQL has " + mysql);
    }
  }
}

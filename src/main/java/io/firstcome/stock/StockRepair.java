package io.firstcome.stock;

import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.Repairs;
import io.firstcome.audit.Throttle;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.stock.Stock.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Repairs a sale, in the order in which one repair may need another: a whole state and a drain that
 * goes on, dead letters, what MySQL lost, the numbers in MySQL by what they are made of, and last
 * Redis by MySQL.
 *
 * <p>A sale is not loaded anew where that would make more units of an item available than Redis
 * has: they may have been sold, and MySQL not know it.
 */
final class StockRepair {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Dead letters that one repair replays. */
  private static final int MOST_REPLAYED = 1_000;

  private static final List<FindingType> WRONG_IN_REDIS =
      List.of(
          FindingType.REDIS_DIFFERS,
          FindingType.DOES_NOT_ADD_UP,
          FindingType.RECORD_DIFFERS,
          FindingType.MISSING_IN_REDIS);

  private static final List<FindingType> WRONG_IN_MYSQL =
      List.of(
          FindingType.RESERVATIONS_DIFFER,
          FindingType.TOTAL_UNEXPLAINED,
          FindingType.DOES_NOT_ADD_UP);

  private final StockAudit audit;
  private final StockScripts scripts;
  private final StockRepairScripts repairs;
  private final SaleLoader loader;
  private final DeadLetters deadLetters;
  private final SqlTransactions mysql;
  private final LedgerProgress ledger;

  StockRepair(
      StockAudit audit,
      StockScripts scripts,
      StockRepairScripts repairs,
      SaleLoader loader,
      DeadLetters deadLetters,
      SqlTransactions mysql,
      LedgerProgress ledger) {
    this.audit = audit;
    this.scripts = scripts;
    this.repairs = repairs;
    this.loader = loader;
    this.deadLetters = deadLetters;
    this.mysql = mysql;
    this.ledger = ledger;
  }

  Repairs run(String saleId, Throttle pace) {
    Repairs done = new Repairs();
    String tag = Keys.sale(saleId);
    Findings found = audit(saleId, pace);
    if (found.count(FindingType.STATE_REPLACED) > 0) {
      reload(saleId, audit.epochInMySql(saleId));
      done.did(FindingType.STATE_REPLACED, 1, "Deleted and reloaded from MySQL");
    }
    if (found.count(FindingType.STATE_NOT_WHOLE) > 0) {
      load(saleId);
      done.did(FindingType.STATE_NOT_WHOLE, 1, "Reloaded from MySQL");
    }
    if (audit.isRecovering(saleId)) {
      load(saleId);
    }
    Long epoch = audit.epochInRedis(saleId);
    if (epoch != null && found.count(FindingType.EPOCH_BEHIND) > 0) {
      done.did(FindingType.EPOCH_BEHIND, raiseEpoch(saleId, epoch), "Raised in MySQL to " + epoch);
    }
    if (found.count(FindingType.DEAD_LETTERS) > 0) {
      done.did(FindingType.DEAD_LETTERS, deadLetters.replayOldest(tag, MOST_REPLAYED), "Replayed");
      ledger.awaitPassed(tag, PATIENCE);
    }
    if (epoch != null && found.count(FindingType.MISSING_IN_MYSQL) > 0) {
      Appending appending = new Appending(saleId, epoch);
      audit.comparison(saleId, pace, appending).run();
      done.did(FindingType.MISSING_IN_MYSQL, appending.appended, "Appended to the ledger again");
      ledger.awaitPassed(tag, PATIENCE);
    }
    found = audit(saleId, pace);
    if (found.hasAny(WRONG_IN_MYSQL)) {
      done.did(FindingType.RESERVATIONS_DIFFER, countAnew(saleId, pace), "Recounted in MySQL");
      found = audit(saleId, pace);
    }
    if (found.hasAny(WRONG_IN_REDIS) && !found.hasAny(List.of(FindingType.MISSING_IN_MYSQL))) {
      done.did(FindingType.REDIS_DIFFERS, reloadIfSafe(saleId), "Reloaded from MySQL");
    }
    return done;
  }

  private Findings audit(String saleId, Throttle pace) {
    return audit.audit(saleId, pace, new ArrayList<>());
  }

  private void load(String saleId) {
    loader.await(saleId).await().atMost(PATIENCE);
  }

  /** Takes away a state of an epoch before this one, and loads the sale: what waits is drained. */
  private void reload(String saleId, long epoch) {
    scripts.fence(saleId, epoch).await().atMost(audit.patience());
    load(saleId);
  }

  private int reloadIfSafe(String saleId) {
    if (!ledger.awaitPassed(Keys.sale(saleId), PATIENCE)) {
      return 0;
    }
    Long epoch = audit.epochInRedis(saleId);
    Map<String, Level> inRedis = audit.levels(saleId);
    Map<String, Level> inMySql = audit.hotInMySql(saleId);
    if (epoch == null || inRedis == null) {
      return 0;
    }
    for (Level level : inMySql.values()) {
      Level hot = inRedis.get(level.itemId());
      if (!StockAudit.addsUp(level) || hot != null && level.available() > hot.available()) {
        return 0;
      }
    }
    reload(saleId, epoch + 1);
    return 1;
  }

  /** The state is whole and of this epoch: MySQL is what came back from before. */
  private long raiseEpoch(String saleId, long epoch) {
    return mysql.run(
        tx ->
            tx.query("UPDATE sale SET epoch = ? WHERE id = ? AND epoch < ?", epoch, saleId, epoch)
                .rowCount());
  }

  /**
   * Sets the numbers of items by their reservations and restocks. The items are locked first:
   * whoever changes numbers and reservations together comes before, and is read, or after, and adds
   * to what is set. Items that would come out below zero are left as they are.
   */
  private int countAnew(String saleId, Throttle pace) {
    return mysql.run(
        tx -> {
          tx.query("SELECT id FROM item WHERE sale_id = ? ORDER BY id FOR UPDATE", saleId);
          Map<String, StockBooks.Entry> books =
              new StockBooks(tx, saleId, new Throttle(pace.chunk(), Duration.ZERO)).read();
          int changed = 0;
          if (books == null) {
            return changed;
          }
          for (Map.Entry<String, StockBooks.Entry> item : books.entrySet()) {
            StockBooks.Entry entry = item.getValue();
            long total = entry.firstTotal() + entry.restocked();
            long available = total - entry.held() - entry.sold();
            Level level = new Level(item.getKey(), total, available, entry.held(), entry.sold());
            if (entry.strategy() != Strategy.UNIT_ROWS
                && !level.equals(entry.level())
                && StockAudit.addsUp(level)) {
              tx.query(
                  "UPDATE item SET total = ?, available = ?, held = ?, sold = ?,"
                      + " version = version + 1 WHERE sale_id = ? AND id = ?",
                  total,
                  available,
                  entry.held(),
                  entry.sold(),
                  saleId,
                  item.getKey());
              changed++;
            }
          }
          return changed;
        });
  }

  /** Appends what MySQL lost, chunk by chunk. */
  private final class Appending implements ReservationComparison.Sink {

    private final String saleId;
    private final long epoch;
    private long appended;

    Appending(String saleId, long epoch) {
      this.saleId = saleId;
      this.epoch = epoch;
    }

    @Override
    public void missingInMySql(Map<String, String> reservations) {
      append("reservations", reservations);
    }

    @Override
    public void restocksMissingInMySql(Map<String, String> restocks) {
      append("restocks", restocks);
    }

    private void append(String part, Map<String, String> values) {
      appended += repairs.append(saleId, epoch, part, values);
      // What waits in Redis stays bounded.
      ledger.awaitPassed(Keys.sale(saleId), PATIENCE);
    }

    @Override
    public void missingInRedis(List<String> ids) {
      // Redis is loaded anew as a whole.
    }

    @Override
    public void differ(String id, String redis, String mysql) {
      // The same.
    }
  }
}

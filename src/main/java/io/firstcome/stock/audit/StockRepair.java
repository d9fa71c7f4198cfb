package io.firstcome.stock.audit;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.RepairPlan;
import io.firstcome.audit.Repairs;
import io.firstcome.audit.StoreComparison;
import io.firstcome.mysql.Micros;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.script.StockScripts;
import io.firstcome.work.Throttle;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Repairs sales: what MySQL lost, the numbers in MySQL by what they are made of, and last Redis by
 * MySQL.
 *
 * <p>A sale is not reloaded where that would make more units of an item available than Redis has:
 * they may have been sold, and MySQL not know it.
 */
@Singleton
class StockRepair extends RepairPlan<Map<String, Level>> {

  private static final List<FindingType> WRONG_IN_REDIS =
      List.of(
          FindingType.REDIS_DIFFERS,
          FindingType.DOES_NOT_ADD_UP,
          FindingType.RECORD_DIFFERS,
          FindingType.DEFINITION_DIFFERS,
          FindingType.MISSING_IN_REDIS);

  private static final List<FindingType> WRONG_IN_MYSQL =
      List.of(
          FindingType.RESERVATIONS_DIFFER,
          FindingType.TOTAL_UNEXPLAINED,
          FindingType.DOES_NOT_ADD_UP);

  private final StockAudit audit;
  private final StockScripts scripts;

  StockRepair(StockAudit audit, Loaders loaders, StockScripts scripts, Tools tools) {
    super(audit, loaders.of(SALE), tools);
    this.audit = audit;
    this.scripts = scripts;
  }

  @Override
  protected void mend(
      String saleId,
      Map<String, Level> state,
      Long epoch,
      Findings before,
      Throttle pace,
      Repairs done) {
    String tag = Keys.sale(saleId);
    if (state != null && before.count(FindingType.MISSING_IN_MYSQL) > 0) {
      done.did(
          FindingType.MISSING_IN_MYSQL,
          append(saleId, epoch, pace),
          "Appended to the ledger again");
    }
    if (state != null && before.count(FindingType.DEFINITION_DIFFERS) > 0) {
      done.did(FindingType.DEFINITION_DIFFERS, define(saleId, epoch), "Copied from Redis to MySQL");
    }
    Findings found = audit.audit(tag, pace);
    if (found.hasAny(WRONG_IN_MYSQL)) {
      done.did(FindingType.RESERVATIONS_DIFFER, recount(saleId, pace), "Recounted in MySQL");
      found = audit.audit(tag, pace);
    }
    if (found.hasAny(WRONG_IN_REDIS) && !found.hasAny(List.of(FindingType.MISSING_IN_MYSQL))) {
      done.did(FindingType.REDIS_DIFFERS, reloadIfSafe(saleId), "Reloaded from MySQL");
    }
  }

  /** Says how many definitions were copied: none where that in MySQL is later. */
  private int define(String saleId, long epoch) {
    SaleDefinition inRedis = audit.definitionInRedis(saleId);
    return mysql.run(
        tx ->
            tx.query(
                    "UPDATE sale SET name = ?, status = ?, opens_at = ?, closes_at = ?, version = ?"
                        + " WHERE id = ? AND epoch = ? AND version <= ?",
                    inRedis.name(),
                    inRedis.lifecycle().status().stored(),
                    Micros.toDateTime(inRedis.lifecycle().opensAt()),
                    Micros.toDateTime(inRedis.lifecycle().closesAt()),
                    inRedis.version(),
                    saleId,
                    epoch,
                    inRedis.version())
                .rowCount());
  }

  /** Says how many reservations and restocks were appended. */
  private long append(String saleId, long epoch, Throttle pace) {
    AtomicLong appended = new AtomicLong();
    new ReservationComparison(
            stores, saleId, pace, appending(saleId, epoch, "reservations", appended))
        .run();
    new ReservationComparison.Restocks(
            stores, saleId, pace, appending(saleId, epoch, "restocks", appended))
        .run();
    return appended.get();
  }

  /** For whatever else differs, Redis is reloaded as a whole. */
  private StoreComparison.Sink appending(
      String saleId, long epoch, String part, AtomicLong appended) {
    return (kind, some) -> {
      if (kind == FindingType.MISSING_IN_MYSQL) {
        appended.addAndGet(
            append(saleId, some, values -> scripts.append(saleId, epoch, part, values)));
      }
    };
  }

  private int reloadIfSafe(String saleId) {
    if (!awaitDrained(Keys.sale(saleId))) {
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

  /**
   * Sets the numbers of items by their reservations and restocks. The items are locked first:
   * whoever changes numbers and reservations together comes before, and is read, or after, and adds
   * to what is set. Items that would come out below zero are left as they are.
   */
  private int recount(String saleId, Throttle pace) {
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
}

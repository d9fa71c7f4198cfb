package io.firstcome.stock.sale;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.LoadConfig;
import io.firstcome.stock.model.Strategy;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * How each item is taken, from memory: that never changes. A sale that is met for the first time is
 * read as a whole, once, however many ask; an item that is not known then is looked up by itself.
 * What MySQL does not know is remembered for a moment, as nonsense ids would otherwise be an
 * attack.
 */
@ApplicationScoped
class SaleItems {

  /** Sales whose items are remembered. */
  private static final int MAX_SALES = 10_000;

  /** Look-ups of single items on their way at once. */
  private static final int MAX_LOOK_UPS = 256;

  private record Item(String saleId, String itemId) {}

  /**
   * A sale, and how its items are taken.
   *
   * @param queue the queue whose pass a reservation needs; empty: none
   */
  record Known(String queue, ConcurrentMap<String, Strategy> items) {

    /** The one strategy of these items, where all of them are known here; else null. */
    Strategy strategyOf(Collection<String> wanted) {
      Strategy one = null;
      for (String item : wanted) {
        Strategy strategy = items.get(item);
        if (strategy == null || one != null && one != strategy) {
          return null;
        }
        one = strategy;
      }
      return one;
    }
  }

  private final Pool mysql;
  private final MySqlCalls calls;
  private final Cache<String, Known> sales = Caffeine.newBuilder().maximumSize(MAX_SALES).build();
  private final Cache<String, Boolean> unknownSales;
  private final Cache<Item, Boolean> unknownItems;
  private final SingleFlight<String, Known> readings = new SingleFlight<>(MAX_LOOK_UPS);
  private final SingleFlight<Item, Boolean> lookUps = new SingleFlight<>(MAX_LOOK_UPS);

  SaleItems(Pool mysql, MySqlCalls calls, LoadConfig config) {
    this.mysql = mysql;
    this.calls = calls;
    this.unknownSales =
        Caffeine.newBuilder()
            .maximumSize(config.maxUnknown())
            .expireAfterWrite(config.unknownTtl())
            .build();
    this.unknownItems =
        Caffeine.newBuilder()
            .maximumSize(config.maxUnknown())
            .expireAfterWrite(config.unknownTtl())
            .build();
  }

  /** A sale that is known here; null: it is not. */
  Known known(String saleId) {
    return sales.getIfPresent(saleId);
  }

  /**
   * A sale of which these items are known, and are of one strategy; fails with unknown-sale,
   * unknown-item or mixed-strategies.
   */
  Uni<Known> with(String saleId, Collection<String> items) {
    return sale(saleId)
        .call(sale -> lookUp(saleId, sale.items(), items))
        .invoke(
            sale -> {
              Strategy one = null;
              for (String item : items) {
                Strategy strategy = sale.items().get(item);
                if (strategy == null) {
                  throw Problem.of(ProblemType.UNKNOWN_ITEM).with("itemId", item).asException();
                }
                if (one != null && one != strategy) {
                  throw Problem.of(ProblemType.MIXED_STRATEGIES).asException();
                }
                one = strategy;
              }
            });
  }

  /** This item exists now. */
  void created(String saleId, String itemId) {
    unknownSales.invalidate(saleId);
    unknownItems.invalidate(new Item(saleId, itemId));
  }

  /** This sale exists now. */
  void created(String saleId) {
    unknownSales.invalidate(saleId);
  }

  /** Fails with unknown-sale where there is none. */
  Uni<Void> exists(String saleId) {
    return sale(saleId).replaceWithVoid();
  }

  private Uni<Known> sale(String saleId) {
    Known known = sales.getIfPresent(saleId);
    if (known != null) {
      return Uni.createFrom().item(known);
    }
    if (unknownSales.getIfPresent(saleId) != null) {
      return Uni.createFrom().failure(Problem.of(ProblemType.UNKNOWN_SALE).asException());
    }
    return readings.run(saleId, () -> read(saleId));
  }

  private Uni<Known> read(String saleId) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT i.id, i.strategy, s.queue_id FROM sale s LEFT JOIN item i ON i.sale_id"
                        + " = s.id WHERE s.id = ?")
                .execute(Tuple.of(saleId)))
        .map(
            rows -> {
              if (rows.size() == 0) {
                unknownSales.put(saleId, true);
                throw Problem.of(ProblemType.UNKNOWN_SALE).asException();
              }
              ConcurrentMap<String, Strategy> items = new ConcurrentHashMap<>();
              for (Row row : rows) {
                if (row.getString(0) != null) {
                  items.put(row.getString(0), Strategy.valueOf(row.getString(1)));
                }
              }
              Known sale = new Known(rows.iterator().next().getString(2), items);
              sales.put(saleId, sale);
              return sale;
            });
  }

  private Uni<?> lookUp(
      String saleId, ConcurrentMap<String, Strategy> sale, Collection<String> items) {
    List<Uni<Boolean>> missing = new ArrayList<>();
    for (String itemId : items) {
      Item item = new Item(saleId, itemId);
      if (sale.containsKey(itemId) || unknownItems.getIfPresent(item) != null) {
        continue;
      }
      missing.add(lookUps.run(item, () -> lookUp(item, sale)));
    }
    return missing.isEmpty() ? Uni.createFrom().voidItem() : Uni.join().all(missing).andFailFast();
  }

  private Uni<Boolean> lookUp(Item item, ConcurrentMap<String, Strategy> sale) {
    return calls
        .bounded(
            mysql
                .preparedQuery("SELECT strategy FROM item WHERE sale_id = ? AND id = ?")
                .execute(Tuple.of(item.saleId(), item.itemId())))
        .map(
            rows -> {
              if (rows.size() == 0) {
                unknownItems.put(item, true);
                return false;
              }
              sale.put(item.itemId(), Strategy.valueOf(rows.iterator().next().getString(0)));
              return true;
            });
  }
}

package io.firstcome.stock.hot;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.Poll;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.stock.model.HotStockConfig;
import io.firstcome.stock.script.StockScripts;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jboss.logging.Logger;

/**
 * Gives back what is due of sales that nobody asks for. Of each sale one replica does it, the one
 * that drains its ledger. What even that one cannot see, because Redis does not hold the sale, is
 * looked for in MySQL: so what is held ends on time though every replica was down.
 */
@ApplicationScoped
class StockSweeper {

  private static final Logger LOG = Logger.getLogger(StockSweeper.class);
  private static final int AT_ONCE = 4;

  /** Calls for one sale in a row; the next sweep goes on. */
  private static final int MOST_CALLS = 20;

  /** So late is what nobody swept: MySQL itself is a moment behind. */
  private static final int LATE_SECONDS = 3;

  private static final int LATE_RESERVATIONS = 1_000;

  private final StockScripts scripts;
  private final Loader loader;
  private final HotStock stock;
  private final Drainer drainer;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final HotStockConfig config;
  private final List<Poll> polls = new ArrayList<>();

  StockSweeper(
      StockScripts scripts,
      Loaders loaders,
      HotStock stock,
      Drainer drainer,
      Pool mysql,
      MySqlCalls calls,
      HotStockConfig config) {
    this.scripts = scripts;
    this.loader = loaders.of(SALE);
    this.stock = stock;
    this.drainer = drainer;
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    polls.add(Poll.every(config.sweep(), vertx, this::sweepHeld));
    polls.add(Poll.every(config.search(), vertx, this::search));
  }

  void stop(@Observes ShutdownEvent event) {
    polls.forEach(Poll::close);
  }

  private Uni<?> sweepHeld() {
    stock.forgetIdle();
    return Multi.createFrom()
        .iterable(drainer.held())
        .filter(SALE::owns)
        .onItem()
        .transformToUni(
            // One that Redis does not hold is left to who asks for it, or to the search.
            tag -> sweep(Keys.saleOf(tag), MOST_CALLS).onFailure().recoverWithNull())
        .merge(AT_ONCE)
        .collect()
        .last();
  }

  private Uni<Void> sweep(String saleId, int calls) {
    return scripts
        .sweep(saleId, config.sweepBatch(), config.maxRefusals(), config.maxEnded())
        .flatMap(
            swept -> {
              if (swept.released() > 0) {
                drainer.wrote(Keys.sale(saleId));
              }
              boolean more =
                  swept.released() >= config.sweepBatch()
                      || swept.forgotten() >= config.sweepBatch();
              return more && calls > 1 ? sweep(saleId, calls - 1) : Uni.createFrom().voidItem();
            });
  }

  /** Replicas that start together do not look together. */
  private Uni<?> search() {
    long jitter = ThreadLocalRandom.current().nextLong(config.search().toMillis() / 2 + 1);
    return Uni.createFrom()
        .voidItem()
        .onItem()
        .delayIt()
        .by(Duration.ofMillis(Math.max(1, jitter)))
        .flatMap(waited -> late())
        .onItem()
        .transformToMulti(sales -> Multi.createFrom().iterable(sales))
        .onItem()
        .transformToUni(
            saleId ->
                loader
                    .whole(saleId, Uni.createFrom().deferred(() -> sweep(saleId, MOST_CALLS)))
                    .onFailure()
                    .invoke(e -> LOG.debugf("Could not sweep sale %s: %s", saleId, e.getMessage()))
                    .onFailure()
                    .recoverWithNull())
        .merge(AT_ONCE)
        .collect()
        .last();
  }

  /** The latest first: what stays for good (a conflict) does not hide what comes. */
  private Uni<List<String>> late() {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT DISTINCT sale_id FROM (SELECT sale_id FROM reservation"
                        + " WHERE strategy = 'HOT' AND status = 'HELD'"
                        + " AND expires_at < UTC_TIMESTAMP(6) - INTERVAL ? SECOND"
                        + " ORDER BY expires_at DESC LIMIT ?) due")
                .execute(Tuple.of(LATE_SECONDS, LATE_RESERVATIONS)))
        .map(
            rows -> {
              List<String> sales = new ArrayList<>();
              rows.forEach(row -> sales.add(row.getString(0)));
              return sales;
            });
  }
}

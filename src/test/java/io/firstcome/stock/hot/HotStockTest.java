package io.firstcome.stock.hot;

import static io.firstcome.stock.model.SaleType.SALE;
import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.InsideTheBuild;
import io.firstcome.coupon.Stores;
import io.firstcome.decision.Pending;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.stock.AbstractStockTest;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import io.firstcome.stock.script.StockScripts;
import io.quarkus.test.junit.QuarkusTest;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * {@link Strategy#HOT} by the kit: asked from any thread, each reservation by itself, and, as
 * another replica, from an event loop, where reservations go together.
 */
@QuarkusTest
@InsideTheBuild("it asks the stock itself, not over HTTP")
class HotStockTest extends AbstractStockTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Inject HotStock hot;
  @Inject Loaders loaders;
  @Inject StockScripts scripts;
  @Inject Drainer drainer;
  @Inject Vertx vertx;

  private final Queue<String> sales = new ConcurrentLinkedQueue<>();

  @Override
  protected Stock stock() {
    return hot;
  }

  @Override
  protected Stock anotherReplica() {
    return new OnEventLoop();
  }

  @Override
  protected String sale(Item... items) {
    String sale = "s-" + UUID.randomUUID();
    stores.sql("INSERT INTO sale (id, name, epoch, creation) VALUES (?, ?, 0, '')", sale, sale);
    for (Item item : items) {
      stores.sql(
          "INSERT INTO item (sale_id, id, name, strategy, total, available, held, sold,"
              + " first_total, user_limit, version, creation)"
              + " VALUES (?, ?, ?, 'HOT', ?, ?, 0, 0, ?, ?, 0, '')",
          sale,
          item.id(),
          item.id(),
          item.quantity(),
          item.quantity(),
          item.quantity(),
          item.userLimit());
    }
    await(loaders.of(SALE).created(sale));
    sales.add(sale);
    return sale;
  }

  @Override
  protected void change(String saleId, SaleDefinition.Change change) {
    assertThat(await(scripts.change(saleId, change)).refusal()).isNull();
  }

  @Override
  protected void sweep() {
    for (String sale : sales) {
      await(scripts.sweep(sale, 500, 1_000, 1_000));
      drainer.wrote(Keys.sale(sale));
    }
  }

  @Override
  protected void audit(String sale) {
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              List<Level> levels = await(hot.levels(sale));
              stores.awaitDrained(Keys.sale(sale));
              assertThat(inMySql(sale)).isEqualTo(levels);
              levels.forEach(level -> assertIsWhatIsHeld(sale, level));
            });
  }

  @Override
  protected List<String> changes(String saleId, String id) {
    stores.awaitDrained(Keys.sale(saleId));
    return stores
        .sql(
            "SELECT kind, changed_by, reason FROM reservation_change WHERE sale_id = ?"
                + " AND reservation_id = ? ORDER BY change_no",
            saleId,
            id)
        .stream()
        .map(row -> row.getString(0) + " " + row.getString(1) + " " + row.getString(2))
        .toList();
  }

  private static List<Level> inMySql(String sale) {
    return stores
        .sql(
            "SELECT id, total, available, held, sold FROM item WHERE sale_id = ? ORDER BY id", sale)
        .stream()
        .map(
            row ->
                new Level(
                    row.getString(0),
                    row.getLong(1),
                    row.getLong(2),
                    row.getLong(3),
                    row.getLong(4)))
        .toList();
  }

  private static void assertIsWhatIsHeld(String sale, Level level) {
    Map<Status, Long> units = new TreeMap<>();
    for (Row row :
        stores.sql("SELECT status, line_items FROM reservation WHERE sale_id = ?", sale)) {
      for (ReservationLine line : ReservationLine.decode(row.getString(1))) {
        if (line.itemId().equals(level.itemId())) {
          units.merge(Status.valueOf(row.getString(0)), line.granted(), Long::sum);
        }
      }
    }
    assertThat(level.available()).isNotNegative();
    assertThat(level.held()).isEqualTo(units.getOrDefault(Status.HELD, 0L));
    assertThat(level.sold()).isEqualTo(units.getOrDefault(Status.CONFIRMED, 0L));
    assertThat(level.total()).isEqualTo(level.available() + level.held() + level.sold());
  }

  /** The same stock, asked from an event loop. */
  private final class OnEventLoop implements Stock {

    private <T> Uni<T> there(Uni<T> ask) {
      return ask.runSubscriptionOn(
          work -> vertx.getOrCreateContext().runOnContext(on -> work.run()));
    }

    @Override
    public Strategy strategy() {
      return hot.strategy();
    }

    @Override
    public void reserve(ReservationRequest order, Pending<Reservation> pending) {
      vertx.getOrCreateContext().runOnContext(on -> hot.reserve(order, pending));
    }

    @Override
    public Uni<Reservation> find(String saleId, String id, String userId) {
      return there(Uni.createFrom().deferred(() -> hot.find(saleId, id, userId)));
    }

    @Override
    public Uni<Reservation> confirm(String saleId, String id) {
      return there(Uni.createFrom().deferred(() -> hot.confirm(saleId, id)));
    }

    @Override
    public Uni<Reservation> cancel(String saleId, String id, String userId) {
      return there(Uni.createFrom().deferred(() -> hot.cancel(saleId, id, userId)));
    }

    @Override
    public Uni<Reservation> extend(
        String saleId, String id, String userId, Duration time, String by) {
      return there(Uni.createFrom().deferred(() -> hot.extend(saleId, id, userId, time, by)));
    }

    @Override
    public Uni<Reservation> takeAgain(String saleId, String id, Duration time, String by) {
      return there(Uni.createFrom().deferred(() -> hot.takeAgain(saleId, id, time, by)));
    }

    @Override
    public Uni<Reservation> undo(String saleId, String id, String by, String reason) {
      return there(Uni.createFrom().deferred(() -> hot.undo(saleId, id, by, reason)));
    }

    @Override
    public Uni<List<Level>> levels(String saleId) {
      return there(Uni.createFrom().deferred(() -> hot.levels(saleId)));
    }

    @Override
    public Uni<Level> restock(Restock restock) {
      return there(Uni.createFrom().deferred(() -> hot.restock(restock)));
    }

    @Override
    public Uni<Void> created(String saleId, String itemId) {
      return there(Uni.createFrom().deferred(() -> hot.created(saleId, itemId)));
    }
  }
}

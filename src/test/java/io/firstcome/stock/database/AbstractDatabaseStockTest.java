package io.firstcome.stock.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RealMySql;
import io.firstcome.stock.AbstractStockTest;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.ReservationRequest.Mode;
import io.firstcome.stock.model.SaleDefinition;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import io.vertx.sqlclient.Row;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the strategies that decide in MySQL promise beside what all do. */
abstract class AbstractDatabaseStockTest extends AbstractStockTest {

  /** Those of a machine that builds something else meanwhile. */
  private static final Map<String, String> PATIENT = Map.of("patience", "15s");

  final RealMySql mysql = RealMySql.shared();
  private final DatabaseReplica one = new DatabaseReplica(mysql, PATIENT);
  private final DatabaseReplica other = new DatabaseReplica(mysql, PATIENT);
  private final AtomicInteger sweeps = new AtomicInteger();

  private final Strategy strategy;

  AbstractDatabaseStockTest(Strategy strategy) {
    this.strategy = strategy;
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
  }

  @Override
  protected Stock stock() {
    return one.stock(strategy);
  }

  @Override
  protected Stock anotherReplica() {
    return other.stock(strategy);
  }

  @Override
  protected String sale(Item... items) {
    String sale = "s-" + UUID.randomUUID();
    mysql.sql("INSERT INTO sale (id, name, epoch, creation) VALUES (?, ?, 0, '')", sale, sale);
    for (Item item : items) {
      mysql.sql(
          "INSERT INTO item (sale_id, id, name, strategy, total, available, held, sold,"
              + " first_total, user_limit, version, creation)"
              + " VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?, 1, '')",
          sale,
          item.id(),
          item.id(),
          strategy.name(),
          item.quantity(),
          item.quantity(),
          item.quantity(),
          item.userLimit());
      await(stock().created(sale, item.id()));
    }
    return sale;
  }

  /** As the drain writes it. */
  @Override
  protected void change(String saleId, SaleDefinition.Change change) {
    List<String> words = change.words();
    for (int i = 0; i < words.size(); i += 2) {
      boolean isTime = !words.get(i).equals("status");
      mysql.sql(
          "UPDATE sale SET " + words.get(i) + (isTime ? "_at" : "") + " = ? WHERE id = ?",
          isTime ? Micros.toDateTime(Long.parseLong(words.get(i + 1))) : words.get(i + 1),
          saleId);
    }
  }

  @Override
  protected void sweep() {
    (sweeps.getAndIncrement() % 2 == 0 ? one : other).sweeper.sweep();
  }

  @Override
  protected void audit(String sale) {
    Map<String, Long> held = new TreeMap<>();
    Map<String, Long> sold = new TreeMap<>();
    Map<String, Long> taken = new TreeMap<>();
    for (Row row :
        mysql.sql("SELECT user_id, status, line_items FROM reservation WHERE sale_id = ?", sale)) {
      Status status = Status.valueOf(row.getString(1));
      for (ReservationLine line : ReservationLine.decode(row.getString(2))) {
        if (status == Status.HELD || status == Status.CONFIRMED) {
          (status == Status.HELD ? held : sold).merge(line.itemId(), line.granted(), Long::sum);
          taken.merge(line.itemId() + " " + row.getString(0), line.granted(), Long::sum);
        }
      }
    }
    for (Level level : await(stock().levels(sale))) {
      assertThat(level.available()).isNotNegative();
      assertThat(level.held()).isEqualTo(held.getOrDefault(level.itemId(), 0L));
      assertThat(level.sold()).isEqualTo(sold.getOrDefault(level.itemId(), 0L));
      assertThat(level.total()).isEqualTo(level.available() + level.held() + level.sold());
      // What was put in, and why.
      assertThat(
              mysql
                  .sql("SELECT total FROM item WHERE sale_id = ? AND id = ?", sale, level.itemId())
                  .get(0)
                  .getLong(0))
          .isEqualTo(level.total());
    }
    for (Row row :
        mysql.sql(
            "SELECT item_id, user_id, quantity, user_limit FROM item_taker t JOIN item i"
                + " ON i.sale_id = t.sale_id AND i.id = t.item_id WHERE t.sale_id = ?",
            sale)) {
      assertThat(row.getLong(2))
          .isEqualTo(taken.getOrDefault(row.getString(0) + " " + row.getString(1), 0L))
          .isLessThanOrEqualTo(row.getLong(3));
    }
  }

  @Override
  protected List<String> changes(String saleId, String id) {
    return mysql
        .sql(
            "SELECT kind, changed_by, reason FROM reservation_change WHERE sale_id = ?"
                + " AND reservation_id = ? ORDER BY change_no",
            saleId,
            id)
        .stream()
        .map(row -> row.getString(0) + " " + row.getString(1) + " " + row.getString(2))
        .toList();
  }

  @Test
  void afterADayItIsNotTakenAgain() {
    String sale = sale(item("a", 5));
    Reservation swept = await(brief(sale, "alice", "a", 1));
    awaitExpired(sale, swept);
    sweep();
    Reservation unseen = await(brief(sale, "bob", "a", 1));
    awaitExpired(sale, unseen);
    mysql.sql(
        "UPDATE reservation SET created_at = created_at - INTERVAL 1 DAY WHERE sale_id = ?", sale);

    for (Reservation one : List.of(swept, unseen)) {
      assertThat(await(stock().takeAgain(sale, one.id(), LONG, "shop")).status())
          .isEqualTo(Status.EXPIRED);
    }
    assertLevel(sale, new Level("a", 5, 5, 0, 0));
  }

  @Test
  void aSweeperKilledHalfWayHasDoneNothingAndTheNextOneDoesItOnce() {
    String sale = sale(item("a", 9), item("b", 9));
    Reservation held = await(brief(sale, "alice", "a", 2, "b", 3));
    Reservation too = await(brief(sale, "bob", "a", 1));
    awaitExpired(sale, held);
    awaitExpired(sale, too);
    AtomicInteger given = new AtomicInteger();

    assertThatThrownBy(() -> one.expiry.release(dyingAfter(1, given), sale))
        .hasMessage("killed half-way");

    assertThat(given).hasValue(2);
    assertLevel(sale, new Level("a", 9, 6, 3, 0), new Level("b", 9, 6, 3, 0));
    assertThat(other.expiry.release(DatabaseStocks.units().get(strategy), sale)).isEqualTo(2);
    assertThat(one.expiry.release(DatabaseStocks.units().get(strategy), sale)).isZero();
    assertLevel(sale, new Level("a", 9, 9, 0, 0), new Level("b", 9, 9, 0, 0));
  }

  /** The strategy's units; after so many items were given back it dies. */
  private UnitStore dyingAfter(int items, AtomicInteger given) {
    UnitStore real = DatabaseStocks.units().get(strategy);
    return (UnitStore)
        Proxy.newProxyInstance(
            UnitStore.class.getClassLoader(),
            new Class<?>[] {UnitStore.class},
            (proxy, method, args) -> {
              if (method.getName().equals("giveBack") && given.getAndIncrement() == items) {
                throw new IllegalStateException("killed half-way");
              }
              try {
                return method.invoke(real, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @Test
  void whatOthersKeepLockedIsAClearRefusalInTimeAndNothingIsDone() throws InterruptedException {
    String sale = sale(item("a", 5));
    ReservationRequest order = anOrder(sale, "alice", "a", 5);
    CountDownLatch locked = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    ExecutorService locker = Executors.newSingleThreadExecutor();
    try {
      locker.submit(
          () ->
              mysql
                  .transactions()
                  .runBriefly(
                      1,
                      tx -> {
                        tx.query("SELECT * FROM item WHERE sale_id = ? FOR UPDATE", sale);
                        tx.query("SELECT * FROM stock_unit WHERE sale_id = ? FOR UPDATE", sale);
                        locked.countDown();
                        return awaitUninterruptibly(enough);
                      }));
      locked.await();

      assertProblem(ProblemType.CONTENDED, () -> await(stock().reserve(order)));
    } finally {
      enough.countDown();
      locker.shutdown();
    }

    assertLevel(sale, new Level("a", 5, 5, 0, 0));
    assertHeld(await(insisting(() -> stock().reserve(order))));
  }

  private static boolean awaitUninterruptibly(CountDownLatch latch) {
    try {
      return latch.await(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void anItemOfAnotherStrategyIsUnknown() {
    String sale = sale(item("a", 5));
    Strategy another =
        strategy == Strategy.CONDITIONAL ? Strategy.OPTIMISTIC : Strategy.CONDITIONAL;

    assertProblem(
        ProblemType.UNKNOWN_ITEM,
        () -> await(one.stock(another).reserve(anOrder(sale, "alice", "a", 1))));
    assertProblem(
        ProblemType.UNKNOWN_ITEM,
        () -> await(one.stock(another).restock(restock(sale, "a", key(), 1))));
    assertThat(await(one.stock(another).levels(sale))).isEmpty();
  }

  @Test
  void whicheverStrategyIsAskedAReservationEndsByItsOwn() {
    String sale = sale(item("a", 5));
    Strategy another = strategy == Strategy.UNIT_ROWS ? Strategy.CONDITIONAL : Strategy.UNIT_ROWS;
    Reservation sold = await(stock().reserve(anOrder(sale, "alice", "a", 2)));
    Reservation back = await(stock().reserve(anOrder(sale, "bob", "a", 1)));

    await(one.stock(another).confirm(sale, sold.id()));
    await(one.stock(another).cancel(sale, back.id(), "bob"));

    assertThat(await(one.stock(another).find(sale, sold.id(), "alice")).status())
        .isEqualTo(Status.CONFIRMED);
    assertLevel(sale, new Level("a", 5, 3, 0, 2));
  }

  @Test
  void aKeyIsForgottenAfterADayAndNotBefore() {
    String sale = sale(item("a", 5));
    ReservationRequest order = anOrder(sale, "alice", "a", 1);
    Reservation first = await(stock().reserve(order));

    age(sale, "23:59");
    sweep();
    assertThat(await(stock().reserve(order)).id()).isEqualTo(first.id());

    age(sale, "00:02");
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              sweep();
              assertThat(mysql.sql("SELECT 1 FROM stock_request WHERE sale_id = ?", sale))
                  .isEmpty();
            });
    assertThat(await(stock().reserve(order)).id()).isNotEqualTo(first.id());
    assertLevel(sale, new Level("a", 5, 3, 2, 0));
  }

  private void age(String sale, String hoursAndMinutes) {
    mysql.sql(
        "UPDATE stock_request SET created_at = created_at - INTERVAL '"
            + hoursAndMinutes
            + "' HOUR_MINUTE WHERE sale_id = ?",
        sale);
  }

  @Test
  void whatIsRefusedLeavesNoReservationBehind() {
    String sale = sale(new Item("a", 5, 1));

    await(stock().reserve(order(sale, "alice", key(), Mode.ALL_OR_NOTHING, LONG, "a", 2)));

    assertThat(mysql.sql("SELECT 1 FROM reservation WHERE sale_id = ?", sale)).isEmpty();
    assertThat(mysql.sql("SELECT 1 FROM item_taker WHERE sale_id = ?", sale)).isEmpty();
  }

  @Test
  void howLongUnitsWereHeldIsToldOnce() {
    String sale = sale(item("a", 5));
    Reservation sold = await(stock().reserve(anOrder(sale, "alice", "a", 1)));
    Reservation back = await(stock().reserve(anOrder(sale, "bob", "a", 1)));
    Reservation over = await(brief(sale, "carol", "a", 1));
    awaitExpired(sale, over);

    for (int i = 0; i < 2; i++) {
      await(stock().confirm(sale, sold.id()));
      await(stock().cancel(sale, back.id(), "bob"));
      await(stock().cancel(sale, over.id(), "carol"));
    }

    for (String outcome : List.of("confirmed", "cancelled", "expired")) {
      assertThat(
              one.registry
                  .get("firstcome.reservation.held")
                  .tag("strategy", label(stock().strategy()))
                  .tag("outcome", outcome)
                  .timer()
                  .count())
          .isEqualTo(1);
    }
  }

  private static String label(Strategy strategy) {
    return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Test
  void asManyLinesAsAReservationMayEverHaveAreTaken() {
    int lines = 1_000;
    Item[] items = new Item[lines];
    Object[] asked = new Object[2 * lines];
    for (int i = 0; i < lines; i++) {
      items[i] = item("item-" + i, 2);
      asked[2 * i] = items[i].id();
      asked[2 * i + 1] = 1;
    }
    String sale = sale(items);

    Reservation held =
        await(stock().reserve(order(sale, "alice", key(), Mode.ALL_OR_NOTHING, LONG, asked)));
    assertThat(held.lines()).hasSize(lines);
    await(stock().cancel(sale, held.id(), "alice"));

    assertThat(await(stock().levels(sale))).allSatisfy(l -> assertThat(l.available()).isEqualTo(2));
  }

  @Test
  void refusalsOfOneUserAreKeptUpToANumber() {
    String sale = sale(item("a", 1));
    for (int i = 0; i < 25; i++) {
      assertThat(
              await(
                      stock()
                          .reserve(
                              order(sale, "mallory", "k" + i, Mode.ALL_OR_NOTHING, LONG, "a", 2)))
                  .status())
          .isEqualTo(Status.REFUSED);
    }

    assertThat(
            mysql
                .sql("SELECT COUNT(*) FROM stock_request WHERE sale_id = ?", sale)
                .get(0)
                .getLong(0))
        .isEqualTo(20);
  }
}

package io.firstcome.stock.database;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.stock.model.Stock.Level;
import io.firstcome.stock.model.Strategy;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class UnitRowsStockTest extends AbstractDatabaseStockTest {

  UnitRowsStockTest() {
    super(Strategy.UNIT_ROWS);
  }

  @Test
  void unitsThatOthersHaveLockedArePassedOver() throws InterruptedException {
    String sale = sale(item("a", 5));
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
                        tx.query(
                            "SELECT unit FROM stock_unit WHERE sale_id = ? LIMIT 3 FOR UPDATE",
                            sale);
                        locked.countDown();
                        return wait(enough);
                      }));
      locked.await();

      assertHeld(await(stock().reserve(anOrder(sale, "alice", "a", 2))));
      assertProblem(
          ProblemType.CONTENDED, () -> await(stock().reserve(anOrder(sale, "bob", "a", 1))));
    } finally {
      enough.countDown();
      locker.shutdown();
    }
    assertHeld(await(insisting(() -> stock().reserve(anOrder(sale, "bob", "a", 3)))));
  }

  private static boolean wait(CountDownLatch latch) {
    try {
      return latch.await(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void unitsThatAreMissingAreMade() {
    String sale = sale(item("a", 2_500));
    mysql.sql("DELETE FROM stock_unit WHERE sale_id = ? AND unit > 700", sale);

    together(2, i -> stock().created(sale, "a").replaceWith(i));

    assertLevel(sale, new Level("a", 2_500, 2_500, 0, 0));
  }

  @Test
  void thereAreNoMoreUnitsThanRowsAreGoodFor() {
    String sale = sale(item("a", 99_999));

    assertProblem(
        ProblemType.MALFORMED, () -> await(stock().restock(restock(sale, "a", key(), 2))));

    assertThat(await(stock().restock(restock(sale, "a", key(), 1))).total()).isEqualTo(100_000);
    assertThat(await(stock().restock(restock(sale, "a", key(), -99_000))).total()).isEqualTo(1_000);
    assertHeld(await(stock().reserve(anOrder(sale, "alice", "a", 1_000))));
    assertLevel(sale, new Level("a", 1_000, 0, 1_000, 0));
  }
}

package io.firstcome.stock.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.live.Watcher;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.firstcome.stock.model.Strategy;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whether it adds up, and what it comes to, is on show. */
@QuarkusTest
class StockAuditOverHttpTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @RegisterExtension static final Stores stores = new Stores();

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSaleOfEveryStrategyAddsUp(boolean hot) {
    String sale = SaleApi.sale();
    List<Strategy> strategies =
        Stream.of(Strategy.values()).filter(strategy -> strategy.isHot() == hot).toList();
    for (Strategy strategy : strategies) {
      String item = item(strategy);
      SaleApi.newItem(
              sale,
              Map.of("id", item, "name", "An item", "quantity", 10, "strategy", strategy.name()))
          .statusCode(201);
      reserve(sale, strategy, "held", 2);
      SaleApi.confirm(sale, reserve(sale, strategy, "sold", 3)).statusCode(200);
      SaleApi.cancel(sale, reserve(sale, strategy, "back", 4), "alice").statusCode(200);
      SaleApi.restock(sale, item, "delivery", 5, "Delivery").statusCode(200);
    }

    ValidatableResponse audit = settled(sale).body("findings", empty());
    for (Strategy strategy : strategies) {
      String path = "items.find { it.id == '" + item(strategy) + "' }.";
      audit
          .body(path + "mysql.total", equalTo(15))
          .body(path + "mysql.available", equalTo(10))
          .body(path + "mysql.held", equalTo(2))
          .body(path + "mysql.sold", equalTo(3))
          .body(path + "heldByReservations", equalTo(2))
          .body(path + "soldByReservations", equalTo(3))
          .body(path + "firstTotal", equalTo(10))
          .body(path + "restocked", equalTo(5));
    }
  }

  @Test
  void whatDoesNotAddUpIsFound() {
    String sale = SaleApi.sale(10);
    SaleApi.reserved(sale, "alice", "k", 3);
    settled(sale).body("findings", empty());

    stores.sql("UPDATE item SET held = held + 1, total = total + 2 WHERE sale_id = ?", sale);
    settled(sale)
        .body("items[0].redis.held", equalTo(3))
        .body("items[0].mysql.held", equalTo(4))
        .body(
            "findings.what",
            hasItems(
                "does-not-add-up", "reservations-differ", "total-unexplained", "redis-differs"))
        .body("findings.where.unique()", equalTo(List.of("a")))
        .body("counts.redis-differs", equalTo(1));

    repair(sale).body("after.findings", empty());
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 3 0");
    repair(sale).body("steps", empty());
  }

  @Test
  void whatRedisHasAloneIsFound() {
    String sale = SaleApi.sale(10);
    stores.redis(Command.HSET, Keys.ofSale(Keys.sale(sale)).get(1), "a", "11 10 0 0 0");
    settled(sale).body("findings.what", hasItems("does-not-add-up", "redis-differs"));

    repair(sale)
        .body("steps.done", equalTo(List.of("Reloaded from MySQL")))
        .body("after.findings", empty());
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 10 0 0");
  }

  @Test
  void theLaterOfTwoDefinitionsIsKept() {
    String sale = SaleApi.sale(10);
    SaleApi.change(sale, "pause").statusCode(200);
    settled(sale).body("findings", empty());

    // A restored MySQL.
    stores.sql("UPDATE sale SET status = 'open', version = 0 WHERE id = ?", sale);
    settled(sale).body("findings.what", equalTo(List.of("definition-differs")));
    repair(sale)
        .body("steps.done", equalTo(List.of("Copied from Redis to MySQL")))
        .body("after.findings", empty());

    // Published by a replica of the release before, which knows no definition.
    stores.redis(Command.HDEL, Keys.saleState(Keys.sale(sale)), "status", "version");
    settled(sale).body("findings.what", equalTo(List.of("definition-differs")));
    repair(sale)
        .body("steps.done", equalTo(List.of("Reloaded from MySQL")))
        .body("after.findings", empty());
    Problems.is(SaleApi.reserve(sale, "alice", "k", 1), ProblemType.PAUSED);
  }

  /** They may have been sold, and MySQL not know it. */
  @Test
  void unitsThatOnlyMySqlHasAreNotMadeAvailable() {
    String sale = SaleApi.sale(10);
    SaleApi.reserved(sale, "alice", "k", 3);
    settled(sale).body("findings", empty());
    stores.redis(Command.HSET, Keys.ofSale(Keys.sale(sale)).get(1), "a", "10 5 5 0 0");

    repair(sale).body("steps", empty()).body("after.findings.what", hasItems("redis-differs"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 5 5 0");
  }

  /** What was drained since the backup is neither in it nor in the ledger. */
  @Test
  void whatARestoredMySqlLacksIsAppendedAgain() {
    String sale = SaleApi.sale(20);
    String held = SaleApi.reserved(sale, "alice", "k", 3);
    String sold = SaleApi.reserved(sale, "bob", "k", 2);
    String back = SaleApi.reserved(sale, "carol", "k", 4);
    settled(sale).body("findings", empty());
    SaleApi.confirm(sale, sold).statusCode(200);
    SaleApi.cancel(sale, back, "carol").statusCode(200);
    SaleApi.awaitStripped(stores, sale, back);
    SaleApi.restock(sale, "a", "delivery", 5, "Delivery").statusCode(200);
    settled(sale).body("findings", empty());

    // As it was before: nothing of alice's, bob's and carol's held, nothing delivered.
    stores.sql("DELETE FROM reservation WHERE sale_id = ? AND id = ?", sale, held);
    stores.sql(
        "UPDATE reservation SET status = 'HELD', changes = 0, ended_at = NULL WHERE sale_id = ?",
        sale);
    stores.sql("DELETE FROM restock WHERE sale_id = ?", sale);
    stores.sql(
        "UPDATE item SET total = 20, available = 14, held = 6, sold = 0 WHERE sale_id = ?", sale);
    stores.sql("UPDATE sale SET epoch = epoch - 1 WHERE id = ?", sale);
    settled(sale)
        .body("counts.missing-in-mysql", equalTo(4))
        .body("counts.epoch-behind", equalTo(1))
        .body("findings.where", hasItems(held, sold, back, "a delivery"));

    repair(sale).body("after.findings", empty());
    settled(sale)
        .body("items[0].mysql.total", equalTo(25))
        .body("items[0].mysql.held", equalTo(3))
        .body("items[0].mysql.sold", equalTo(2));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("25 20 3 2");
  }

  @Test
  void aReservationThatRedisLostIsFoundAndTheSaleLoadedAnew() {
    String sale = SaleApi.sale(10);
    String lost = SaleApi.reserved(sale, "alice", "k", 3);
    settled(sale).body("findings", empty());
    List<String> keys = Keys.ofSale(Keys.sale(sale));
    stores.redis(Command.HDEL, keys.get(2), lost);
    settledNot(sale).body("findings.what", hasItems("state-not-whole"));
    repair(sale).body("after.findings", empty());

    // So that the sale still looks whole.
    stores.redis(Command.HDEL, keys.get(2), lost);
    stores.redis(Command.ZREM, keys.get(3), lost);
    stores.redis(Command.HINCRBY, keys.get(0), "reservations", -1);
    stores.redis(Command.HINCRBY, keys.get(0), "holds", -1);
    settled(sale).body("counts.missing-in-redis", equalTo(1));
    repair(sale).body("after.findings", empty());
    SaleApi.read(sale, lost, "alice").statusCode(200).body("status", equalTo("HELD"));
  }

  @Test
  void whatAnotherServerHoldsIsNotJudgedBeforeItIsLoadedAnew() {
    String sale = SaleApi.sale(10);
    SaleApi.reserved(sale, "alice", "k", 3);
    settled(sale).body("findings", empty());
    stores.redis(Command.HSET, Keys.saleState(Keys.sale(sale)), "server", "another:server");
    settledNot(sale)
        .body("compared", equalTo(false))
        .body("note", containsString("restarted or failed over"))
        .body("findings", empty());
    repair(sale).body("after.compared", equalTo(true)).body("after.findings", empty());
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 3 0");
  }

  @Test
  void whoHasMoreThanTheLimitIsFound() {
    String sale = SaleApi.sale();
    SaleApi.newItem(sale, Map.of("id", "a", "name", "An item", "quantity", 10, "userLimit", 2))
        .statusCode(201);
    SaleApi.reserved(sale, "alice", "k", 2);
    settled(sale).body("findings", empty());
    stores.sql("UPDATE item_taker SET quantity = 3 WHERE sale_id = ?", sale);
    settled(sale).body("findings.where", equalTo(List.of("a alice")));
  }

  /** In mid-sale Redis is always ahead of MySQL. */
  @Test
  void aRunningSaleIsNoFinding() throws Exception {
    String sale = SaleApi.sale(1_000);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> rush =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; !over.get(); i++) {
                String id = SaleApi.reserved(sale, "alice", "k" + i, 1);
                SaleApi.cancel(sale, id, "alice").statusCode(200);
              }
            });
    try {
      for (int i = 0; i < 5; i++) {
        SaleApi.admin().get(path(sale)).then().statusCode(200).body("findings", empty());
      }
    } finally {
      over.set(true);
    }
    rush.get(20, TimeUnit.SECONDS);
    settled(sale).body("findings", empty());
  }

  @Test
  void theOperatorAloneAudits() {
    String sale = SaleApi.sale(1);
    Problems.is(SaleApi.as("alice").get(path(sale)).then(), ProblemType.FORBIDDEN);
    Problems.is(SaleApi.admin().get(path(SaleApi.freshId())).then(), ProblemType.UNKNOWN_SALE);
  }

  @Test
  void anItemIsWatchedWhileItIsTaken() {
    String sale = SaleApi.sale(2);
    try (Watcher watcher = new Watcher(SaleApi.items(sale) + "/a/live")) {
      await().atMost(SOON).until(() -> watcher.events().size() == 1);
      assertThat(watcher.events().get(0)).contains("\"available\":2", "\"held\":0");
      SaleApi.reserve(sale, "alice", "k", 2).statusCode(201);
      await().atMost(SOON).until(() -> watcher.events().size() == 2);
      assertThat(watcher.events().get(1)).contains("\"available\":0", "\"held\":2");
    }
    Problems.is(
        SaleApi.anonymous().get(SaleApi.items(sale) + "/none/live").then(),
        ProblemType.UNKNOWN_ITEM);
  }

  /** An audit that could compare Redis with MySQL. */
  private static ValidatableResponse settled(String sale) {
    stores.awaitDrained(Keys.sale(sale));
    return SaleApi.admin().get(path(sale)).then().statusCode(200).body("compared", equalTo(true));
  }

  private static ValidatableResponse settledNot(String sale) {
    stores.awaitDrained(Keys.sale(sale));
    return SaleApi.admin().get(path(sale)).then().statusCode(200);
  }

  private static ValidatableResponse repair(String sale) {
    return SaleApi.admin().post(path(sale) + "/repair").then().statusCode(200);
  }

  private static String reserve(String sale, Strategy strategy, String key, long units) {
    return SaleApi.reserve(
            sale, "alice", key + strategy, SaleApi.body(Map.of(item(strategy), units)))
        .statusCode(201)
        .extract()
        .path("id");
  }

  private static String item(Strategy strategy) {
    return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String path(String sale) {
    return "/api/v1/admin/audit/sales/" + sale;
  }
}

package io.firstcome.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;

import io.firstcome.coupon.Stores;
import io.firstcome.live.Watcher;
import io.firstcome.redis.Keys;
import io.firstcome.web.ProblemType;
import io.firstcome.web.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Whether it adds up, and what it comes to, is on show. */
@QuarkusTest
class StockAuditOverHttpTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aSaleOfEveryStrategyAddsUp() {
    String sale = SaleApi.sale();
    for (Strategy strategy : Strategy.values()) {
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
    for (Strategy strategy : Strategy.values()) {
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
        .body("findings.item.unique()", equalTo(List.of("a")));
  }

  @Test
  void whatRedisHasAloneIsFound() {
    String sale = SaleApi.sale(10);
    stores.redis(Command.HSET, Keys.ofSale(Keys.sale(sale)).get(1), "a", "11 10 0 0 0");
    settled(sale).body("findings.what", hasItems("does-not-add-up", "redis-differs"));
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

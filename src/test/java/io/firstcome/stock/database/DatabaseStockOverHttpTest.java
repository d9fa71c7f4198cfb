package io.firstcome.stock.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.AbstractStockTest;
import io.firstcome.stock.SaleApi;
import io.firstcome.stock.model.Strategy;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The strategies that decide in MySQL, chosen for an item, are those that take its stock. */
@QuarkusTest
class DatabaseStockOverHttpTest {

  private static String sale(Strategy strategy, long quantity) {
    String sale = SaleApi.sale();
    item(sale, "a", strategy, quantity).statusCode(201);
    return sale;
  }

  private static ValidatableResponse item(
      String sale, String id, Strategy strategy, long quantity) {
    return SaleApi.newItem(
        sale, Map.of("id", id, "name", "An item", "quantity", quantity, "strategy", strategy));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HOT")
  void unitsAreReservedSoldAndGivenBack(Strategy strategy) {
    String sale = sale(strategy, 10);
    SaleApi.item(sale, "a").statusCode(200).body("strategy", equalTo(strategy.name()));

    String sold = SaleApi.reserved(sale, "alice", "k1", 3);
    String back = SaleApi.reserved(sale, "bob", "k1", 2);
    assertThat(sold).startsWith("d");
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 5 5 0");
    Problems.is(SaleApi.reserve(sale, "carol", "k1", 6), ProblemType.INSUFFICIENT_STOCK)
        .body("lines[0].reason", equalTo("INSUFFICIENT_STOCK"));
    Problems.is(SaleApi.reserve(sale, "alice", "k1", 4), ProblemType.IDEMPOTENCY_MISMATCH);

    SaleApi.confirm(sale, sold).statusCode(200).body("status", equalTo("CONFIRMED"));
    SaleApi.cancel(sale, back, "bob").statusCode(200).body("status", equalTo("CANCELLED"));
    SaleApi.cancel(sale, back, "bob").statusCode(200).body("status", equalTo("CANCELLED"));
    SaleApi.read(sale, sold, "alice").statusCode(200).body("status", equalTo("CONFIRMED"));
    Problems.is(SaleApi.read(sale, sold, "bob"), ProblemType.UNKNOWN_RESERVATION);
    SaleApi.restock(sale, "a", "r1", -7, "Broken").statusCode(200).body("available", equalTo(0));

    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("3 0 0 3");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HOT")
  void whatIsHeldEndsByItself(Strategy strategy) {
    String sale = sale(strategy, 10);
    String held =
        SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("a", 4L), "ALL_OR_NOTHING", 1))
            .statusCode(201)
            .extract()
            .path("id");

    Awaitility.await()
        .atMost(AbstractStockTest.SOON)
        .until(() -> SaleApi.numbers(sale, "a").equals("10 10 0 0"));

    SaleApi.read(sale, held, "alice").statusCode(200).body("status", equalTo("EXPIRED"));
    Problems.is(SaleApi.confirm(sale, held), ProblemType.RESERVATION_EXPIRED);
  }

  @Test
  void itemsOfDifferentStrategiesAreNotReservedTogether() {
    String sale = sale(Strategy.CONDITIONAL, 10);
    item(sale, "b", Strategy.PESSIMISTIC, 10).statusCode(201);

    Problems.is(
        SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("a", 1L, "b", 1L))),
        ProblemType.MIXED_STRATEGIES);

    for (String item : List.of("a", "b")) {
      assertThat(SaleApi.numbers(sale, item)).isEqualTo("10 10 0 0");
    }
  }

  /** Redis kept the key of the one, MySQL that of the other: both were granted. */
  @Test
  void oneKeyIsTwoReservationsOfASale() {
    String hot = SaleApi.sale(10);
    Problems.is(item(hot, "b", Strategy.CONDITIONAL, 10), ProblemType.MIXED_STRATEGIES);
    String sale = sale(Strategy.CONDITIONAL, 10);
    Problems.is(item(sale, "b", Strategy.HOT, 10), ProblemType.MIXED_STRATEGIES);

    item(sale, "b", Strategy.PESSIMISTIC, 10).statusCode(201);
    SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("a", 1L))).statusCode(201);
    Problems.is(
        SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("b", 1L))),
        ProblemType.IDEMPOTENCY_MISMATCH);
    assertThat(SaleApi.numbers(sale, "b")).isEqualTo("10 10 0 0");
  }

  @Test
  void anItemOfUnitRowsHasNoMoreUnitsThanRowsAreGoodFor() {
    String sale = SaleApi.sale();

    Problems.is(item(sale, "a", Strategy.UNIT_ROWS, 100_001), ProblemType.MALFORMED)
        .body("errors[0].message", containsString("100000"));
    item(sale, "a", Strategy.UNIT_ROWS, 100_000).statusCode(201);

    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("100000 100000 0 0");
  }
}

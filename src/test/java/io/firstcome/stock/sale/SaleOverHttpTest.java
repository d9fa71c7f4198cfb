package io.firstcome.stock.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.firstcome.stock.model.Strategy;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sales and items as the operator defines them. */
@QuarkusTest
class SaleOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aSaleIsCreatedOnce() {
    String id = SaleApi.freshId();
    Map<String, Object> order = Map.of("id", id, "name", "Ü sale");
    SaleApi.admin()
        .body(order)
        .post(SaleApi.SALES)
        .then()
        .statusCode(201)
        .header("Location", "/api/v1/sales/" + id)
        .body("id", equalTo(id))
        .body("name", equalTo("Ü sale"))
        .body("acknowledge", equalTo("REDIS"));
    SaleApi.admin().body(order).post(SaleApi.SALES).then().statusCode(200);
    Problems.is(
        SaleApi.admin().body(Map.of("id", id, "name", "Another")).post(SaleApi.SALES).then(),
        ProblemType.SALE_EXISTS);

    SaleApi.admin()
        .body(Map.of("name", "Renamed"))
        .patch(SaleApi.SALES + "/" + id)
        .then()
        .statusCode(200)
        .body("name", equalTo("Renamed"));
    SaleApi.admin()
        .body(order)
        .post(SaleApi.SALES)
        .then()
        .statusCode(200)
        .body("name", equalTo("Renamed"));
    SaleApi.anonymous()
        .get(SaleApi.SALES + "/" + id)
        .then()
        .statusCode(200)
        .body("name", equalTo("Renamed"));
  }

  @Test
  void whenAReservationIsAcknowledgedIsChosenOnce() {
    String id = SaleApi.freshId();
    Map<String, Object> order = Map.of("id", id, "name", "A sale", "acknowledge", "DATABASE");
    SaleApi.admin().body(order).post(SaleApi.SALES).then().statusCode(201);
    SaleApi.admin().body(order).post(SaleApi.SALES).then().statusCode(200);
    Problems.is(
        SaleApi.admin().body(Map.of("id", id, "name", "A sale")).post(SaleApi.SALES).then(),
        ProblemType.SALE_EXISTS);
    SaleApi.anonymous()
        .get(SaleApi.SALES + "/" + id)
        .then()
        .body("acknowledge", equalTo("DATABASE"));
  }

  @Test
  void aSaleHasAnOpeningAndAnEndThatAreChanged() {
    String id = SaleApi.freshId();
    Map<String, Object> order =
        Map.of(
            "id", id,
            "name", "A sale",
            "opensAt", "2190-01-01T00:00:00Z",
            "closesAt", "2191-01-01T00:00:00Z");
    SaleApi.admin().body(order).post(SaleApi.SALES).then().statusCode(201);
    SaleApi.admin()
        .body(order)
        .post(SaleApi.SALES)
        .then()
        .statusCode(200)
        .body("state", equalTo("NOT_OPEN"))
        .body("opensAt", equalTo("2190-01-01T00:00:00Z"))
        .body("closesAt", equalTo("2191-01-01T00:00:00Z"))
        .body("version", equalTo(0))
        .body("serverTime", notNullValue());
    Problems.is(
        SaleApi.admin().body(Map.of("id", id, "name", "A sale")).post(SaleApi.SALES).then(),
        ProblemType.SALE_EXISTS);
    SaleApi.item(id, "a", 5);
    Problems.is(SaleApi.reserve(id, "alice", "k", 1), ProblemType.NOT_OPEN)
        .header("Retry-After", notNullValue())
        .body("opensAt", equalTo("2190-01-01T00:00:00Z"))
        .body("serverTime", notNullValue());

    Problems.is(patch(id, Map.of("opensAt", "2192-01-01T00:00:00Z")), ProblemType.MALFORMED);
    Problems.is(patch(id, "{\"name\":null}"), ProblemType.MALFORMED);
    patch(id, "{\"opensAt\":null,\"name\":\"Open\"}")
        .statusCode(200)
        .body("state", equalTo("OPEN"))
        .body("name", equalTo("Open"))
        .body("opensAt", nullValue())
        .body("version", equalTo(1));
    // Nothing changes, so nothing is counted.
    patch(id, Map.of("name", "Open")).body("version", equalTo(1));
    SaleApi.reserve(id, "alice", "k", 1).statusCode(201);

    patch(id, Map.of("closesAt", "2020-01-01T00:00:00Z"))
        .statusCode(200)
        .body("state", equalTo("CLOSED"));
    Problems.is(SaleApi.reserve(id, "alice", "k2", 1), ProblemType.CLOSED);
    SaleApi.anonymous()
        .queryParam("after", id.substring(0, id.length() - 1))
        .queryParam("limit", 1)
        .get(SaleApi.SALES)
        .then()
        .body("sales.state", contains("CLOSED"));
    Problems.is(patch(SaleApi.freshId(), Map.of("name", "A name")), ProblemType.UNKNOWN_SALE);
  }

  private static ValidatableResponse patch(String sale, Object body) {
    return SaleApi.admin().body(body).patch(SaleApi.SALES + "/" + sale).then();
  }

  @ParameterizedTest
  @EnumSource(names = {"HOT", "CONDITIONAL"})
  void aSaleIsPausedResumedAndClosedForGood(Strategy strategy) {
    String sale = SaleApi.sale();
    SaleApi.newItem(
            sale, Map.of("id", "a", "name", "An item", "quantity", 5, "strategy", strategy.name()))
        .statusCode(201);
    String held = SaleApi.reserved(sale, "alice", "k", 1);

    SaleApi.change(sale, "pause").statusCode(200).body("state", equalTo("PAUSED"));
    Problems.is(SaleApi.reserve(sale, "alice", "k2", 1), ProblemType.PAUSED);
    SaleApi.reserve(sale, "alice", "k", 1).statusCode(201).body("id", equalTo(held));
    SaleApi.change(sale, "resume").statusCode(200).body("state", equalTo("OPEN"));
    SaleApi.reserve(sale, "alice", "k2", 1).statusCode(201);
    SaleApi.change(sale, "close").statusCode(200).body("state", equalTo("CLOSED"));
    SaleApi.change(sale, "close").statusCode(200).body("version", equalTo(3));
    Problems.is(SaleApi.change(sale, "resume"), ProblemType.CLOSED);
    Problems.is(SaleApi.change(sale, "pause"), ProblemType.CLOSED);
    Problems.is(SaleApi.reserve(sale, "alice", "k3", 1), ProblemType.CLOSED);
    SaleApi.confirm(sale, held).statusCode(200).body("status", equalTo("CONFIRMED"));
    assertThat(
            stores
                .sql(
                    "SELECT action FROM admin_change WHERE type = 'sale' AND subject = ?"
                        + " AND outcome = 'DONE' ORDER BY id",
                    sale)
                .stream()
                .map(row -> row.getString(0)))
        .containsExactly("create", "pause", "resume", "close", "close");
  }

  @Test
  void salesAreListedInOrderPageByPage() {
    String prefix = SaleApi.freshId();
    List<String> ids = List.of(prefix + "-1", prefix + "-2", prefix + "-3");
    for (String id : ids) {
      SaleApi.admin().body(Map.of("id", id, "name", "A sale")).post(SaleApi.SALES);
    }
    SaleApi.anonymous()
        .queryParam("after", prefix)
        .queryParam("limit", 2)
        .get(SaleApi.SALES)
        .then()
        .statusCode(200)
        .body("sales.id", contains(prefix + "-1", prefix + "-2"))
        .body("next", equalTo(prefix + "-2"));
  }

  @Test
  void anItemIsCreatedOnce() {
    String sale = SaleApi.sale();
    Map<String, Object> order =
        Map.of("id", "a", "name", "An item", "quantity", 7, "userLimit", 2, "strategy", "HOT");
    SaleApi.newItem(sale, order)
        .statusCode(201)
        .header("Location", "/api/v1/sales/" + sale + "/items/a")
        .body("id", equalTo("a"))
        .body("strategy", equalTo("HOT"))
        .body("userLimit", equalTo(2))
        .body("total", equalTo(7))
        .body("available", equalTo(7))
        .body("held", equalTo(0))
        .body("sold", equalTo(0));
    SaleApi.reserve(sale, "alice", "k", 2).statusCode(201);
    SaleApi.newItem(sale, order).statusCode(200).body("available", equalTo(5));
    Problems.is(
        SaleApi.newItem(sale, Map.of("id", "a", "name", "An item", "quantity", 8)),
        ProblemType.ITEM_EXISTS);
    Problems.is(
        SaleApi.newItem(SaleApi.freshId(), Map.of("id", "a", "name", "An item", "quantity", 8)),
        ProblemType.UNKNOWN_SALE);
    SaleApi.admin()
        .body(Map.of("name", "Renamed"))
        .patch(SaleApi.items(sale) + "/a")
        .then()
        .statusCode(200)
        .body("name", equalTo("Renamed"))
        .body("available", equalTo(5));
  }

  @Test
  void pricesAreInTheCurrencyOfTheSale() {
    String id = SaleApi.freshId();
    Map<String, Object> order = Map.of("id", id, "name", "A sale", "currency", "EUR");
    SaleApi.admin().body(order).post(SaleApi.SALES).then().statusCode(201);
    SaleApi.admin()
        .body(order)
        .post(SaleApi.SALES)
        .then()
        .statusCode(200)
        .body("currency", equalTo("EUR"));
    Problems.is(
        SaleApi.admin()
            .body(Map.of("id", id, "name", "A sale", "currency", "USD"))
            .post(SaleApi.SALES)
            .then(),
        ProblemType.SALE_EXISTS);

    Map<String, Object> item = Map.of("id", "a", "name", "An item", "quantity", 8, "price", 1_999);
    SaleApi.newItem(id, item).statusCode(201).body("price", equalTo(1_999));
    SaleApi.newItem(id, item).statusCode(200).body("price", equalTo(1_999));
    Problems.is(
        SaleApi.newItem(id, Map.of("id", "a", "name", "An item", "quantity", 8)),
        ProblemType.ITEM_EXISTS);
    SaleApi.newItem(id, Map.of("id", "b", "name", "A gift", "quantity", 8, "price", 0))
        .statusCode(201)
        .body("price", equalTo(0));
    SaleApi.item(id, "c", 8);
    SaleApi.anonymous().get(SaleApi.items(id)).then().body("items.price", contains(1_999, 0, null));

    SaleApi.admin()
        .body(Map.of("price", 1_799))
        .patch(SaleApi.items(id) + "/a")
        .then()
        .statusCode(200)
        .body("price", equalTo(1_799))
        .body("name", equalTo("An item"));
  }

  @Test
  void aSaleWithoutACurrencyHasNoPrices() {
    String sale = SaleApi.sale(10);
    SaleApi.anonymous().get(SaleApi.SALES + "/" + sale).then().body("currency", nullValue());
    Problems.is(
        SaleApi.newItem(sale, Map.of("id", "b", "name", "An item", "quantity", 8, "price", 5)),
        ProblemType.MALFORMED);
    Problems.is(
        SaleApi.admin().body(Map.of("price", 5)).patch(SaleApi.items(sale) + "/a").then(),
        ProblemType.MALFORMED);
    SaleApi.item(sale, "a").body("price", nullValue());
  }

  @Test
  void itemsAreListedWithTheirNumbers() {
    String sale = SaleApi.sale();
    SaleApi.item(sale, "a", 3);
    SaleApi.item(sale, "b", 4);
    SaleApi.reserve(sale, "alice", "k", SaleApi.body(Map.of("b", 1L))).statusCode(201);

    SaleApi.anonymous()
        .get(SaleApi.items(sale))
        .then()
        .statusCode(200)
        .body("items.id", contains("a", "b"))
        .body("items.available", contains(3, 3))
        .body("items.held", hasItems(0, 1))
        .body("next", nullValue());
    Problems.is(
        SaleApi.anonymous().get(SaleApi.items(SaleApi.freshId())).then(), ProblemType.UNKNOWN_SALE);
    Problems.is(SaleApi.item(sale, "c"), ProblemType.UNKNOWN_ITEM);
    Problems.is(SaleApi.item(SaleApi.freshId(), "c"), ProblemType.UNKNOWN_SALE);
  }

  @Test
  void aRestockIsDoneOnceForEachKey() {
    String sale = SaleApi.sale(10);
    SaleApi.restock(sale, "a", "k1", 5, "Second delivery")
        .statusCode(200)
        .body("total", equalTo(15))
        .body("available", equalTo(15));
    SaleApi.restock(sale, "a", "k1", 5, "Second delivery")
        .statusCode(200)
        .body("total", equalTo(15));
    Problems.is(
        SaleApi.restock(sale, "a", "k1", 6, "Second delivery"), ProblemType.IDEMPOTENCY_MISMATCH);
    assertThat(
            stores
                .sql("SELECT quantity, reason, user_id FROM restock WHERE sale_id = ?", sale)
                .iterator()
                .next()
                .toJson()
                .encode())
        .contains("5", "Second delivery", "operator");
    // It was in MySQL before it was answered.
    assertThat(stores.sql("SELECT total FROM item WHERE sale_id = ?", sale).iterator().next())
        .satisfies(row -> assertThat(row.getLong(0)).isEqualTo(15));
  }

  @Test
  void unitsAreTakenAwayFromWhatIsAvailableOnly() {
    String sale = SaleApi.sale(10);
    SaleApi.reserve(sale, "alice", "k", 4).statusCode(201);
    Problems.is(SaleApi.restock(sale, "a", "k1", -7, "Broken"), ProblemType.INSUFFICIENT_STOCK);
    SaleApi.restock(sale, "a", "k2", -6, "Broken").statusCode(200).body("available", equalTo(0));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("4 0 4 0");
  }

  @Test
  void onlyTheOperatorDefines() {
    String sale = SaleApi.sale(10);
    Map<String, Object> body = Map.of("name", "A name", "quantity", 5, "reason", "why");
    for (String path : List.of("", "/" + sale + "/items", "/" + sale + "/items/a/restock")) {
      Problems.is(
          SaleApi.as("alice")
              .header("Idempotency-Key", "k")
              .body(body)
              .post(SaleApi.SALES + path)
              .then(),
          ProblemType.FORBIDDEN);
      Problems.is(
          SaleApi.anonymous().body(body).post(SaleApi.SALES + path).then(),
          ProblemType.UNAUTHENTICATED);
    }
    Problems.is(
        SaleApi.service().body(body).patch(SaleApi.SALES + "/" + sale).then(),
        ProblemType.FORBIDDEN);
  }
}

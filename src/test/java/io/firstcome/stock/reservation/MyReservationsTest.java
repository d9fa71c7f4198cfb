package io.firstcome.stock.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A user's reservations of all sales. */
@QuarkusTest
class MyReservationsTest {

  private static final String MINE = "/api/v1/me/reservations";

  @RegisterExtension static final Stores stores = new Stores();

  private final String alice = "alice-" + UUID.randomUUID();

  private ValidatableResponse mine(String query) {
    return SaleApi.as(alice).get(MINE + query).then().statusCode(200);
  }

  @Test
  void reservationsOfAllSalesAreListedTheNewestFirstPageByPage() {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      String sale = SaleApi.sale(9);
      ids.add(SaleApi.reserved(sale, alice, "k", 2));
      SaleApi.reserved(sale, "bob", "k", 1);
      stores.awaitDrained(Keys.sale(sale));
    }
    Collections.reverse(ids);

    mine("")
        .body("reservations.id", equalTo(ids))
        .body("next", nullValue())
        .body("reservations[0].name", equalTo("A sale"))
        .body("reservations[0].lines.granted", contains(2));
    List<String> seen = new ArrayList<>();
    String next = "";
    do {
      var page = mine("?limit=2" + (next.isEmpty() ? "" : "&after=" + next)).extract();
      seen.addAll(page.path("reservations.id"));
      next = page.path("next");
    } while (next != null);
    assertThat(seen).isEqualTo(ids);
  }

  @Test
  void theyAreListedByState() {
    String sale = SaleApi.sale(9);
    SaleApi.newItem(sale, Map.of("id", "b", "name", "B", "quantity", 9));
    String held = SaleApi.reserved(sale, alice, "k1", 1);
    String sold = SaleApi.reserved(sale, alice, "k2", 1);
    SaleApi.confirm(sale, sold);
    String back = SaleApi.reserved(sale, alice, "k3", 1);
    SaleApi.cancel(sale, back, alice);
    String undone = SaleApi.reserved(sale, alice, "k4", 1);
    SaleApi.confirm(sale, undone);
    SaleApi.undo(sale, undone, "Why not");
    Map<String, Object> brief = SaleApi.body(Map.of("a", 1L), "ALL_OR_NOTHING", 1);
    String over = SaleApi.reserve(sale, alice, "k5", brief).extract().path("id");
    stores.awaitDrained(Keys.sale(sale));

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> mine("?state=EXPIRED").body("reservations.id", contains(over)));
    mine("?state=HELD").body("reservations.id", contains(held));
    mine("?state=CONFIRMED").body("reservations.id", contains(sold));
    mine("?state=CANCELLED").body("reservations.id", contains(back));
    mine("?state=UNDONE").body("reservations.id", contains(undone));
    mine("").body("reservations", hasSize(5));
  }

  /** Decided in MySQL: there at once, and expired though nobody has swept. */
  @Test
  void whatMySqlDecidedIsThereAtOnce() {
    String sale = SaleApi.sale();
    SaleApi.newItem(sale, Map.of("id", "a", "name", "A", "quantity", 9, "strategy", "CONDITIONAL"));
    String id = SaleApi.reserved(sale, alice, "k", 1);
    mine("?state=HELD").body("reservations.id", contains(id));
    stores.sql("UPDATE reservation SET expires_at = created_at WHERE id = ?", id);
    mine("?state=HELD").body("reservations", empty());
    mine("?state=EXPIRED").body("reservations.status", contains("EXPIRED"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"limit=0", "limit=1001", "state=GONE", "after=x", "after=1.h%27", "after=-1.h"})
  void whatIsWrongIsTold(String query) {
    Problems.is(SaleApi.as(alice).get(MINE + "?" + query).then(), ProblemType.MALFORMED)
        .body("errors.field", contains(query.replaceAll("=.*", "")));
  }

  @Test
  void nobodyListsWithoutSayingWho() {
    Problems.is(SaleApi.anonymous().get(MINE).then(), ProblemType.UNAUTHENTICATED);
    mine("").body("reservations", empty());
    mine("?after=9999999999999999.z").body("reservations", empty());
  }
}

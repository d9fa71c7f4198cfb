package io.firstcome.stock.metrics;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What becomes of reservations is counted, and what items have is shown. */
@QuarkusTest
class StockMetricsOverHttpTest {

  @Test
  void reservationsAreCountedByWhatBecameOfThem() {
    String sale = SaleApi.sale(5);
    double granted = reservations("granted");
    double partial = reservations("partial");
    double refused = reservations("insufficient-stock");
    double mismatched = reservations("idempotency-mismatch");
    double lacking = value("firstcome_stock_errors_total", "insufficient-stock");
    double confirmed = value("firstcome_reservation_held_seconds_count", "confirmed");

    String id = SaleApi.reserved(sale, "alice", "k1", 4);
    SaleApi.confirm(sale, id).statusCode(200);
    SaleApi.reserve(sale, "bob", "k1", SaleApi.body(Map.of("a", 2L), "PARTIAL", 60));
    Problems.is(SaleApi.reserve(sale, "carol", "k1", 1), ProblemType.INSUFFICIENT_STOCK);
    Problems.is(SaleApi.reserve(sale, "carol", "k1", 2), ProblemType.IDEMPOTENCY_MISMATCH);

    assertThat(reservations("granted")).isEqualTo(granted + 1);
    assertThat(reservations("partial")).isEqualTo(partial + 1);
    assertThat(reservations("insufficient-stock")).isEqualTo(refused + 1);
    assertThat(reservations("idempotency-mismatch")).isEqualTo(mismatched + 1);
    assertThat(value("firstcome_stock_errors_total", "insufficient-stock")).isEqualTo(lacking + 2);
    await()
        .atMost(Stores.SOON)
        .until(
            () -> value("firstcome_reservation_held_seconds_count", "confirmed") == confirmed + 1);
  }

  @Test
  void refusedBeforeItWasKnownWhoWouldDecideAReservationIsCountedAllTheSame() {
    String sale = SaleApi.sale(5);
    SaleApi.reserved(sale, "alice", "k0", 1);
    Map<String, Integer> expected =
        Map.of(
            "unauthenticated", 1,
            "malformed", 5,
            "unsupported-media-type", 1,
            "unknown-item", 1,
            "unknown-sale", 1);
    Map<String, Double> before = new TreeMap<>();
    expected.keySet().forEach(outcome -> before.put(outcome, refused(outcome)));
    double decided = value("firstcome_reservation_duration_seconds_count", "hot");

    Map<String, Object> body = SaleApi.body(Map.of("a", 1L));
    Problems.is(
        SaleApi.anonymous()
            .header("Idempotency-Key", "k1")
            .body(body)
            .post(SaleApi.reservations(sale))
            .then(),
        ProblemType.UNAUTHENTICATED);
    Problems.is(SaleApi.reserve(sale, "no user", "k1", body), ProblemType.MALFORMED);
    Problems.is(SaleApi.reserve(sale, "alice", "no key", body), ProblemType.MALFORMED);
    Problems.is(SaleApi.reserve("NOT-A-SALE", "alice", "k1", body), ProblemType.MALFORMED);
    Problems.is(SaleApi.reserve(sale, "alice", "k1", "{"), ProblemType.MALFORMED);
    Problems.is(SaleApi.reserve(sale, "alice", "k1", 0), ProblemType.MALFORMED);
    Problems.is(
        SaleApi.as("alice")
            .contentType("text/plain")
            .header("Idempotency-Key", "k1")
            .body("one")
            .post(SaleApi.reservations(sale))
            .then(),
        ProblemType.UNSUPPORTED_MEDIA_TYPE);
    Problems.is(
        SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("none", 1L))),
        ProblemType.UNKNOWN_ITEM);
    Problems.is(SaleApi.reserve(SaleApi.freshId(), "alice", "k1", 1), ProblemType.UNKNOWN_SALE);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(expected)
                    .allSatisfy(
                        (outcome, times) ->
                            assertThat(refused(outcome))
                                .as(outcome)
                                .isEqualTo(before.get(outcome) + times)));
    assertThat(value("firstcome_reservation_duration_seconds_count", "hot"))
        .as("none of them was decided")
        .isEqualTo(decided);
  }

  private static double reservations(String outcome) {
    return value("firstcome_reservations_total", outcome);
  }

  private static double refused(String outcome) {
    return value("firstcome_reservations_total", outcome, "none");
  }

  private static double value(String name, String word) {
    return value(name, word, "hot");
  }

  private static double value(String name, String word, String strategy) {
    return metrics()
        .lines()
        .filter(line -> line.startsWith(name + "{") && line.contains("\"" + word + "\""))
        .filter(line -> line.contains("strategy=\"" + strategy + "\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static String metrics() {
    return management().get("/q/metrics").then().statusCode(200).extract().asString();
  }

  @Test
  void changesOfReservationsAreCountedOnce() {
    String sale = SaleApi.sale(5);
    double before = value("firstcome_reservation_changes_total", "undone");
    String id = SaleApi.reserved(sale, "alice", "k1", 4);
    SaleApi.confirm(sale, id).statusCode(200);
    SaleApi.undo(sale, id, "Why not").statusCode(200);
    SaleApi.undo(sale, id, "Why not").statusCode(200);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(value("firstcome_reservation_changes_total", "undone"))
                    .isEqualTo(before + 1));
  }

  @Test
  void whatItemsHaveIsShownAndAddsUp() {
    // The first by their names are shown.
    String sale = "0-" + SaleApi.freshId();
    SaleApi.admin()
        .body(Map.of("id", sale, "name", "A sale"))
        .post(SaleApi.SALES)
        .then()
        .statusCode(201);
    SaleApi.item(sale, "a", 9);
    SaleApi.confirm(sale, SaleApi.reserved(sale, "alice", "k1", 4));
    SaleApi.reserved(sale, "alice", "k2", 2);

    await()
        .pollInterval(Duration.ofMillis(100))
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(metrics())
                    .containsPattern(gauge("total", sale, 9))
                    .containsPattern(gauge("remaining", sale, 3))
                    .containsPattern(gauge("held", sale, 2))
                    .containsPattern(gauge("sold", sale, 4))
                    .containsPattern(gauge("violations", sale, 0)));
  }

  private static String gauge(String name, String sale, int value) {
    return "firstcome_item_"
        + name
        + "\\{[^}]*item=\"a\"[^}]*sale=\""
        + sale
        + "\"[^}]*\\} "
        + value
        + "\\.0";
  }
}

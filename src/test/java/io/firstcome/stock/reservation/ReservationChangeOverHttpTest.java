package io.firstcome.stock.reservation;

import static io.firstcome.stock.reservation.ReservationOverHttpTest.awaitInMySql;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a reservation after it was made: extended, taken again, undone. */
@QuarkusTest
class ReservationChangeOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aHoldIsExtendedOnceByItsOwnerAndNobodyElse() {
    String sale = SaleApi.sale(10);
    Map<String, Object> brief = SaleApi.body(Map.of("a", 1L), "ALL_OR_NOTHING", 60);
    String id = SaleApi.reserve(sale, "alice", "k", brief).extract().path("id");
    Problems.is(SaleApi.extend(sale, id, "bob", 300L), ProblemType.UNKNOWN_RESERVATION);

    Instant before = Instant.now();
    String expires =
        SaleApi.extend(sale, id, "alice", 300L)
            .statusCode(200)
            .body("status", equalTo("HELD"))
            .extract()
            .path("expiresAt");

    assertThat(Instant.parse(expires)).isBetween(before.plusSeconds(290), before.plusSeconds(330));
    SaleApi.extend(sale, id, "alice", null).statusCode(200).body("expiresAt", equalTo(expires));
    SaleApi.read(sale, id, "alice").body("expiresAt", equalTo(expires));
    SaleApi.confirm(sale, id).statusCode(200);
    Problems.is(SaleApi.extend(sale, id, "alice", 300L), ProblemType.RESERVATION_CONFIRMED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "601", "9223372036854775807", "1.5", "\"60\""})
  void howLongItIsHeldHasItsBound(String seconds) {
    String sale = SaleApi.sale(10);
    String id = SaleApi.reserved(sale, "alice", "k", 1);
    for (String change : List.of("extend", "take-again")) {
      Problems.is(
              SaleApi.service()
                  .body("{\"ttlSeconds\":%s}".formatted(seconds))
                  .post(SaleApi.reservations(sale) + "/" + id + "/" + change)
                  .then(),
              ProblemType.MALFORMED)
          .body("errors.field", contains("ttlSeconds"));
    }
  }

  @Test
  void anUndoSaysWhy() {
    String sale = SaleApi.sale(10);
    String id = SaleApi.reserved(sale, "alice", "k", 1);
    SaleApi.confirm(sale, id).statusCode(200);
    for (String reason : List.of("", " ", "x".repeat(201), "a\u0000b")) {
      Problems.is(SaleApi.undo(sale, id, reason), ProblemType.MALFORMED)
          .body("errors.field", contains("reason"));
    }
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 9 0 1");
  }

  @Test
  void shoppersNeitherTakeAgainNorUndo() {
    String sale = SaleApi.sale(10);
    String id = SaleApi.reserved(sale, "alice", "k", 1);
    for (String change : List.of("take-again", "undo")) {
      Problems.is(
          SaleApi.as("alice")
              .body(Map.of("reason", "mine"))
              .post(SaleApi.reservations(sale) + "/" + id + "/" + change)
              .then(),
          ProblemType.FORBIDDEN);
    }
  }

  @Test
  void aPaymentThatComesLateTakesTheUnitsAgain() {
    String sale = SaleApi.sale();
    SaleApi.newItem(sale, Map.of("id", "a", "name", "A", "quantity", 3, "userLimit", 2));
    Map<String, Object> brief = SaleApi.body(Map.of("a", 2L), "ALL_OR_NOTHING", 1);
    String id = SaleApi.reserve(sale, "alice", "k", brief).statusCode(201).extract().path("id");
    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> SaleApi.read(sale, id, "alice").body("status", equalTo("EXPIRED")));
    Problems.is(SaleApi.confirm(sale, id), ProblemType.RESERVATION_EXPIRED);
    // Its lines are in MySQL alone by then.
    SaleApi.awaitStripped(stores, sale, id);

    SaleApi.takeAgain(sale, id)
        .statusCode(200)
        .body("status", equalTo("HELD"))
        .body("lines.granted", contains(2));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("3 1 2 0");
    SaleApi.confirm(sale, id).statusCode(200);
    SaleApi.takeAgain(sale, id).statusCode(200).body("status", equalTo("CONFIRMED"));
    awaitInMySql(sale, "a", "3 1 0 2");
    SaleApi.history(sale, id, "alice")
        .statusCode(200)
        .body("steps.event", contains("RESERVED", "TAKEN_AGAIN", "CONFIRMED"));
  }

  @Test
  void whatIsGoneIsNotTakenAgain() {
    String sale = SaleApi.sale(3);
    Map<String, Object> brief = SaleApi.body(Map.of("a", 2L), "ALL_OR_NOTHING", 1);
    String id = SaleApi.reserve(sale, "alice", "k", brief).extract().path("id");
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> SaleApi.reserve(sale, "bob", "k" + System.nanoTime(), 2).statusCode(201));

    Problems.is(SaleApi.takeAgain(sale, id), ProblemType.INSUFFICIENT_STOCK)
        .body("lines", hasSize(1))
        .body("lines[0].requested", equalTo(2))
        .body("lines[0].reason", equalTo("INSUFFICIENT_STOCK"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("3 1 2 0");
  }

  @Test
  void aRefundGivesUnitsAndLimitBackAndTheHistorySaysWhoAndWhy() {
    String sale = SaleApi.sale();
    SaleApi.newItem(sale, Map.of("id", "a", "name", "A", "quantity", 3, "userLimit", 2));
    String id = SaleApi.reserved(sale, "alice", "k", 2);
    Problems.is(SaleApi.undo(sale, id, "Too early"), ProblemType.RESERVATION_HELD);
    SaleApi.confirm(sale, id).statusCode(200);
    Problems.is(SaleApi.reserve(sale, "alice", "k2", 1), ProblemType.INSUFFICIENT_STOCK);

    SaleApi.undo(sale, id, "Größe passt nicht").statusCode(200).body("status", equalTo("UNDONE"));
    SaleApi.undo(sale, id, "Again").statusCode(200).body("status", equalTo("UNDONE"));

    Problems.is(SaleApi.confirm(sale, id), ProblemType.RESERVATION_UNDONE);
    SaleApi.cancel(sale, id, "alice").statusCode(200).body("status", equalTo("UNDONE"));
    SaleApi.reserve(sale, "alice", "k3", 2).statusCode(201);
    awaitInMySql(sale, "a", "3 1 2 0");
    SaleApi.history(sale, id, "alice")
        .statusCode(200)
        .body("steps.event", contains("RESERVED", "UNDONE"))
        .body("steps.by", contains("alice", "payments"))
        .body("steps[1].reason", equalTo("Größe passt nicht"));
    Problems.is(SaleApi.history(sale, id, "bob"), ProblemType.UNKNOWN_RESERVATION);
    // With its lines, though Redis has left them to MySQL.
    SaleApi.awaitStripped(stores, sale, id);
    SaleApi.read(sale, id, "alice").body("lines.granted", contains(2));
    SaleApi.reserve(sale, "alice", "k", 2).statusCode(201).body("status", equalTo("UNDONE"));
  }

  /** A refund comes weeks later: Redis has forgotten by then what was sold. */
  @Test
  void whatRedisHasForgottenIsUndone() {
    String sale = SaleApi.sale(3);
    String id = SaleApi.reserved(sale, "alice", "k", 2);
    SaleApi.confirm(sale, id).statusCode(200);
    awaitInMySql(sale, "a", "3 1 0 2");
    forget(sale, id);

    for (int i = 0; i < 2; i++) {
      SaleApi.undo(sale, id, "Late").statusCode(200).body("status", equalTo("UNDONE"));
      assertThat(SaleApi.numbers(sale, "a")).isEqualTo("3 3 0 0");
    }
    awaitInMySql(sale, "a", "3 3 0 0");
    forget(sale, id);
    SaleApi.undo(sale, id, "Later").statusCode(200).body("status", equalTo("UNDONE"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("3 3 0 0");
    SaleApi.history(sale, id, "alice").body("steps", hasSize(2));
  }

  private static void forget(String sale, String id) {
    String tag = Keys.sale(sale);
    stores.redis(Command.ZADD, "fc:{" + tag + "}:memory", "1", id);
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> stores.redis(Command.HGET, Keys.saleReservations(tag), id) == null);
  }

  @Test
  void whatWasUndoneAndExtendedOutlivesRedis() {
    String sale = SaleApi.sale(9);
    String undone = SaleApi.reserved(sale, "alice", "k1", 2);
    SaleApi.confirm(sale, undone);
    SaleApi.undo(sale, undone, "Why not").statusCode(200);
    Map<String, Object> brief = SaleApi.body(Map.of("a", 1L), "ALL_OR_NOTHING", 60);
    String extended = SaleApi.reserve(sale, "alice", "k2", brief).extract().path("id");
    String expires = SaleApi.extend(sale, extended, "alice", 300L).extract().path("expiresAt");
    stores.awaitDrained(Keys.sale(sale));
    for (String key : Keys.ofSale(Keys.sale(sale))) {
      stores.redis(Command.DEL, key);
    }

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> SaleApi.read(sale, undone, "alice").statusCode(200));
    SaleApi.read(sale, undone, "alice").body("status", equalTo("UNDONE"));
    SaleApi.read(sale, extended, "alice")
        .body("status", equalTo("HELD"))
        .body("expiresAt", equalTo(expires));
    SaleApi.extend(sale, extended, "alice", 600L).body("expiresAt", equalTo(expires));
    SaleApi.undo(sale, undone, "Again").statusCode(200).body("status", equalTo("UNDONE"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("9 8 1 0");
  }
}

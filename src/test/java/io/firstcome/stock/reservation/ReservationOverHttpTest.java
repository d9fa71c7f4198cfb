package io.firstcome.stock.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.Strategy;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hot stock as shoppers and the payment service meet it. */
@QuarkusTest
public class ReservationOverHttpTest {

  private static final ExecutorService MANY = Executors.newFixedThreadPool(16);

  @RegisterExtension static final Stores stores = new Stores();

  @AfterAll
  static void stop() {
    MANY.shutdownNow();
  }

  /** One of a newer release, say: who waits for it must learn that nobody knows. */
  @ParameterizedTest
  @EnumSource(names = {"HOT", "CONDITIONAL"})
  void aRefusalNamesTheHoldsThatStandInTheUsersOwnWay(Strategy strategy) {
    String sale = SaleApi.sale();
    for (String item : List.of("a", "b")) {
      SaleApi.newItem(
              sale,
              Map.of(
                  "id",
                  item,
                  "name",
                  "An item",
                  "quantity",
                  50,
                  "userLimit",
                  2,
                  "strategy",
                  strategy.name()))
          .statusCode(201);
    }
    String mine = SaleApi.reserved(sale, "alice", "k", 1);
    SaleApi.reserve(sale, "alice", "b", SaleApi.body(Map.of("b", 1L))).statusCode(201);
    SaleApi.reserved(sale, "bob", "k", 2);

    // Of a hot sale once MySQL has it.
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                Problems.is(
                        SaleApi.reserve(sale, "alice", UUID.randomUUID().toString(), 2),
                        ProblemType.INSUFFICIENT_STOCK)
                    .body("lines.reason", contains("USER_LIMIT"))
                    .body("ownHolds.id", contains(mine))
                    .body("ownHolds[0].expiresAt", notNullValue()));
    SaleApi.confirm(sale, mine).statusCode(200);
    // What is bought is nobody's to give back.
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                Problems.is(
                        SaleApi.reserve(sale, "alice", UUID.randomUUID().toString(), 2),
                        ProblemType.INSUFFICIENT_STOCK)
                    .body("ownHolds", nullValue()));
  }

  @Test
  void whoHoldsTooManyIsToldWhich() {
    String sale = SaleApi.sale(100);
    List<String> held = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      held.add(SaleApi.reserved(sale, "alice", "k" + i, 1));
    }
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                Problems.is(SaleApi.reserve(sale, "alice", "more", 1), ProblemType.TOO_MANY_HOLDS)
                    .body("ownHolds.id", containsInAnyOrder(held.toArray())));
  }

  @Test
  void aReplyThatIsNotUnderstoodLeavesNobodyWaiting() {
    String sale = SaleApi.sale(10);
    SaleApi.reserved(sale, "alice", "k1", 1);
    String state = Keys.saleState(Keys.sale(sale));
    stores.redis(Command.HSET, state, "acknowledge", "nonsense");
    try {
      List<CompletableFuture<Void>> all =
          IntStream.range(0, 8)
              .mapToObj(
                  i ->
                      CompletableFuture.runAsync(
                          () ->
                              Problems.is(
                                  SaleApi.reserve(sale, "user" + i, "k1", 1), ProblemType.INTERNAL),
                          MANY))
              .toList();
      assertThat(CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)))
          .succeedsWithin(Stores.SOON);
    } finally {
      stores.redis(Command.HSET, state, "acknowledge", "redis");
    }
    SaleApi.reserved(sale, "alice", "k2", 1);
  }

  @Test
  void unitsAreHeldConfirmedAndThenInMySql() {
    String sale = SaleApi.sale(10);
    Instant before = Instant.now();
    Response held =
        SaleApi.reserve(sale, "alice", "k1", 3)
            .statusCode(201)
            .body("id", matchesPattern("h[0-9a-f]{30}"))
            .body("status", equalTo("HELD"))
            .body("lines", hasSize(1))
            .body("lines[0].itemId", equalTo("a"))
            .body("lines[0].requested", equalTo(3))
            .body("lines[0].granted", equalTo(3))
            .body("lines[0].reason", nullValue())
            .extract()
            .response();
    String id = held.jsonPath().getString("id");
    assertThat(held.header("Location")).isEqualTo(SaleApi.reservations(sale) + "/" + id);
    Instant expires = Instant.parse(held.jsonPath().getString("expiresAt"));
    assertThat(expires).isBetween(before.plusSeconds(590), before.plusSeconds(620));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 3 0");

    SaleApi.confirm(sale, id).statusCode(200).body("status", equalTo("CONFIRMED"));
    SaleApi.confirm(sale, id).statusCode(200).body("status", equalTo("CONFIRMED"));
    Problems.is(SaleApi.cancel(sale, id, "alice"), ProblemType.RESERVATION_CONFIRMED);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 0 3");
    SaleApi.read(sale, id, "alice").statusCode(200).body("status", equalTo("CONFIRMED"));

    awaitInMySql(sale, "a", "10 7 0 3");
    Row row =
        stores
            .sql("SELECT * FROM reservation WHERE sale_id = ? AND id = ?", sale, id)
            .iterator()
            .next();
    assertThat(row.getString("status")).isEqualTo("CONFIRMED");
    assertThat(row.getString("user_id")).isEqualTo("alice");
    assertThat(row.getString("line_items")).isEqualTo("a:3:3");
    assertThat(row.getLocalDateTime("ended_at")).isNotNull();
  }

  public static void awaitInMySql(String sale, String item, String numbers) {
    await("numbers of " + item + " in MySQL")
        .pollInterval(Duration.ofMillis(10))
        .atMost(Stores.SOON)
        .untilAsserted(() -> assertThat(inMySql(sale, item)).isEqualTo(numbers));
  }

  private static String inMySql(String sale, String item) {
    Row row =
        stores
            .sql(
                "SELECT total, available, held, sold FROM item WHERE sale_id = ? AND id = ?",
                sale,
                item)
            .iterator()
            .next();
    return row.getLong(0) + " " + row.getLong(1) + " " + row.getLong(2) + " " + row.getLong(3);
  }

  @Test
  void theSameKeyAgainTakesNothingAndIsToldWhatHasBecomeOfIt() {
    String sale = SaleApi.sale(10);
    Response first = SaleApi.reserve(sale, "alice", "k1", 3).extract().response();
    String id = first.jsonPath().getString("id");
    assertThat(first.header("Idempotent-Replayed")).isNull();
    again(sale, first).body("status", equalTo("HELD"));
    SaleApi.confirm(sale, id).body("serverTime", notNullValue());
    again(sale, first).body("status", equalTo("CONFIRMED"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 0 3");

    Problems.is(SaleApi.reserve(sale, "alice", "k1", 2), ProblemType.IDEMPOTENCY_MISMATCH);
    Problems.is(
        SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("a", 3L), "PARTIAL", 60)),
        ProblemType.IDEMPOTENCY_MISMATCH);
    // Another user's key of the same name is another key.
    SaleApi.reserve(sale, "bob", "k1", 3).statusCode(201);
  }

  private static ValidatableResponse again(String sale, Response first) {
    return SaleApi.reserve(sale, "alice", "k1", 3)
        .statusCode(201)
        .header("Idempotent-Replayed", "true")
        .header("Location", first.header("Location"))
        .body("id", equalTo(first.path("id")))
        .body("expiresAt", equalTo(first.path("expiresAt")))
        .body("lines", equalTo(first.path("lines")))
        .body("serverTime", notNullValue());
  }

  /** A shop that had cancelled and asked again was told HELD, and took the money. */
  @Test
  void whatIsCancelledIsNotToldToBeHeldWhenItIsAskedForAgain() {
    String sale = SaleApi.sale(10);
    Response first = SaleApi.reserve(sale, "alice", "k1", 3).extract().response();
    SaleApi.cancel(sale, first.path("id"), "alice").statusCode(200);
    again(sale, first).body("status", equalTo("CANCELLED"));

    // As it is once MySQL has it, and Redis only what it needs.
    String id = first.path("id");
    SaleApi.awaitStripped(stores, sale, id);
    again(sale, first).body("status", equalTo("CANCELLED"));
    SaleApi.read(sale, id, "alice")
        .statusCode(200)
        .body("status", equalTo("CANCELLED"))
        .body("lines", equalTo(first.path("lines")));
    SaleApi.cancel(sale, id, "alice").statusCode(200).body("lines", equalTo(first.path("lines")));
    Problems.is(SaleApi.confirm(sale, id), ProblemType.RESERVATION_CANCELLED);
  }

  @Test
  void aRefusalIsAnsweredTheSameAgainThoughThereIsStockNow() {
    String sale = SaleApi.sale(2);
    Response no =
        Problems.is(SaleApi.reserve(sale, "alice", "k1", 3), ProblemType.INSUFFICIENT_STOCK)
            .body("lines[0].itemId", equalTo("a"))
            .body("lines[0].requested", equalTo(3))
            .body("lines[0].granted", equalTo(0))
            .body("lines[0].reason", equalTo("INSUFFICIENT_STOCK"))
            .extract()
            .response();
    SaleApi.restock(sale, "a", "more", 10, "Delivery");
    assertThat(no.header("Idempotent-Replayed")).isNull();
    assertThat(
            SaleApi.reserve(sale, "alice", "k1", 3)
                .header("Idempotent-Replayed", "true")
                .extract()
                .asString())
        .isEqualTo(no.asString());
    SaleApi.reserve(sale, "alice", "k2", 3).statusCode(201);
  }

  @Test
  void partOfItIsGrantedLineByLine() {
    String sale = SaleApi.sale(2);
    SaleApi.item(sale, "b", 5);
    SaleApi.newItem(sale, Map.of("id", "c", "name", "Limited", "quantity", 5, "userLimit", 1))
        .statusCode(201);
    Map<String, Long> wanted = new LinkedHashMap<>(Map.of("c", 2L, "b", 5L, "a", 3L));

    SaleApi.reserve(sale, "alice", "k1", SaleApi.body(wanted, "PARTIAL", 60))
        .statusCode(201)
        .body("lines.itemId", contains("a", "b", "c"))
        .body("lines.granted", contains(2, 5, 1))
        .body("lines.reason", contains("INSUFFICIENT_STOCK", null, "USER_LIMIT"));
    Problems.is(
            SaleApi.reserve(
                sale, "bob", "k1", SaleApi.body(Map.of("a", 1L, "c", 1L), "ALL_OR_NOTHING", 60)),
            ProblemType.INSUFFICIENT_STOCK)
        .body("lines.granted", contains(0, 0))
        .body("lines.reason", contains("INSUFFICIENT_STOCK", "OTHER_LINE"));
    Problems.is(
        SaleApi.reserve(sale, "bob", "k2", SaleApi.body(Map.of("a", 1L), "PARTIAL", 60)),
        ProblemType.INSUFFICIENT_STOCK);
    assertThat(SaleApi.numbers(sale, "c")).isEqualTo("5 4 1 0");
  }

  @Test
  void theSameItemTwiceAddsUp() {
    String sale = SaleApi.sale(5);
    List<Map<String, Object>> twice =
        List.of(Map.of("itemId", "a", "quantity", 3), Map.of("itemId", "a", "quantity", 3));
    Problems.is(
            SaleApi.reserve(sale, "alice", "k1", Map.of("items", twice)),
            ProblemType.INSUFFICIENT_STOCK)
        .body("lines", hasSize(1))
        .body("lines[0].requested", equalTo(6));
    // In canonical order they are the same request.
    SaleApi.item(sale, "b", 5);
    Map<String, Object> x = Map.of("itemId", "a", "quantity", 1);
    Map<String, Object> y = Map.of("itemId", "b", "quantity", 1);
    String id =
        SaleApi.reserve(sale, "alice", "k2", Map.of("items", List.of(x, y, x)))
            .statusCode(201)
            .extract()
            .path("id");
    SaleApi.reserve(sale, "alice", "k2", Map.of("items", List.of(x, x, y)))
        .statusCode(201)
        .body("id", equalTo(id));
  }

  @Test
  void theLimitOfAUserHoldsUntilUnitsComeBack() {
    String sale = SaleApi.sale();
    SaleApi.newItem(sale, Map.of("id", "a", "name", "Limited", "quantity", 9, "userLimit", 2))
        .statusCode(201);
    String first = SaleApi.reserved(sale, "alice", "k1", 2);
    Problems.is(SaleApi.reserve(sale, "alice", "k2", 1), ProblemType.INSUFFICIENT_STOCK)
        .body("lines[0].reason", equalTo("USER_LIMIT"));
    SaleApi.reserve(sale, "bob", "k1", 2).statusCode(201);
    SaleApi.cancel(sale, first, "alice").statusCode(200).body("status", equalTo("CANCELLED"));
    SaleApi.confirm(sale, SaleApi.reserved(sale, "alice", "k3", 2)).statusCode(200);
    Problems.is(SaleApi.reserve(sale, "alice", "k4", 1), ProblemType.INSUFFICIENT_STOCK);
  }

  @Test
  void somebodyElsesIsNotThere() {
    String sale = SaleApi.sale(5);
    String id = SaleApi.reserved(sale, "alice", "k1", 1);
    Problems.is(SaleApi.read(sale, id, "bob"), ProblemType.UNKNOWN_RESERVATION);
    Problems.is(SaleApi.cancel(sale, id, "bob"), ProblemType.UNKNOWN_RESERVATION);
    Problems.is(
        SaleApi.as("alice").post(SaleApi.reservations(sale) + "/" + id + "/confirm").then(),
        ProblemType.FORBIDDEN);
    for (String other :
        List.of(
            ReservationIds.next(Strategy.HOT), ReservationIds.next(Strategy.CONDITIONAL), "x")) {
      Problems.is(SaleApi.confirm(sale, other), ProblemType.UNKNOWN_RESERVATION);
      Problems.is(SaleApi.read(sale, other, "alice"), ProblemType.UNKNOWN_RESERVATION);
    }
    Problems.is(SaleApi.read(SaleApi.freshId(), id, "alice"), ProblemType.UNKNOWN_SALE);
    SaleApi.service().get(SaleApi.reservations(sale) + "/" + id).then().statusCode(200);
    SaleApi.admin()
        .post(SaleApi.reservations(sale) + "/" + id + "/cancel")
        .then()
        .statusCode(200)
        .body("status", equalTo("CANCELLED"));
    Problems.is(SaleApi.confirm(sale, id), ProblemType.RESERVATION_CANCELLED);
  }

  @Test
  void whatIsNotConfirmedInTimeEndsByItself() {
    String sale = SaleApi.sale(5);
    String id =
        SaleApi.reserve(sale, "alice", "k1", SaleApi.body(Map.of("a", 5L), "PARTIAL", 1))
            .statusCode(201)
            .extract()
            .path("id");

    // Nobody asks Redis: the sweeper alone does it, and MySQL follows. Its numbers are then what
    // they
    // were before, so the reservation is what is looked at.
    await("the end of " + id + " in MySQL")
        .pollInterval(Duration.ofMillis(10))
        .atMost(Stores.SOON)
        .until(
            () ->
                stores
                        .sql(
                            "SELECT 1 FROM reservation WHERE sale_id = ? AND id = ? AND status ="
                                + " 'EXPIRED'",
                            sale,
                            id)
                        .size()
                    == 1);
    awaitInMySql(sale, "a", "5 5 0 0");

    SaleApi.read(sale, id, "alice").statusCode(200).body("status", equalTo("EXPIRED"));
    Problems.is(SaleApi.confirm(sale, id), ProblemType.RESERVATION_EXPIRED);
    SaleApi.cancel(sale, id, "alice").statusCode(200).body("status", equalTo("EXPIRED"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("5 5 0 0");
  }

  @Test
  void tenUnitsAndTenBuyers() {
    String sale = SaleApi.sale(10);
    assertThat(all(10, i -> status(SaleApi.reserve(sale, "user" + i, "k", 1)))).containsOnly(201);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 0 10 0");
  }

  @Test
  void fiveUnitsAndTenBuyers() {
    String sale = SaleApi.sale(5);
    List<Integer> answers = all(10, i -> status(SaleApi.reserve(sale, "user" + i, "k", 1)));
    assertThat(answers).filteredOn(status -> status == 201).hasSize(5);
    assertThat(answers).filteredOn(status -> status == 409).hasSize(5);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("5 0 5 0");
    awaitInMySql(sale, "a", "5 0 5 0");
  }

  @Test
  void aHundredUnitsAndManyBuyers() {
    String sale = SaleApi.sale(100);
    List<Integer> answers = all(400, i -> status(SaleApi.reserve(sale, "user" + i, "k", 1)));
    assertThat(answers).filteredOn(status -> status == 201).hasSize(100);
    awaitInMySql(sale, "a", "100 0 100 0");
  }

  @Test
  void twoItemsInOppositeOrders() {
    String sale = SaleApi.sale(5);
    SaleApi.item(sale, "b", 5);
    Map<String, Object> a = Map.of("itemId", "a", "quantity", 1);
    Map<String, Object> b = Map.of("itemId", "b", "quantity", 1);
    List<Integer> answers =
        all(
            10,
            i ->
                status(
                    SaleApi.reserve(
                        sale,
                        "user" + i,
                        "k",
                        Map.of("items", i % 2 == 0 ? List.of(a, b) : List.of(b, a)))));
    assertThat(answers).filteredOn(status -> status == 201).hasSize(5);
    assertThat(SaleApi.numbers(sale, "b")).isEqualTo("5 0 5 0");
  }

  @Test
  void manyWithTheSameKeyAtOnceAreOne() {
    String sale = SaleApi.sale(100);
    List<String> ids =
        all(40, i -> SaleApi.reserve(sale, "alice", "k", 2).extract().path("id").toString());
    assertThat(new HashSet<>(ids)).hasSize(1);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("100 98 2 0");
  }

  @Test
  void unitsComeBackOnceHoweverManyCancelAtOnce() {
    String sale = SaleApi.sale(10);
    String id = SaleApi.reserved(sale, "alice", "k", 7);
    assertThat(all(40, i -> status(SaleApi.cancel(sale, id, "alice")))).containsOnly(200);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 10 0 0");
    awaitInMySql(sale, "a", "10 10 0 0");
  }

  @Test
  void whoConfirmsAndWhoCancelsAtOnceAgree() {
    String sale = SaleApi.sale(10);
    String id = SaleApi.reserved(sale, "alice", "k", 7);
    List<Integer> answers =
        all(
            40,
            i ->
                status(i % 2 == 0 ? SaleApi.cancel(sale, id, "alice") : SaleApi.confirm(sale, id)));
    assertThat(answers).filteredOn(status -> status == 200).hasSize(20);
    assertThat(answers).filteredOn(status -> status == 409).hasSize(20);
    assertThat(SaleApi.numbers(sale, "a")).isIn("10 10 0 0", "10 3 0 7");
  }

  /** In Redis it was never there, as after a creation that Redis was away for. */
  @Test
  void anItemThatRedisDoesNotKnowIsBroughtThere() {
    String sale = SaleApi.sale(10);
    stores.sql(
        "INSERT INTO item (sale_id, id, name, strategy, total, available, held, sold, user_limit,"
            + " first_total, version, creation) VALUES (?, 'b', 'B', 'HOT', 3, 3, 0, 0, 0, 3, 0,"
            + " '')",
        sale);
    SaleApi.reserve(sale, "alice", "k", SaleApi.body(Map.of("b", 2L))).statusCode(201);
    assertThat(SaleApi.numbers(sale, "b")).isEqualTo("3 1 2 0");
    stores.awaitDrained(Keys.sale(sale));
  }

  private static int status(io.restassured.response.ValidatableResponse response) {
    return response.extract().statusCode();
  }

  private static <T> List<T> all(int times, IntFunction<T> call) {
    List<CompletableFuture<T>> running =
        IntStream.range(0, times)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> call.apply(i), MANY))
            .toList();
    List<T> answers = new ArrayList<>();
    running.forEach(one -> answers.add(one.join()));
    return answers;
  }
}

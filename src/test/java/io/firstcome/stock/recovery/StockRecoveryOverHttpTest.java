package io.firstcome.stock.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.Peer;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.firstcome.stock.SaleFixture;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.reservation.ReservationOverHttpTest;
import io.firstcome.stock.script.StockScripts;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What Redis has lost is known again; MySQL follows in whatever order. */
@QuarkusTest
class StockRecoveryOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  private Peer peer;

  @Test
  void holdsAndStockComeBackAfterALossInMidSale() {
    String sale = SaleApi.sale(10);
    SaleApi.newItem(sale, Map.of("id", "b", "name", "Limited", "quantity", 9, "userLimit", 2))
        .statusCode(201);
    Response first = SaleApi.reserve(sale, "alice", "k1", 3).extract().response();
    String held = first.path("id");
    String sold = SaleApi.reserved(sale, "bob", "k1", 2);
    SaleApi.confirm(sale, sold).statusCode(200);
    SaleApi.reserve(sale, "carol", "k1", SaleApi.body(Map.of("b", 2L))).statusCode(201);
    SaleApi.restock(sale, "a", "delivery", 5, "Delivery").statusCode(200);
    stores.awaitDrained(Keys.sale(sale));
    long epoch = epoch(sale);

    loseAll(sale);

    Problems.is(SaleApi.reserve(sale, "dan", "k1", 1), ProblemType.LOADING);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("15 10 3 2");
    assertThat(epoch(sale)).isEqualTo(epoch + 1);
    assertThat(SaleApi.reserve(sale, "alice", "k1", 3).extract().path("id").toString())
        .isEqualTo(held);
    Problems.is(SaleApi.reserve(sale, "alice", "k1", 4), ProblemType.IDEMPOTENCY_MISMATCH);
    SaleApi.confirm(sale, held).statusCode(200);
    SaleApi.confirm(sale, sold).statusCode(200);
    // What a user has of an item with a limit is known again, and so is a restock.
    Problems.is(
            SaleApi.reserve(sale, "carol", "k2", SaleApi.body(Map.of("b", 1L))),
            ProblemType.INSUFFICIENT_STOCK)
        .body("lines[0].reason", equalTo("USER_LIMIT"));
    SaleApi.restock(sale, "a", "delivery", 5, "Delivery")
        .statusCode(200)
        .body("total", equalTo(15));
    SaleApi.reserve(sale, "dan", "k2", 10).statusCode(201);
    Problems.is(SaleApi.reserve(sale, "eve", "k1", 1), ProblemType.INSUFFICIENT_STOCK);
    ReservationOverHttpTest.awaitInMySql(sale, "a", "15 0 10 5");
  }

  @Test
  void aSurvivingLedgerIsDrainedFirst() {
    String sale = SaleApi.sale(10);
    Stores.Hold hold = stores.holdDrain(Keys.sale(sale));
    String held = SaleApi.reserved(sale, "alice", "k1", 3);
    stores.redis(Command.DEL, Keys.saleState(Keys.sale(sale)));

    Problems.is(SaleApi.reserve(sale, "dan", "k1", 1), ProblemType.LOADING);
    hold.close();

    afterLoading(() -> SaleApi.reserve(sale, "dan", "k1", 1)).statusCode(201);
    SaleApi.confirm(sale, held).statusCode(200);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 6 1 3");
  }

  /** Redis was started again, or it is another one. */
  @Test
  void whatAnotherServerHoldsIsDrainedAndLoadedFromMySql() {
    String sale = SaleApi.sale(10);
    String held = SaleApi.reserved(sale, "alice", "k1", 3);
    stores.redis(Command.HSET, Keys.saleState(Keys.sale(sale)), "server", "another");

    Problems.is(SaleApi.reserve(sale, "bob", "k1", 1), ProblemType.RECOVERING);
    afterLoading(() -> SaleApi.reserve(sale, "bob", "k1", 1)).statusCode(201);

    SaleApi.confirm(sale, held).statusCode(200);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 6 1 3");
    assertThat(epoch(sale)).isEqualTo(2);
    ReservationOverHttpTest.awaitInMySql(sale, "a", "10 6 1 3");
  }

  @Test
  void aRecoveryOfASaleCanBeBegunByHand() {
    String sale = SaleApi.sale(10);
    SaleApi.reserved(sale, "alice", "k1", 3);

    SaleApi.admin().post("/api/v1/admin/sales/" + sale + "/recover").then().statusCode(204);

    assertThat(epoch(sale)).isEqualTo(2);
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 3 0");
  }

  @Test
  void aPartOfItLostIsALoss() {
    String sale = SaleApi.sale(10);
    String held = SaleApi.reserved(sale, "alice", "k1", 3);
    stores.awaitDrained(Keys.sale(sale));
    stores.redis(Command.DEL, "fc:{" + Keys.sale(sale) + "}:holds");

    SaleApi.read(sale, held, "alice").statusCode(200).body("status", equalTo("HELD"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 7 3 0");
  }

  /** As if every replica had been down, and Redis emptied meanwhile. */
  @Test
  void whatIsDueEndsThoughNobodyAsksAndRedisHasForgotten() {
    String sale = SaleApi.sale(10);
    String held = SaleApi.reserved(sale, "alice", "k1", 3);
    stores.awaitDrained(Keys.sale(sale));
    stores.sql(
        "UPDATE reservation SET expires_at = UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE"
            + " WHERE sale_id = ? AND id = ?",
        sale,
        held);

    loseAll(sale);

    ReservationOverHttpTest.awaitInMySql(sale, "a", "10 10 0 0");
    SaleApi.read(sale, held, "alice").statusCode(200).body("status", equalTo("EXPIRED"));
    Problems.is(SaleApi.confirm(sale, held), ProblemType.RESERVATION_EXPIRED);
  }

  @Test
  void aDrainerThatSleptThroughALossChangesNothing() {
    String sale = SaleApi.sale(10);
    Stores.Hold hold = stores.holdDrain(Keys.sale(sale));
    SaleApi.reserved(sale, "alice", "k1", 3);
    List<LedgerEntry> late = ledger(sale);
    loseAll(sale);
    hold.close();
    afterLoading(() -> SaleApi.reserve(sale, "bob", "k1", 1)).statusCode(201);

    List<DeadLetter> refused = apply(sale, late);

    assertThat(refused).hasSize(1);
    assertThat(refused.get(0).reason()).isEqualTo(DeadLetter.Reason.STALE_EPOCH);
    ReservationOverHttpTest.awaitInMySql(sale, "a", "10 9 1 0");
  }

  /** Rule 7 of docs/stock.md. */
  @Test
  void entriesComeToTheSameInAnyOrderAndAnyNumberOfTimes() {
    String sale = SaleApi.sale(100);
    SaleApi.newItem(sale, Map.of("id", "b", "name", "Limited", "quantity", 50, "userLimit", 9))
        .statusCode(201);
    Stores.Hold hold = stores.holdDrain(Keys.sale(sale));
    for (int i = 0; i < 12; i++) {
      String id =
          SaleApi.reserve(sale, "user" + i % 4, "k" + i, SaleApi.body(Map.of("a", 2L, "b", 1L)))
              .statusCode(201)
              .extract()
              .path("id");
      if (i % 3 == 0) {
        SaleApi.confirm(sale, id).statusCode(200);
        if (i % 2 == 0) {
          SaleApi.undo(sale, id, "Refunded").statusCode(200);
        }
      } else if (i % 3 == 1) {
        SaleApi.cancel(sale, id, "user" + i % 4).statusCode(200);
      } else {
        SaleApi.extend(sale, id, "user" + i % 4, null).statusCode(200);
      }
    }
    List<LedgerEntry> entries = ledger(sale);
    stores.redis(Command.XTRIM, Keys.ledger(Keys.sale(sale)), "MAXLEN", "0");
    assertThat(entries).hasSize(26);

    Random random = new Random(42);
    List<LedgerEntry> shuffled = new ArrayList<>(entries);
    for (int round = 0; round < 3; round++) {
      Collections.shuffle(shuffled, random);
      for (int from = 0; from < shuffled.size(); from += 7) {
        assertThat(apply(sale, shuffled.subList(from, Math.min(from + 7, shuffled.size()))))
            .isEmpty();
      }
    }
    hold.close();

    ReservationOverHttpTest.awaitInMySql(sale, "a", "100 88 8 4");
    ReservationOverHttpTest.awaitInMySql(sale, "b", "50 44 4 2");
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("100 88 8 4");
    assertThat(takersInMySql(sale)).isEqualTo(takersInRedis(sale));
  }

  @Test
  void whoEndedInTwoWaysIsADeadLetterAndIsBookedOnce() {
    String sale = SaleApi.sale(10);
    Stores.Hold hold = stores.holdDrain(Keys.sale(sale));
    String id = SaleApi.reserved(sale, "alice", "k1", 3);
    SaleApi.confirm(sale, id).statusCode(200);
    List<LedgerEntry> entries = ledger(sale);
    stores.redis(Command.XTRIM, Keys.ledger(Keys.sale(sale)), "MAXLEN", "0");
    assertThat(apply(sale, entries)).isEmpty();
    String text = entries.get(1).text(id);

    List<DeadLetter> refused =
        apply(sale, List.of(entries.get(1).with(Map.of(id, text.replaceFirst("C", "E")))));

    assertThat(refused).hasSize(1);
    assertThat(refused.get(0).reason()).isEqualTo(DeadLetter.Reason.CONFLICT);
    ReservationOverHttpTest.awaitInMySql(sale, "a", "10 7 0 3");
    hold.close();
  }

  @Test
  void whatRedisHasForgottenIsReadFromMySql() {
    String sale = SaleApi.sale(10);
    String id = SaleApi.reserved(sale, "alice", "k1", 3);
    SaleApi.confirm(sale, id).statusCode(200);
    ReservationOverHttpTest.awaitInMySql(sale, "a", "10 7 0 3");
    stores.redis(Command.ZADD, "fc:{" + Keys.sale(sale) + "}:memory", "1", id);
    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                stores
                        .redis(Command.HEXISTS, "fc:{" + Keys.sale(sale) + "}:reservations", id)
                        .toInteger()
                    == 0);

    SaleApi.read(sale, id, "alice").statusCode(200).body("status", equalTo("CONFIRMED"));
    SaleApi.confirm(sale, id).statusCode(200);
    Problems.is(SaleApi.read(sale, id, "bob"), ProblemType.UNKNOWN_RESERVATION);
  }

  private static long epoch(String sale) {
    return stores.sql("SELECT epoch FROM sale WHERE id = ?", sale).iterator().next().getLong(0);
  }

  /** Everything that Redis has of a sale is gone, as after FLUSHALL. */
  private static void loseAll(String sale) {
    List<Object> keys = new ArrayList<>(Keys.ofSale(Keys.sale(sale)));
    keys.add(Keys.drainLease(Keys.sale(sale)));
    stores.redis(Command.DEL, keys.toArray());
  }

  private static ValidatableResponse afterLoading(Supplier<ValidatableResponse> call) {
    ValidatableResponse[] answer = new ValidatableResponse[1];
    await()
        .pollInterval(Duration.ofMillis(20))
        .atMost(Stores.SOON)
        .until(
            () -> {
              answer[0] = call.get();
              return answer[0].extract().statusCode() != 503;
            });
    return answer[0];
  }

  private static List<LedgerEntry> ledger(String sale) {
    List<LedgerEntry> entries = new ArrayList<>();
    for (var entry : stores.redis(Command.XRANGE, Keys.ledger(Keys.sale(sale)), "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      for (int i = 0; i < entry.get(1).size(); i += 2) {
        fields.put(entry.get(1).get(i).toString(), entry.get(1).get(i + 1).toString());
      }
      entries.add(new LedgerEntry(entry.get(0).toString(), fields));
    }
    return entries;
  }

  /** As another replica would that drains. */
  private List<DeadLetter> apply(String sale, List<LedgerEntry> entries) {
    if (peer == null) {
      peer = new Peer(stores.scripts(), stores.mysql().getDelegate());
    }
    StockApplier applier =
        new StockApplier(
            peer.config(),
            new StockScripts(stores.scripts(), 100_000, SaleFixture.UNBOUNDED),
            new StockMetrics(new SimpleMeterRegistry()));
    return peer.transactions().run(tx -> applier.apply(tx, Keys.sale(sale), entries));
  }

  private static TreeMap<String, String> takersInMySql(String sale) {
    TreeMap<String, String> takers = new TreeMap<>();
    for (Row row :
        stores.sql(
            "SELECT item_id, user_id, quantity FROM item_taker WHERE sale_id = ? AND quantity > 0",
            sale)) {
      takers.put(row.getString(0) + " " + row.getString(1), row.getLong(2).toString());
    }
    return takers;
  }

  private static TreeMap<String, String> takersInRedis(String sale) {
    TreeMap<String, String> takers = new TreeMap<>();
    var all = stores.redis(Command.HGETALL, "fc:{" + Keys.sale(sale) + "}:takers");
    all.getKeys().stream()
        .filter(field -> !field.startsWith("* "))
        .forEach(field -> takers.put(field, all.get(field).toString()));
    return takers;
  }
}

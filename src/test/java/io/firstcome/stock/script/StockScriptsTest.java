package io.firstcome.stock.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.RedisException;
import io.firstcome.stock.SaleFixture;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.ReservationRequest;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The scripts of a sale, rule by rule. */
class StockScriptsTest {

  private static final RealRedis REDIS = RealRedis.shared();

  @Test
  void manyReservationsInOneCallAreDecidedInTurn() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    List<ReservationRequest> orders =
        List.of(
            order(sale, "alice", "k1", Map.of("a", 2L)),
            order(sale, "bob", "k1", Map.of("a", 2L)),
            order(sale, "alice", "k1", Map.of("a", 2L)),
            order(sale, "alice", "k1", Map.of("a", 1L)),
            order(sale, "carol", "k1", Map.of("a", 1L)),
            order(sale, "dan", "k1", Map.of("nothing", 1L)));

    Response reply = call(sale, orders);

    assertThat(reply.get(2).toInteger()).isEqualTo(1);
    assertThat(reply.get(3).toString()).matches("R \\d+ s");
    assertThat(reply.get(4).toString()).matches("H h0+1 \\d+ \\d+ a:2:2");
    assertThat(reply.get(5).toString()).isEqualTo("M");
    assertThat(reply.get(6).toInteger()).isEqualTo(1);
    assertThat(reply.get(7).toString()).isEqualTo("U nothing");
    assertThat(sale.level("a")).isEqualTo("3 0 3 0");
    assertThat(sale.ledger()).hasSize(1);
  }

  /** As MySQL has it after it has booked the decisions of two servers. */
  @Test
  void lessThanNothingIsSoldOutAndNotTheEndOfTheSale() {
    SaleFixture sale = new SaleFixture(REDIS);
    sale.publish(
        Map.of("a", "3 -2 0 5 0", "b", SaleFixture.numbers(1, 1, 0, 0, 0)),
        List.of(),
        Map.of(),
        Map.of());

    assertThat(sale.reserve("alice", "k1", "a", 1).status()).isEqualTo(Status.REFUSED);
    assertThat(sale.reserve("alice", "k2", "b", 1).status()).isEqualTo(Status.HELD);
    assertThat(sale.restock("a", "more", 3).refusal()).isNull();
    assertThat(sale.reserve("bob", "k1", "a", 1).status()).isEqualTo(Status.HELD);
    assertThat(sale.level("a")).isEqualTo("6 0 1 5");
  }

  @Test
  void anotherServerDecidesNothing() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    Reservation held = sale.reserve("alice", "k1", "a", 1);
    REDIS.send(Command.HSET, Keys.saleState(sale.tag), "server", "another");
    Map<String, String> before = REDIS.dump(sale.tag);

    for (Runnable call :
        List.<Runnable>of(
            () -> sale.reserve("bob", "k1", "a", 1),
            () -> sale.confirm(held.id()),
            () -> sale.cancel(held.id(), null),
            () -> sale.read(held.id()),
            () -> sale.change(Change.EXTENDED, held.id(), SaleFixture.LONG.plusHours(1), null),
            () -> sale.level("a"),
            () -> sale.restock("a", "k", 1))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              NotLoadedException.class,
              e -> assertThat(e.problem()).isEqualTo(ProblemType.RECOVERING));
    }
    assertThat(REDIS.dump(sale.tag)).isEqualTo(before);
  }

  private static ReservationRequest order(
      SaleFixture sale, String user, String key, Map<String, Long> items) {
    return sale.order(user, key, ReservationRequest.Mode.ALL_OR_NOTHING, SaleFixture.LONG, items);
  }

  /** Ids h…1, h…2 and so on. */
  private static Response call(SaleFixture sale, List<ReservationRequest> orders) {
    List<String> args = new ArrayList<>(List.of("100000", "10000", "10000", "10000", "", "0", "0"));
    for (int i = 0; i < orders.size(); i++) {
      args.addAll(orders.get(i).args("h" + "%030d".formatted(i + 1)));
    }
    return REDIS.run("stock-reserve", Keys.ofSale(sale.tag), args);
  }

  /** The most that Java sends in one call. */
  @Test
  void aThousandLinesAreDecidedInOneCall() {
    Map<String, Integer> items = new TreeMap<>();
    IntStream.range(0, 500).forEach(i -> items.put("item-" + i, 10));
    SaleFixture sale = new SaleFixture(REDIS).publish(items);
    Map<String, Long> wanted = new TreeMap<>();
    items.keySet().forEach(item -> wanted.put(item, 1L));

    Response reply =
        call(sale, List.of(order(sale, "alice", "k", wanted), order(sale, "bob", "k", wanted)));

    assertThat(reply.get(2).toInteger()).isEqualTo(1);
    assertThat(reply.get(3).toInteger()).isEqualTo(1);
    assertThat(sale.level("item-499")).isEqualTo("10 8 2 0");
  }

  @Test
  void nothingIsRefusedForLackOfStockWhileUnitsAreDue() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 600));
    for (int i = 0; i < 600; i++) {
      sale.reserve(order(sale, "user" + i, "k", Map.of("a", 1L)));
    }
    assertThat(sale.level("a")).isEqualTo("600 0 600 0");
    makeDue(sale);

    assertThat(sale.reserve("late", "k", "a", 600).status()).isEqualTo(Status.HELD);
    assertThat(sale.level("a")).isEqualTo("600 0 600 0");
  }

  @Test
  void moreThanOneCallCanReleaseIsAskedForAgainAndNeverRefused() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 1_500));
    List<ReservationRequest> orders = new ArrayList<>();
    for (int i = 0; i < 1_500; i++) {
      orders.add(order(sale, "user" + i, "k", Map.of("a", 1L)));
    }
    call(sale, orders);
    makeDue(sale);

    ReservationRequest all = order(sale, "late", "k", Map.of("a", 1_500L));
    assertThatThrownBy(() -> sale.reserve(all)).hasMessageContaining("overloaded");
    assertThat(sale.reserve(all).status()).isEqualTo(Status.HELD);
  }

  /** As if the time of all that is held had come. */
  private static void makeDue(SaleFixture sale) {
    for (Response id : REDIS.send(Command.ZRANGE, key(sale, "holds"), "0", "-1")) {
      REDIS.send(Command.ZADD, key(sale, "holds"), "1", id);
    }
  }

  private static String key(SaleFixture sale, String part) {
    return "fc:{" + sale.tag + "}:" + part;
  }

  @Test
  void aConfirmationAfterItsTimeComesTooLate() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    Reservation held =
        sale.reserve(
            sale.order(
                "alice",
                "k",
                ReservationRequest.Mode.ALL_OR_NOTHING,
                SaleFixture.SHORT,
                Map.of("a", 2L)));

    assertThat(sale.read(held.id()).status()).isEqualTo(Status.EXPIRED);
    assertThat(sale.confirm(held.id()).status()).isEqualTo(Status.EXPIRED);
    assertThat(sale.cancel(held.id(), "alice").status()).isEqualTo(Status.EXPIRED);
    assertThat(sale.level("a")).isEqualTo("3 3 0 0");
  }

  /** More than a call releases before it does what it was called for. */
  @Test
  void aConfirmationComesTooLateThoughManyOthersAreDueToo() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 150));
    List<ReservationRequest> orders = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      orders.add(
          sale.order(
              "user" + i,
              "k",
              ReservationRequest.Mode.ALL_OR_NOTHING,
              SaleFixture.SHORT,
              Map.of("a", 1L)));
    }
    call(sale, orders);

    assertThat(sale.confirm("h" + "%030d".formatted(150)).status()).isEqualTo(Status.EXPIRED);
    assertThat(sale.level("a")).isEqualTo("150 150 0 0");
  }

  @Test
  void nobodyElseCancels() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    Reservation held = sale.reserve("alice", "k", "a", 2);

    assertThat(sale.cancel(held.id(), "bob")).isNull();
    assertThat(sale.level("a")).isEqualTo("3 1 2 0");
    assertThat(sale.cancel(held.id(), "alice").status()).isEqualTo(Status.CANCELLED);
    assertThat(sale.confirm(held.id()).status()).isEqualTo(Status.CANCELLED);
    assertThat(sale.level("a")).isEqualTo("3 3 0 0");
  }

  @Test
  void aFullLedgerTakesNoMoreReservationsAndStillEndsThem() {
    SaleFixture sale = new SaleFixture(REDIS, 1).publish(Map.of("a", 3));
    Reservation held = sale.reserve("alice", "k", "a", 1);

    assertThatThrownBy(() -> sale.reserve("bob", "k", "a", 1)).hasMessageContaining("ledger-full");
    assertThat(sale.reserve("alice", "k", "a", 1).id()).isEqualTo(held.id());
    assertThat(sale.confirm(held.id()).status()).isEqualTo(Status.CONFIRMED);
  }

  @Test
  void whatIsRememberedForLongEnoughIsForgotten() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    Reservation confirmed = sale.reserve("alice", "k", "a", 1);
    sale.confirm(confirmed.id());
    Reservation held = sale.reserve("bob", "k", "a", 2);
    sale.reserve("carol", "k", "a", 2);
    for (String part : List.of("memory", "refusals")) {
      for (Response member : REDIS.send(Command.ZRANGE, key(sale, part), "0", "-1")) {
        REDIS.send(Command.ZADD, key(sale, part), "1", member);
      }
    }

    StockScripts.Swept swept = SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 100));

    assertThat(swept.forgotten()).isEqualTo(2);
    // What is held is not.
    assertThat(sale.reserve("bob", "k", "a", 2).id()).isEqualTo(held.id());
    sale.cancel(held.id(), null);
    REDIS.send(Command.ZADD, key(sale, "memory"), "1", held.id());
    SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 100));
    assertThat(sale.read(confirmed.id())).isNull();
    assertThat(sale.read(held.id())).isNull();
    assertThat(REDIS.send(Command.EXISTS, key(sale, "requests")).toInteger()).isZero();
    assertThat(sale.level("a")).isEqualTo("3 2 0 1");
    assertThat(sale.reserve("alice", "k", "a", 1).id()).isNotEqualTo(confirmed.id());
  }

  @Test
  void refusalsAreRememberedUpToANumber() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 1));
    for (int i = 0; i < 10; i++) {
      sale.reserve("user" + i, "k", "a", 2);
    }
    assertThat(SaleFixture.await(sale.scripts.sweep(sale.id, 100, 4, 100)).forgotten())
        .isEqualTo(6);
    assertThat(REDIS.send(Command.ZCARD, key(sale, "refusals")).toInteger()).isEqualTo(4);
    sale.restock("a", "more", 1);
    assertThat(sale.reserve("user9", "k", "a", 2).status()).isEqualTo(Status.REFUSED);
    assertThat(sale.reserve("user0", "k", "a", 2).status()).isEqualTo(Status.HELD);
  }

  @Test
  void numbersUpTo2To53AreExact() {
    SaleFixture sale = new SaleFixture(REDIS);
    long most = (1L << 53) - 1;
    sale.publish(
        Map.of("a", SaleFixture.numbers(most - 1, most - 1, 0, 0, 0)),
        List.of(),
        Map.of(),
        Map.of());

    sale.reserve("alice", "k", "a", 1_000_000_001);
    assertThat(sale.level("a")).isEqualTo("9007199254740990 9007198254740989 1000000001 0");
    assertThat(sale.restock("a", "k1", -2).level().total()).isEqualTo(most - 3);
  }

  @Test
  void aRestockLeavesAtMostAsManyUnitsAsAnItemMayBeCreatedWith() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 999_999_999));

    assertThat(sale.restock("a", "k1", 2).refusal()).isEqualTo("TOO-MUCH");
    assertThat(sale.restock("a", "k1", 1).level().total()).isEqualTo(1_000_000_000);
    assertThat(sale.restock("a", "k2", 1_000_000_000).refusal()).isEqualTo("TOO-MUCH");
  }

  @Test
  void whatGaveItsUnitsBackIsKeptWithoutItsLines() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 9, "b", 9));
    Map<String, Long> both = Map.of("a", 1L, "b", 1L);
    List<Reservation> made =
        Stream.of("held", "sold", "back")
            .map(key -> sale.reserve(order(sale, "alice", key, both)))
            .toList();
    sale.confirm(made.get(1).id());
    sale.cancel(made.get(2).id(), "alice");

    SaleFixture.await(sale.scripts.strip(sale.id, made.stream().map(Reservation::id).toList()));

    assertThat(made).extracting(one -> sale.read(one.id()).lines().size()).containsExactly(2, 2, 0);
    assertThat(sale.cancel(made.get(2).id(), "alice").status()).isEqualTo(Status.CANCELLED);
    Reservation again = sale.reserve(order(sale, "alice", "back", both));
    assertThat(again.id()).isEqualTo(made.get(2).id());
    assertThat(again.lines()).isEmpty();
    assertThat(sale.level("a")).isEqualTo("9 7 1 1");
  }

  @Test
  void whatIsTakenAgainHasItsLinesFromMySql() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 9));
    ReservationRequest order =
        sale.order(
            "alice",
            "k",
            ReservationRequest.Mode.ALL_OR_NOTHING,
            SaleFixture.SHORT,
            Map.of("a", 2L));
    Reservation held = sale.reserve(order);
    assertThat(sale.level("a")).isEqualTo("9 9 0 0");
    ReservationRecord inMySql = record(sale, held.id());
    SaleFixture.await(sale.scripts.strip(sale.id, List.of(held.id())));

    assertThat(sale.change(Change.TAKEN_AGAIN, held.id(), SaleFixture.LONG, null).refusal())
        .isEqualTo("HISTORY");
    assertThat(
            sale.change(Change.TAKEN_AGAIN, held.id(), SaleFixture.LONG, inMySql)
                .answer()
                .reservation()
                .lines())
        .isEqualTo(held.lines());
    assertThat(sale.level("a")).isEqualTo("9 7 2 0");
    // It is not forgotten with what has ended, and not given back twice.
    assertThat(REDIS.send(Command.ZCARD, key(sale, "memory")).toInteger()).isZero();
    sale.cancel(held.id(), null);
    assertThat(sale.level("a")).isEqualTo("9 9 0 0");
  }

  private static ReservationRecord record(SaleFixture sale, String id) {
    return ReservationRecord.of(
        id, REDIS.send(Command.HGET, key(sale, "reservations"), id).toString());
  }

  @Test
  void whatWasForgottenIsUndoneOnce() {
    SaleFixture sale = new SaleFixture(REDIS);
    sale.publish(Map.of("a", SaleFixture.numbers(9, 9, 0, 0, 2)), List.of(), Map.of(), Map.of());
    Reservation sold = sale.reserve("alice", "k", "a", 2);
    sale.confirm(sold.id());
    ReservationRecord inMySql = record(sale, sold.id());
    REDIS.send(Command.ZADD, key(sale, "memory"), "1", sold.id());
    SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 100));
    assertThat(sale.read(sold.id())).isNull();
    assertThat(sale.level("a")).isEqualTo("9 7 0 2");

    assertThat(sale.change(Change.UNDONE, sold.id(), Duration.ZERO, null).refusal())
        .isEqualTo("HISTORY");
    for (int i = 0; i < 2; i++) {
      assertThat(
              sale.change(Change.UNDONE, sold.id(), Duration.ZERO, inMySql)
                  .answer()
                  .reservation()
                  .status())
          .isEqualTo(Status.UNDONE);
      assertThat(sale.level("a")).isEqualTo("9 9 0 0");
    }
    // It is kept for another day, and then everything is gone.
    assertThat(SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 100)).forgotten()).isZero();
    REDIS.send(Command.ZADD, key(sale, "memory"), "1", sold.id());
    assertThat(SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 100)).forgotten())
        .isEqualTo(1);
    assertThat(REDIS.send(Command.EXISTS, key(sale, "takers")).toInteger()).isZero();
    assertThat(sale.reserve("alice", "k", "a", 2).status()).isEqualTo(Status.HELD);
  }

  /** What MySQL has as ended otherwise was not sold. */
  @Test
  void whatWasForgottenAndNotSoldIsNotUndone() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 9));
    Reservation back = sale.reserve("alice", "k", "a", 2);
    sale.cancel(back.id(), null);
    ReservationRecord inMySql = record(sale, back.id());
    REDIS.send(Command.ZADD, key(sale, "memory"), "1", back.id());
    SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 100));

    assertThat(sale.change(Change.UNDONE, back.id(), Duration.ZERO, inMySql).answer()).isNull();
    assertThat(sale.level("a")).isEqualTo("9 9 0 0");
  }

  @Test
  void aFullLedgerTakesNothingAgainAndStillExtendsAndUndoes() {
    SaleFixture sale = new SaleFixture(REDIS, 2).publish(Map.of("a", 3));
    ReservationRequest brief =
        sale.order(
            "alice",
            "k",
            ReservationRequest.Mode.ALL_OR_NOTHING,
            SaleFixture.SHORT,
            Map.of("a", 1L));
    Reservation expired = sale.reserve(brief);
    Reservation held = sale.reserve("bob", "k", "a", 1);
    sale.level("a");
    assertThat(sale.ledger()).hasSize(2);

    assertThat(sale.change(Change.TAKEN_AGAIN, expired.id(), SaleFixture.LONG, null))
        .extracting(StockScripts.Changed::refusal)
        .isEqualTo("LEDGER-FULL");
    Duration longer = SaleFixture.LONG.plusHours(1);
    assertThat(sale.change(Change.EXTENDED, held.id(), longer, null).answer().changes())
        .isEqualTo(1);
    sale.confirm(held.id());
    sale.change(Change.UNDONE, held.id(), Duration.ZERO, null);
    assertThat(sale.level("a")).isEqualTo("3 3 0 0");
    assertThat(sale.ledger().get(sale.ledger().size() - 1))
        .containsEntry("kind", "reservation-change")
        .containsEntry("change", "undone")
        .containsEntry("user", "shop")
        .containsEntry("reason", "a reason");
  }

  /** 4.5 kB a request of fifty lines filled Redis within minutes: 512 MB at 548 a second. */
  @Test
  void oneShopperFillsRedisWithRequests() {
    Map<String, Integer> items = new TreeMap<>();
    Map<String, Long> wanted = new TreeMap<>();
    for (int i = 0; i < 50; i++) {
      String item = "an-item-with-a-name-as-long-as-they-may-well-be-in-some-shop-" + i;
      items.put(item, 9);
      wanted.put(item, 1L);
    }
    SaleFixture sale =
        new SaleFixture(REDIS, 100_000, new StockScripts.Bounds(20, 200, 20)).publish(items);
    Map<String, Long> tooMany = new TreeMap<>(wanted);
    tooMany.replaceAll((item, units) -> 10L);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      assertThat(sale.reserve(order(sale, "mallory", "no-" + i, tooMany)).status())
          .isEqualTo(Status.REFUSED);
      ReservationRequest order = order(sale, "mallory", "yes-" + i, wanted);
      if (i < 200) {
        ids.add(sale.reserve(order).id());
        sale.cancel(ids.get(i), "mallory");
      } else {
        assertThatThrownBy(() -> sale.reserve(order)).hasMessageContaining("too-many-reservations");
      }
    }
    SaleFixture.await(sale.scripts.strip(sale.id, ids));

    long bytes = 0;
    for (String part : List.of("reservations", "requests", "memory", "refusals", "takers")) {
      bytes += REDIS.send(Command.MEMORY, "USAGE", key(sale, part), "SAMPLES", "0").toLong();
    }
    assertThat(bytes).isLessThan(200_000);
    assertThat(REDIS.send(Command.ZCARD, key(sale, "refusals")).toInteger()).isEqualTo(20);
    // What is kept is answered as it was.
    assertThat(sale.reserve(order(sale, "mallory", "no-0", tooMany)).lines())
        .hasSize(50)
        .allMatch(
            line ->
                line.granted() == 0 && line.reason() == ReservationLine.Reason.INSUFFICIENT_STOCK);
    assertThat(sale.reserve(order(sale, "mallory", "yes-0", wanted)).id()).isEqualTo(ids.get(0));
    assertThat(sale.reserve(order(sale, "alice", "yes", wanted)).status()).isEqualTo(Status.HELD);
  }

  @Test
  void reservationsThatHaveEndedAreKeptUpToANumber() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 9));
    List<Reservation> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(sale.reserve("user" + i, "k", "a", 1));
      sale.cancel(made.get(i).id(), null);
    }
    Reservation held = sale.reserve("user0", "k2", "a", 1);

    assertThat(SaleFixture.await(sale.scripts.sweep(sale.id, 100, 100, 2)).forgotten())
        .isEqualTo(3);

    assertThat(made)
        .extracting(one -> sale.read(one.id()) != null)
        .containsExactly(false, false, false, true, true);
    assertThat(sale.reserve("user0", "k2", "a", 1).id()).isEqualTo(held.id());
  }

  @Test
  void whatMemoryIsLeftIsForClaimsAndWhatIsKnownIsTold() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 9));
    ReservationRequest order = order(sale, "alice", "k", Map.of("a", 1L));
    Reservation held = sale.reserve(order);

    assertThatThrownBy(
            () ->
                SaleFixture.await(
                        sale.scripts.reserve(
                            "h1", order(sale, "bob", "k", Map.of("a", 1L)), false, true))
                    .result(0, "h1", order))
        .hasMessageContaining("redis-full");
    assertThat(
            SaleFixture.await(sale.scripts.reserve("h2", order, false, true))
                .result(0, "h2", order)
                .id())
        .isEqualTo(held.id());
    assertThat(sale.confirm(held.id()).status()).isEqualTo(Status.CONFIRMED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sale",
        "stock",
        "reservations",
        "holds",
        "requests",
        "memory",
        "refusals",
        "takers",
        "restocks",
        "ledger"
      })
  void aKeyOfAnotherTypeChangesNothing(String part) {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    Reservation held = sale.reserve("alice", "k", "a", 1);
    REDIS.send(Command.DEL, key(sale, part));
    REDIS.send(Command.SET, key(sale, part), "something else");
    TreeMap<String, String> before = REDIS.dump(sale.tag);

    for (Runnable call :
        List.<Runnable>of(
            () -> sale.reserve("bob", "k", "a", 1),
            () -> sale.confirm(held.id()),
            () -> sale.read(held.id()),
            () -> sale.level("a"),
            () -> sale.restock("a", "k", 1),
            () -> SaleFixture.await(sale.scripts.item(sale.id, "b", 1, "1 1 0 0 0")),
            () -> SaleFixture.await(sale.scripts.sweep(sale.id, 10, 10, 10)))) {
      assertThatThrownBy(call::run)
          .isInstanceOf(RedisException.class)
          .hasMessageContaining("WRONGTYPE");
    }
    assertThat(REDIS.dump(sale.tag)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sale", "stock", "reservations", "holds", "requests", "memory", "takers"})
  void aPartOfItLostIsALoss(String part) {
    SaleFixture sale = new SaleFixture(REDIS);
    sale.publish(Map.of("a", SaleFixture.numbers(3, 3, 0, 0, 2)), List.of(), Map.of(), Map.of());
    Reservation held = sale.reserve("alice", "k", "a", 1);
    sale.confirm(sale.reserve("dan", "k", "a", 1).id());
    REDIS.send(Command.DEL, key(sale, part));

    assertThatThrownBy(() -> sale.reserve("bob", "k", "a", 1))
        .isInstanceOf(NotLoadedException.class);
    assertThatThrownBy(() -> sale.confirm(held.id())).isInstanceOf(NotLoadedException.class);
    assertThatThrownBy(() -> sale.level("a")).isInstanceOf(NotLoadedException.class);
  }

  @Test
  void whatIsOfAnotherFormatIsLeftAlone() {
    SaleFixture sale = new SaleFixture(REDIS).publish(Map.of("a", 3));
    REDIS.send(Command.HSET, key(sale, "sale"), "format", "2");
    assertThatThrownBy(() -> sale.reserve("bob", "k", "a", 1)).hasMessageContaining("STATEFORMAT");
  }

  /** In a Redis of its own: it is full for all. */
  @Test
  void aFullRedisGrantsNothingAndStillSells() {
    try (RealRedis full = RealRedis.start()) {
      SaleFixture sale = new SaleFixture(full).publish(Map.of("a", 3));
      Reservation first = sale.reserve("alice", "k", "a", 1);
      Reservation second = sale.reserve("bob", "k", "a", 1);
      Reservation over =
          sale.reserve(
              sale.order(
                  "dan",
                  "k",
                  ReservationRequest.Mode.ALL_OR_NOTHING,
                  SaleFixture.SHORT,
                  Map.of("a", 1L)));
      assertThat(sale.level("a")).isEqualTo("3 1 2 0");
      full.send(Command.CONFIG, "SET", "maxmemory", "1");
      TreeMap<String, String> before = full.dump(sale.tag);

      assertThatThrownBy(() -> sale.reserve("carol", "k", "a", 1))
          .isInstanceOf(RedisException.class);
      assertThatThrownBy(() -> sale.change(Change.TAKEN_AGAIN, over.id(), SaleFixture.LONG, null))
          .isInstanceOf(RedisException.class);
      assertThat(full.dump(sale.tag)).isEqualTo(before);
      Duration longer = SaleFixture.LONG.plusHours(1);
      assertThat(sale.change(Change.EXTENDED, second.id(), longer, null).answer().changes())
          .isEqualTo(1);
      assertThat(sale.confirm(first.id()).status()).isEqualTo(Status.CONFIRMED);
      sale.change(Change.UNDONE, first.id(), Duration.ZERO, null);
      assertThat(sale.cancel(second.id(), "bob").status()).isEqualTo(Status.CANCELLED);
      full.send(Command.CONFIG, "SET", "maxmemory", "0");
      assertThat(sale.level("a")).isEqualTo("3 3 0 0");
      assertThat(sale.ledger()).hasSize(8);
    }
  }
}

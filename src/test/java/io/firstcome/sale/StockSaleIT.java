package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.redis.Keys;
import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stock that is taken at four replicas at once, of which one may die. */
@Timeout(240)
class StockSaleIT {
  private static final int REPLICAS = 4;
  private static final Duration SOON = Duration.ofSeconds(30);

  private static Site site;
  private static int sales;

  @BeforeAll
  static void open() {
    site = new Site(StockSaleIT.class);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @BeforeEach
  void fourReplicas() {
    site.run(REPLICAS);
  }

  /** The notes' case: five buyers too many, and none of them gets anything. */
  @ParameterizedTest
  @ValueSource(strings = {"HOT", "CONDITIONAL", "PESSIMISTIC", "OPTIMISTIC", "UNIT_ROWS"})
  void fiveUnitsAndTenBuyersAreFiveReservations(String strategy) {
    String sale = sale(strategy, 5, "a");
    List<Answer> answers =
        all(
            IntStream.range(0, 10)
                .mapToObj(i -> reserve(i % REPLICAS, sale, "buyer-" + i, "k", line("a", 1))));

    assertThat(labels(answers)).hasSize(10);
    assertThat(labels(answers)).filteredOn("201"::equals).hasSize(5);
    assertThat(labels(answers)).filteredOn("409 insufficient-stock"::equals).hasSize(5);
    assertThat(numbers(sale, "a")).isEqualTo("5 = 0 + 5 + 0");
    nothingIsFound(sale);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HOT", "CONDITIONAL", "PESSIMISTIC", "OPTIMISTIC", "UNIT_ROWS"})
  void twoItemsInOppositeOrdersDoNotLockEachOtherOut(String strategy) {
    String sale = sale(strategy, 10, "a", "b");
    List<Answer> answers =
        all(
            IntStream.range(0, 10)
                .mapToObj(
                    i ->
                        reserve(
                            i % REPLICAS,
                            sale,
                            "buyer-" + i,
                            "k",
                            i % 2 == 0
                                ? "[%s,%s]".formatted(one("a", 1), one("b", 1))
                                : "[%s,%s]".formatted(one("b", 1), one("a", 1)))));

    assertThat(labels(answers)).containsOnly("201");
    assertThat(numbers(sale, "a")).isEqualTo("10 = 0 + 10 + 0");
    assertThat(numbers(sale, "b")).isEqualTo("10 = 0 + 10 + 0");
    nothingIsFound(sale);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HOT", "CONDITIONAL"})
  void theSameRequestFiveTimesAtOnceTakesOnce(String strategy) {
    String sale = sale(strategy, 100, "a");
    for (int round = 0; round < 10; round++) {
      String key = "key-" + round;
      List<Answer> answers =
          all(
              IntStream.range(0, 5)
                  .mapToObj(i -> reserve(i % REPLICAS, sale, "alice", key, line("a", 1))));
      assertThat(labels(answers)).containsOnly("201");
      assertThat(answers.stream().map(StockSaleIT::id).distinct()).hasSize(1);
    }
    assertThat(numbers(sale, "a")).isEqualTo("100 = 90 + 10 + 0");
    nothingIsFound(sale);
  }

  @Test
  void aHundredUnitsAndAThousandBuyersAreAHundredReservations() {
    String sale = sale("HOT", 100, "a");
    List<Answer> answers = new ArrayList<>();
    for (int wave = 0; wave < 5; wave++) {
      int first = wave * 200;
      answers.addAll(
          all(
              IntStream.range(first, first + 200)
                  .mapToObj(i -> reserve(i % REPLICAS, sale, "buyer-" + i, "k", line("a", 1)))));
    }
    assertThat(labels(answers)).filteredOn("201"::equals).hasSize(100);
    assertThat(labels(answers)).filteredOn("409 insufficient-stock"::equals).hasSize(900);
    assertThat(numbers(sale, "a")).isEqualTo("100 = 0 + 100 + 0");
    nothingIsFound(sale);
  }

  /** Who reserved at a replica that is dead now pays, gives back, or lets time run out. */
  @ParameterizedTest
  @ValueSource(strings = {"HOT", "CONDITIONAL"})
  void whatAKilledReplicaHasReservedIsConfirmedAndGivenBackAtAnother(String strategy) {
    String sale = sale(strategy, 10, "a");
    String paid = id(reserve(0, sale, "alice", "k", line("a", 2)).join());
    String given = id(reserve(0, sale, "bob", "k", line("a", 3)).join());
    String late =
        id(
            site.gateway()
                .reserve(0, sale, "carol", "k", line("a", 1) + ",\"ttlSeconds\":2")
                .join());
    site.replicas().get(0).kill();

    assertThat(operate(1, sale, paid, "confirm").label()).isEqualTo("200");
    assertThat(operate(2, sale, paid, "confirm").label()).isEqualTo("200");
    assertThat(operate(2, sale, given, "cancel").label()).isEqualTo("200");
    assertThat(operate(3, sale, given, "cancel").label()).isEqualTo("200");
    assertThat(operate(3, sale, given, "confirm").label()).isEqualTo("409 reservation-cancelled");
    await("the end of what nobody paid")
        .atMost(SOON)
        .until(() -> numbers(1, sale, "a").equals("10 = 8 + 0 + 2"));
    assertThat(operate(1, sale, late, "confirm").label()).isEqualTo("409 reservation-expired");
    // Asking again is told the same, whoever is asked.
    assertThat(id(reserve(1, sale, "alice", "k", line("a", 2)).join())).isEqualTo(paid);
    nothingIsFound(1, sale);
  }

  /** Time runs out while nobody is there to look. */
  @Test
  void whatWasHeldEndsThoughEveryReplicaWasDown() {
    String sale = sale("HOT", 10, "a");
    reserve(0, sale, "alice", "k", line("a", 4) + ",\"ttlSeconds\":1").join();
    assertThat(numbers(sale, "a")).isEqualTo("10 = 6 + 4 + 0");
    site.replicas().forEach(Replica::kill);
    site.run(REPLICAS);

    // A key that was refused too early stays refused.
    AtomicInteger tries = new AtomicInteger();
    await("all of it is available")
        .atMost(SOON)
        .until(
            () ->
                reserve(0, sale, "bob", "k" + tries.incrementAndGet(), line("a", 10))
                    .join()
                    .label()
                    .equals("201"));
    assertThat(numbers(sale, "a")).isEqualTo("10 = 0 + 10 + 0");
    nothingIsFound(sale);
  }

  private static String sale(String strategy, long quantity, String... items) {
    String sale = "stock-" + ++sales;
    created(
        site.gateway()
            .operate(0, "POST", "/sales", "{\"id\":\"%s\",\"name\":\"Sale\"}".formatted(sale)));
    for (String item : items) {
      created(
          site.gateway()
              .operate(
                  0,
                  "POST",
                  "/sales/" + sale + "/items",
                  "{\"id\":\"%s\",\"name\":\"Item\",\"quantity\":%d,\"strategy\":\"%s\"}"
                      .formatted(item, quantity, strategy)));
    }
    return sale;
  }

  private static void created(Answer answer) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(201);
  }

  private static CompletableFuture<Answer> reserve(
      int replica, String sale, String user, String key, String items) {
    return site.gateway().reserve(replica, sale, user, key, items);
  }

  private static String line(String item, long quantity) {
    return "[" + one(item, quantity) + "]";
  }

  private static String one(String item, long quantity) {
    return "{\"itemId\":\"%s\",\"quantity\":%d}".formatted(item, quantity);
  }

  private static List<Answer> all(Stream<CompletableFuture<Answer>> asked) {
    List<CompletableFuture<Answer>> answers = asked.toList();
    return answers.stream().map(CompletableFuture::join).toList();
  }

  private static List<String> labels(List<Answer> answers) {
    return answers.stream().map(Answer::label).toList();
  }

  private static String id(Answer answer) {
    assertThat(answer.status()).as("%s", answer).isEqualTo(201);
    return JsonPath.from(answer.body()).getString("id");
  }

  private static Answer operate(int replica, String sale, String id, String what) {
    return site.gateway()
        .operate(replica, "POST", "/sales/" + sale + "/reservations/" + id + "/" + what, "");
  }

  private static String numbers(String sale, String item) {
    return numbers(0, sale, item);
  }

  /** Total, and what it is made of. */
  private static String numbers(int replica, String sale, String item) {
    JsonPath numbers =
        JsonPath.from(
            site.gateway().read(replica, "/api/v1/sales/" + sale + "/items/" + item).body());
    return "%d = %d + %d + %d"
        .formatted(
            numbers.getLong("total"),
            numbers.getLong("available"),
            numbers.getLong("held"),
            numbers.getLong("sold"));
  }

  private static void nothingIsFound(String sale) {
    nothingIsFound(0, sale);
  }

  /** Redis, MySQL, reservations and restocks tell the same. */
  private static void nothingIsFound(int replica, String sale) {
    await("the ledger of the sale")
        .atMost(SOON)
        .until(() -> site.servers().ledgerEntries(Keys.sale(sale)) == 0);
    Answer audit = site.gateway().operate(replica, "GET", "/admin/audit/sales/" + sale, "");
    JsonPath report = JsonPath.from(audit.body());
    assertThat(report.getBoolean("compared")).as(audit.body()).isTrue();
    assertThat(report.getList("findings")).as(audit.body()).isEmpty();
  }
}

package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.firstcome.local.LocalPrometheus;
import io.firstcome.watch.Picture;
import io.firstcome.watch.Watch;
import io.firstcome.watch.Watch.Query;
import io.restassured.path.json.JsonPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * A sale in which MySQL goes away and Redis loses its data afterwards, watched by a real Prometheus
 * with the rules as they are deployed: every query of rules and dashboard has something to tell.
 * Leaves the picture {@code target/watched/sale.svg}, drawn from what Prometheus told.
 */
@Timeout(300)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WatchedSaleIT {
  private static final int REPLICAS = 2;
  private static final int UNITS = 5_000;
  private static final int USERS = 9_000;
  private static final int USERS_A_TICK = 100;
  private static final String STOCK = "shoes";
  private static final AtomicInteger BUYERS = new AtomicInteger();
  private static final Duration TICK = Duration.ofMillis(250);

  /** What the dashboard shows of a sale, in the order of reading. */
  private static final List<String> PICTURED =
      List.of(
          "Claims per second by outcome",
          "Remaining",
          "Time to sell out",
          "Response time",
          "Ledger",
          "Ledger lag",
          "Drained",
          "Redis and MySQL",
          "Invariants");

  private static final String LOADED_AGAIN =
      "firstcome_coupon_loads_total\\{.*outcome=\"again\".*} [1-9].*";

  private static Site site;
  private static LocalPrometheus prometheus;
  private static String coupon;
  private static Instant from;
  private static Instant soldOut;

  /** All there is to see, and the failures whose metrics a healthy sale does not have. */
  @BeforeAll
  static void sell() throws InterruptedException {
    site = new Site(WatchedSaleIT.class);
    site.run(REPLICAS);
    prometheus = site.prometheus();
    if (prometheus != null) {
      awaitTold("sum(up{job=\"firstcome\"}) == " + REPLICAS);
    }
    // What a cold replica needs for its first claims is not what is to be seen.
    Sale warmUp = site.sale(site.coupon(1), 2_000).letAllIn();
    site.awaitEnd(warmUp);
    awaitTold("sum(rate(firstcome_claims_total{job=\"firstcome\"}[10s])) == 0");

    from = Instant.now();
    String opensAt = Instant.now().plus(Duration.ofMinutes(4)).toString();
    operated(
        "/coupons",
        "{\"id\":\"next\",\"name\":\"Next\",\"quantity\":100,\"opensAt\":\"%s\"}"
            .formatted(opensAt));

    operated("/coupons", "{\"id\":\"pool\",\"name\":\"Pool\",\"quantity\":9,\"codes\":\"POOL\"}");
    operated(
        "/queues",
        "{\"id\":\"booth\",\"name\":\"Booth\",\"event\":\"fair\",\"mode\":\"CALLED\",\"capacity\":9}");
    operated("/sales", "{\"id\":\"%s\",\"name\":\"Shoes\"}".formatted(STOCK));
    operated("/sales/" + STOCK + "/items", "{\"id\":\"a\",\"name\":\"Shoe\",\"quantity\":1000}");
    coupon = site.coupon(UNITS);
    Sale sale = site.sale(coupon, USERS);
    ScheduledExecutorService arrivals = Executors.newSingleThreadScheduledExecutor();
    try {
      arrivals.scheduleAtFixedRate(
          () -> {
            sale.letIn(USERS_A_TICK);
            buy(site.gateway());
          },
          0,
          TICK.toMillis(),
          TimeUnit.MILLISECONDS);
      site.awaitHolders(sale, UNITS / 4);
      site.servers().mysql().stop();
      try {
        awaitExported("firstcome_mysql_up 0\\.0");
        awaitExported("firstcome_mysql_errors_total\\{.*");
        awaitTold("ALERTS{alertname=\"FirstcomeMySqlAway\"}");
      } finally {
        site.servers().mysql().startAgain();
      }
      site.awaitEnd(sale);
    } finally {
      arrivals.shutdownNow();
    }
    Audit.soldOut(site.servers(), sale, UNITS);
    awaitExported("firstcome_mysql_up 1\\.0");
    awaitTold("sum(firstcome:ledger_entries) == 0");
    soldOut = Instant.now();

    site.servers().flushAll();
    await("the sale to be loaded again")
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              // From memory at first, until the gate looks again and finds nothing.
              String label = site.gateway().claim(0, coupon, "late").join().label();
              return label.equals("409 sold-out")
                  && site.metrics(0).lines().anyMatch(line -> line.matches(LOADED_AGAIN));
            });
    for (String path : List.of("/sales/" + STOCK + "/items/a", "/coupons/pool", "/queues/booth")) {
      await(path + " to be loaded again")
          .atMost(Duration.ofSeconds(30))
          .until(() -> site.gateway().read(0, "/api/v1" + path).status() == 200);
    }
    awaitTold("sum(firstcome_coupon_loads_total{job=\"firstcome\", outcome=\"again\"}) > 0");
    // A rate takes two scrapes.
    awaitTold("sum(rate(firstcome_claims_total{job=\"firstcome\", outcome=\"loading\"}[1m])) >= 0");
    awaitExported("firstcome_expected_claimants 1000\\.0");
  }

  private static void operated(String path, String body) {
    Answer answer = site.gateway().operate(0, "POST", path, body);
    assertThat(answer.status()).as("%s", answer).isEqualTo(201);
  }

  /** Every other one is paid for. */
  private static void buy(Gateway gateway) {
    int buyer = BUYERS.incrementAndGet();
    gateway
        .reserve(0, STOCK, "buyer-" + buyer, "k", "[{\"itemId\":\"a\",\"quantity\":1}]")
        .thenAccept(
            answer -> {
              if (answer.status() == 201 && buyer % 2 == 0) {
                String id = JsonPath.from(answer.body()).getString("id");
                gateway.operate(
                    0, "POST", "/sales/" + STOCK + "/reservations/" + id + "/confirm", "");
              }
            });
  }

  @AfterAll
  static void close() {
    if (prometheus != null) {
      prometheus.close();
    }
    site.close();
  }

  /** Waits until every replica exports such a line. */
  private static void awaitExported(String line) {
    await(line)
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                IntStream.range(0, REPLICAS)
                    .allMatch(i -> site.metrics(i).lines().anyMatch(l -> l.matches(line))));
  }

  /** Needs no Prometheus: what is asked for is exported by the service under its very name. */
  @Test
  @Order(1)
  void everyMetricThatIsWatchedIsExported() {
    assertThat(watched()).isNotEmpty();
    // Redis has just forgotten who drains what; some gauges come back with the next drainer.
    await("all metrics")
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(exported()).containsAll(watched()));
  }

  private static Set<String> exported() {
    return IntStream.range(0, REPLICAS)
        .mapToObj(site::metrics)
        .flatMap(String::lines)
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.split("[ {]", 2)[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> watched() {
    return Stream.of(
            Watch.dashboard(),
            Watch.expressions("record"),
            Watch.expressions("alert"),
            List.of(Watch.variable()))
        .flatMap(List::stream)
        .flatMap(query -> query.metrics().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  @Order(2)
  void everyQueryOfTheDashboardReturnsData() {
    needsPrometheus();
    List<Query> queries = new ArrayList<>(Watch.dashboard());
    queries.add(Watch.variable());
    assertThat(queries).filteredOn(query -> !hasData(query.expression())).isEmpty();
  }

  @Test
  @Order(3)
  void everyRuleIsEvaluatedAndHasSomethingToJudge() {
    needsPrometheus();
    for (JsonNode group : prometheus.rules()) {
      for (JsonNode rule : group.get("rules")) {
        assertThat(rule.get("health").asText()).as("%s", rule).isEqualTo("ok");
      }
    }
    List<Query> queries = new ArrayList<>(Watch.expressions("record"));
    // An alert is silent when all is well; its two sides are not.
    Watch.expressions("alert")
        .forEach(alert -> queries.add(new Query(alert.where(), alert.unfiltered())));
    // What is recorded from a rate comes one evaluation after it.
    await("something to judge")
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(queries).filteredOn(query -> !hasData(query.expression())).isEmpty());
  }

  @Test
  @Order(4)
  void theLossOfRedisRaisesItsAlertAndNothingElseSaysThatSomethingIsWrongWithTheCoupons() {
    needsPrometheus();
    awaitTold("ALERTS{alertname=\"FirstcomeRedisLostState\", alertstate=\"firing\"}");
    assertThat(alerts("firing"))
        .doesNotContain(
            "FirstcomeDown",
            "FirstcomeInvariantViolated",
            "FirstcomeStockDoesNotAddUp",
            "FirstcomeAuditFinds",
            "FirstcomeAuditStuck",
            "FirstcomeDeadLetters",
            "FirstcomeSoldOutWithUnitsLeft",
            "FirstcomeFewReplicasBeforeOpening");
  }

  @Test
  @Order(5)
  void theSaleIsDrawn() throws IOException {
    needsPrometheus();
    Picture picture = new Picture(from, soldOut);
    for (String title : PICTURED) {
      Watch.Panel panel =
          Watch.panels(coupon).stream()
              .filter(p -> p.title().equals(title))
              .findFirst()
              .orElseThrow();
      picture.add(
          panel,
          panel.lines().stream()
              .map(line -> prometheus.range(line.query().expression(), from, soldOut))
              .toList());
    }
    String svg =
        picture.svg(
            "A sale, as Prometheus saw it",
            ("%,d units, %d users per second, %d replicas; MySQL is stopped during the sale. Panels"
                    + " of deploy/grafana/firstcome.json, drawn by WatchedSaleIT.")
                .formatted(UNITS, USERS_A_TICK * 1_000 / TICK.toMillis(), REPLICAS));
    Path file = Path.of("target", "watched", "sale.svg");
    Files.createDirectories(file.getParent());
    Files.writeString(file, svg);
    assertThat(svg.split("<path ", -1)).hasSizeGreaterThan(PICTURED.size());
  }

  private static Set<String> alerts(String state) {
    Set<String> names = new TreeSet<>();
    for (JsonNode series : range("ALERTS{alertstate=\"" + state + "\"}")) {
      names.add(series.at("/metric/alertname").asText());
    }
    return names;
  }

  private static void needsPrometheus() {
    assumeThat(prometheus).as("prometheus is not installed").isNotNull();
  }

  private static boolean hasData(String expression) {
    for (JsonNode series : range(expression)) {
      if (series.get("values").size() > 0) {
        return true;
      }
    }
    return false;
  }

  private static JsonNode range(String expression) {
    return prometheus.range(expression, from, Instant.now());
  }

  /**
   * Waits until a condition yields something; without a Prometheus there is nothing to wait for.
   */
  private static void awaitTold(String condition) {
    if (prometheus != null) {
      told(condition).until(() -> prometheus.query(condition).size() > 0);
    }
  }

  private static ConditionFactory told(String condition) {
    return await(condition).atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(200));
  }
}

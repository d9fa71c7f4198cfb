package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.firstcome.local.LocalPrometheus;
import io.firstcome.stock.model.Strategy;
import io.firstcome.watch.Watch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;

/**
 * What a real Prometheus sees of the first second of a replica: a counter that appears with its
 * first events has no increase, so that a short sale, or one that fails at once, would not be
 * there.
 */
@Tag("strangers")
@Timeout(240)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FreshReplicaIT {
  private static final int UNITS = 1_000;
  private static final int USERS = 1_500;
  private static final Duration SALE = Duration.ofMillis(1_250);
  private static final Duration TICK = Duration.ofMillis(50);
  private static final int REFUSED = 300;
  private static final String STOCK = "shoes";
  private static final Pattern BUILDER =
      Pattern.compile("\\b(Counter|Timer|DistributionSummary)\\s*\\.builder\\(([^)]*)\\)");

  /** Names that are put together: the expression in the source, and what it yields. */
  private static final Map<String, List<String>> PUT_TOGETHER =
      Map.of(
          "name",
          List.of("firstcome.claim.duration", "firstcome.rehearsal.claim.duration"),
          "\"firstcome.\" + noun + \".loads\"",
          List.of("firstcome.coupon.loads", "firstcome.sale.loads"));

  private static Site site;
  private static LocalPrometheus prometheus;
  private static String failing;
  private static String sold;

  @BeforeAll
  static void start() {
    site = new Site(FreshReplicaIT.class, "--appendonly", "yes", "--appendfsync", "always");
    // The first one of all migrates the schema, and MySQL refuses to tell it of a history.
    site.run(1).replicas().get(0).close();
    site.run(1);
  }

  @AfterAll
  static void close() {
    if (prometheus != null) {
      prometheus.close();
    }
    site.close();
  }

  /** The kind: whoever adds a counter finds here that it must be there before it counts. */
  @Test
  @Order(1)
  void everyCounterAndHistogramOfTheCodeIsThereAtZero() throws IOException {
    String metrics = site.metrics(0);
    for (String name : registered()) {
      List<String> series =
          metrics
              .lines()
              .filter(line -> line.matches(name + "(\\{.*|) .*"))
              .filter(line -> !line.startsWith("#"))
              .toList();
      assertThat(series)
          .as("series of %s on a replica that has just started", name)
          .isNotEmpty()
          .allMatch(line -> line.endsWith(" 0.0") || line.endsWith(" 0"));
    }
    assertThat(labels(metrics, "firstcome_claims_total", "outcome"))
        .contains("issued", "sold-out", "redis-unavailable", "overloaded", "unauthenticated");
    assertThat(labels(metrics, "firstcome_rehearsal_claims_total", "outcome"))
        .isEqualTo(labels(metrics, "firstcome_claims_total", "outcome"));
    Set<String> strategies =
        labels(metrics, "firstcome_reservation_duration_seconds_count", "strategy");
    assertThat(strategies).hasSize(Strategy.values().length);
    assertThat(labels(metrics, "firstcome_reservations_total", "strategy"))
        .containsAll(strategies)
        .contains("none");
    assertThat(labels(metrics, "firstcome_reservations_total", "outcome"))
        .contains("granted", "partial", "insufficient-stock", "redis-unavailable", "malformed");
    assertThat(labels(metrics, "firstcome_mysql_errors_total", "code"))
        .contains("timeout", "connection", "other", "1205", "1213", "1290", "1062");
    assertThat(labels(metrics, "firstcome_limit_refused_total", "limit"))
        .containsExactly("address", "code-caller", "code-coupon", "user", "visitor");
  }

  /** The names under which Prometheus reads what the sources register. */
  private static Set<String> registered() throws IOException {
    Set<String> names = new TreeSet<>();
    try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
      for (Path source : sources.filter(path -> path.toString().endsWith(".java")).toList()) {
        if (source.endsWith("OutboxReader.java")) {
          // There is one for each subscriber, and none subscribes.
          continue;
        }
        String text = Files.readString(source);
        assertThat(text)
            .as("%s registers without a builder, which this test does not find", source)
            .doesNotContainPattern(
                "[rR]egistry\\.(counter|timer|summary)\\(|metrics\\.(counter|timer|summary)\\(");
        Matcher builder = BUILDER.matcher(text);
        while (builder.find()) {
          String argument = builder.group(2).trim();
          Collection<String> meters =
              argument.matches("\"[a-z.]+\"")
                  ? List.of(argument.substring(1, argument.length() - 1))
                  : PUT_TOGETHER.get(argument);
          assertThat(meters).as("names of %s in %s", argument, source).isNotNull();
          String suffix =
              switch (builder.group(1)) {
                case "Counter" -> "_total";
                case "Timer" -> "_seconds_count";
                default -> "_count";
              };
          meters.forEach(meter -> names.add(meter.replace('.', '_') + suffix));
        }
      }
    }
    assertThat(names).contains("firstcome_claims_total", "firstcome_drain_duration_seconds_count");
    return names;
  }

  private static Set<String> labels(String metrics, String name, String label) {
    Set<String> values = new TreeSet<>();
    Matcher matcher =
        Pattern.compile("^" + name + "\\{[^}]*\\b" + label + "=\"([^\"]*)\"", Pattern.MULTILINE)
            .matcher(metrics);
    while (matcher.find()) {
      values.add(matcher.group(1));
    }
    return values;
  }

  @Test
  @Order(2)
  void aCouponIsThereAtZeroOnEveryReplicaAsSoonAsItIsCreated() {
    failing = site.coupon(UNITS);
    sold = site.coupon(UNITS);
    site.gateway()
        .operate(0, "POST", "/sales", "{\"id\":\"%s\",\"name\":\"Shoes\"}".formatted(STOCK));
    site.gateway()
        .operate(
            0,
            "POST",
            "/sales/" + STOCK + "/items",
            "{\"id\":\"a\",\"name\":\"Shoe\",\"quantity\":1000}");
    // Long before it would be looked for: the scripts announce it.
    awaitThere(0, failing, Duration.ofSeconds(2));
    awaitThere(0, sold, Duration.ofSeconds(2));
    // One that starts now has looked for it before it listens.
    site.run(2);
    assertThat(site.metrics(1)).contains(issued(failing)).contains(issued(sold));
    String another = site.coupon(1);
    awaitThere(0, another, Duration.ofSeconds(2));
    awaitThere(1, another, Duration.ofSeconds(2));
  }

  private static void awaitThere(int replica, String coupon, Duration atMost) {
    await(coupon + " at replica " + replica)
        .atMost(atMost)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> site.metrics(replica).contains(issued(coupon)));
  }

  private static String issued(String coupon) {
    return "firstcome_claims_total{coupon=\"%s\",outcome=\"issued\"} 0.0".formatted(coupon);
  }

  @Test
  @Order(3)
  void anOpeningThatFailsAtOnceRaisesTheAlerts() {
    watch();
    site.servers().redis().stop();
    try {
      List<CompletableFuture<Answer>> answers = new ArrayList<>();
      for (int i = 0; i < REFUSED; i++) {
        answers.add(site.gateway().claim(i % 2, failing, "u" + i));
        answers.add(
            site.gateway()
                .reserve(i % 2, STOCK, "u" + i, "k", "[{\"itemId\":\"a\",\"quantity\":1}]"));
      }
      assertThat(answers).allMatch(answer -> answer.join().status() == 503);
      told("ALERTS{alertname=\"FirstcomeClaimsFail\", alertstate=\"firing\"}");
      told("ALERTS{alertname=\"FirstcomeReservationsFail\", alertstate=\"firing\"}");
      assertThat(
              increase(
                  "firstcome_claims_total{coupon=\"%s\",outcome!=\"issued\"}".formatted(failing)))
          .isEqualTo(REFUSED);
    } finally {
      site.servers().redis().startAgain();
    }
  }

  @Test
  @Order(4)
  void aSaleOfLittleMoreThanASecondIsSeenInFull() throws InterruptedException {
    watch();
    String claims = "firstcome_claims_total{coupon=\"" + sold + "\"}";
    awaitServing();
    assertThat(number("sum(" + claims + ")")).isZero();
    Sale sale = site.sale(sold, USERS);
    ScheduledExecutorService arrivals = Executors.newSingleThreadScheduledExecutor();
    try {
      int ticks = (int) (SALE.toMillis() / TICK.toMillis());
      arrivals.scheduleAtFixedRate(
          () -> sale.letIn(USERS / ticks), 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
      site.awaitEnd(sale);
    } finally {
      arrivals.shutdownNow();
    }
    long again = sale.answers("503");
    told("sum(" + claims + ") == " + (USERS + again));
    assertThat(increase("firstcome_claims_total{coupon=\"%s\",outcome=\"issued\"}".formatted(sold)))
        .isEqualTo(UNITS);
    assertThat(
            increase("firstcome_claims_total{coupon=\"%s\",outcome=\"sold-out\"}".formatted(sold)))
        .isEqualTo(USERS - UNITS);
    // Not NaN, and no constant either.
    told("firstcome:claim_duration_seconds:p99_1m > 0");
    told("firstcome:coupon_issued:rate1m{coupon=\"" + sold + "\"} > 0");
    assertThat(number(autoscaler())).as("what KEDA scales by").isPositive();
  }

  /** Claims go on where Redis has started again; what it had is verified or loaded then. */
  private static void awaitServing() {
    IntStream.range(0, 2)
        .forEach(
            replica ->
                await("replica " + replica)
                    .atMost(Duration.ofSeconds(30))
                    .until(
                        () ->
                            site.gateway().claim(replica, failing, "late").join().status() != 503));
  }

  private static void watch() {
    if (prometheus == null) {
      prometheus = site.prometheus();
      assumeThat(prometheus).as("prometheus is not installed").isNotNull();
      told(
          "count(firstcome_claims_total{coupon=\"%s\",outcome=\"issued\"} == 0) == 2"
              .formatted(sold));
    }
  }

  private static void told(String condition) {
    await(condition)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> prometheus.query(condition).size() > 0);
  }

  private static double number(String promQl) {
    return prometheus.number(promQl, System.currentTimeMillis() / 1e3);
  }

  /**
   * By how much these counters have grown in the last minutes, as Prometheus computes it. Each is
   * asked for at its last sample: later it would be extrapolated.
   */
  private static double increase(String selector) {
    double sum = 0;
    for (JsonNode series : prometheus.query("timestamp(" + selector + ")")) {
      StringBuilder one = new StringBuilder("firstcome_claims_total{");
      series
          .get("metric")
          .fields()
          .forEachRemaining(
              label -> one.append(label.getKey() + "=\"" + label.getValue().asText() + "\","));
      sum += prometheus.number("increase(" + one + "}[5m])", series.get("value").get(1).asDouble());
    }
    return sum;
  }

  @SuppressWarnings("unchecked")
  private static String autoscaler() {
    Map<String, Object> file =
        (Map<String, Object>) Watch.yaml(Path.of("deploy/k8s/components/keda/scaledobject.yaml"));
    return ((List<Map<String, Object>>) ((Map<String, Object>) file.get("spec")).get("triggers"))
        .stream()
            .filter(trigger -> "decisions-per-second".equals(trigger.get("name")))
            .map(trigger -> ((Map<String, String>) trigger.get("metadata")).get("query"))
            .findFirst()
            .orElseThrow()
            .replace(",namespace=\"firstcome\"", "");
  }
}

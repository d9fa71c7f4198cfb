package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.firstcome.local.LocalPrometheus;
import io.firstcome.watch.Watch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Where a test class sells: servers of its own, and replicas over them behind a gateway. */
final class Site implements AutoCloseable {
  static final String SECRET = "gateway-secret-of-the-sale-tests";

  /** 32 bytes. */
  private static final String CODES_KEY = "b25seS1mb3ItZGV2ZWxvcG1lbnQtbm8tc2VjcmV0ISE=";

  private static final Duration END_TIMEOUT = Duration.ofSeconds(60);
  private static final int IN_FLIGHT = 128;

  /** Another one where the same tests run at the same time, on other servers. */
  private static final Path FOLDER = Path.of(System.getProperty("firstcome.test.output", "target"));

  private final String name;
  private final Map<String, String> settings = new HashMap<>();
  private final Servers servers;
  private final List<Replica> replicas = new ArrayList<>();
  private int started;
  private int coupons;

  /**
   * Starts the servers.
   *
   * @param test for the folder of the logs
   * @param redisArgs of the server of Redis
   */
  Site(Class<?> test, String... redisArgs) {
    this.name = test.getSimpleName();
    this.servers = Servers.start(redisArgs);
    settings.putAll(servers.settings());
    settings.put("firstcome.identity", "header");
    settings.put("firstcome.gateway.secrets", SECRET);
    settings.put("firstcome.pass.secrets", "site:" + SECRET.repeat(4));
    settings.put("firstcome.codes.keys", CODES_KEY);
    // When Redis is slow here, the machine is.
    settings.put("firstcome.redis.timeout", "15s");
  }

  /** A setting of all replicas that are started from now on. */
  Site with(String setting, String value) {
    settings.put(setting, value);
    return this;
  }

  Servers servers() {
    return servers;
  }

  /** Brings the number of running replicas up to this, at once, and waits for them. */
  Site run(int number) {
    replicas.removeIf(replica -> !replica.isRunning());
    List<Replica> fresh = new ArrayList<>();
    while (replicas.size() < number) {
      fresh.add(launch("replica-" + ++started, Map.of()));
    }
    fresh.forEach(Replica::awaitListening);
    return this;
  }

  /**
   * Starts a replica and does not wait for it.
   *
   * @param own settings of its own
   */
  Replica launch(String as, Map<String, String> own) {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(own);
    all.values().removeIf(String::isEmpty);
    Replica replica = Replica.start(FOLDER.resolve("sale").resolve(name).resolve(as), all);
    replicas.add(replica);
    return replica;
  }

  List<Replica> replicas() {
    return replicas;
  }

  /** In front of the replicas that run now. */
  Gateway gateway() {
    return Gateway.of(replicas, SECRET);
  }

  /** The metrics of this replica, as Prometheus reads them. */
  String metrics(int replica) {
    return gateway().manage(replica, "/q/metrics").body();
  }

  /**
   * Starts a Prometheus as it is deployed, but for where the replicas that run now are found, and
   * once a second; null where the machine has none.
   */
  @SuppressWarnings("unchecked")
  LocalPrometheus prometheus() {
    if (LocalPrometheus.program("prometheus").isEmpty()) {
      System.out.println("prometheus is not installed: no query is run");
      return null;
    }
    Map<String, Object> config = (Map<String, Object>) Watch.yaml(Watch.PROMETHEUS);
    config.put("global", Map.of("scrape_interval", "1s", "evaluation_interval", "1s"));
    config.put("rule_files", List.of(Watch.RULES.toAbsolutePath().toString()));
    Map<String, Object> job = ((List<Map<String, Object>>) config.get("scrape_configs")).get(0);
    job.remove("dns_sd_configs");
    List<String> targets =
        replicas.stream().map(replica -> replica.management().getAuthority()).toList();
    job.put("static_configs", List.of(Map.of("targets", targets)));
    try {
      return LocalPrometheus.start(new ObjectMapper().writeValueAsString(config));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Creates a coupon that is open; returns its id. */
  String coupon(int quantity) {
    return coupon(quantity, "");
  }

  /**
   * Creates a coupon that is open; returns its id.
   *
   * @param more of its definition, JSON that begins with a comma, or empty
   */
  String coupon(int quantity, String more) {
    String id = "sale-" + ++coupons;
    Answer created =
        gateway()
            .operate(
                0,
                "POST",
                "/coupons",
                "{\"id\":\"%s\",\"name\":\"Sale\",\"quantity\":%d%s}"
                    .formatted(id, quantity, more));
    assertThat(created.status()).as("%s", created).isEqualTo(201);
    return id;
  }

  /** A crowd in front of the gateway; nobody is let in yet. */
  Sale sale(String couponId, int users) {
    return new Sale(gateway(), couponId, users, IN_FLIGHT).start();
  }

  /** Waits until so many users of a sale hold a unit. */
  void awaitHolders(Sale sale, int number) {
    await("%d holders; %s".formatted(number, sale))
        .atMost(END_TIMEOUT)
        .pollInterval(Duration.ofMillis(2))
        .conditionEvaluationListener(null)
        .until(() -> sale.held().size() >= number);
  }

  /** Waits until so many users of a sale have an answer. */
  void awaitAnswered(Sale sale, int number) {
    await("%d answered".formatted(number))
        .atMost(END_TIMEOUT)
        .pollInterval(Duration.ofMillis(2))
        .untilAsserted(() -> assertThat(sale.answered()).as(sale::toString).isEqualTo(number));
  }

  /** Waits until every user of a sale has an answer. */
  void awaitEnd(Sale sale) throws InterruptedException {
    assertThat(sale.awaitEnd(END_TIMEOUT)).as(sale::toString).isTrue();
  }

  /** The replica that drains a coupon's ledger: it alone exports the gauges of it. */
  Replica drainer(String couponId) {
    return await("a drainer of " + couponId)
        .atMost(10, TimeUnit.SECONDS)
        .until(
            () ->
                IntStream.range(0, replicas.size())
                    .filter(i -> metric(i, "firstcome_ledger_entries", couponId) >= 0)
                    .mapToObj(replicas::get)
                    .findFirst()
                    .orElse(null),
            replica -> replica != null);
  }

  /** The greatest that any replica says of a ledger, or -1. */
  double metric(String metric, String couponId) {
    return IntStream.range(0, replicas.size())
        .mapToDouble(i -> metric(i, metric, couponId))
        .max()
        .orElse(-1);
  }

  private double metric(int replica, String metric, String couponId) {
    return metrics(replica)
        .lines()
        .filter(line -> line.startsWith(metric + "{"))
        .filter(line -> line.contains("ledger=\"" + couponId + "\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(-1);
  }

  @Override
  public void close() {
    replicas.forEach(Replica::close);
    servers.close();
  }
}

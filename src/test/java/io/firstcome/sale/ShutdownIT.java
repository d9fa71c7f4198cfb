package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.Operation;
import io.firstcome.live.Watcher;
import io.restassured.path.json.JsonPath;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A replica is asked to end (SIGTERM), as in every rolling update. */
@Timeout(120)
class ShutdownIT {
  private static final Duration ENDS_WITHIN = Duration.ofSeconds(20);

  /** {@code quarkus.shutdown.timeout} is 10 s. */
  private static final Duration LESS_THAN_REQUESTS_ARE_WAITED_FOR = Duration.ofSeconds(8);

  private static final int SIGTERM_STATUS = 128 + 15;
  private static final int REQUESTS = 20;
  private static final int UNITS = 1_000;

  private static Site site;

  @BeforeAll
  static void open() {
    site = new Site(ShutdownIT.class);
  }

  @AfterAll
  static void close() {
    site.close();
  }

  @Test
  void whatIsInFlightIsAnsweredAndWhatWaitsIsWrittenBeforeItEnds() {
    // On any free port, both servers would have one gauge of the requests in flight: the second's
    // are not counted. A port that is set tells them apart, and one is enough.
    Map<String, String> port = Map.of("quarkus.http.port", String.valueOf(Nginx.freePort()));
    Replica replica = site.launch("asked-to-end", port).awaitListening();
    String coupon = site.coupon(100);
    Gateway gateway = site.gateway();
    List<CompletableFuture<Answer>> inFlight;
    List<Operation> operations = operations(gateway);
    try {
      site.servers().mysql().suspend();
      assertThat(labels(ask(gateway, coupon, "early-"))).containsOnly("201");
      assertThat(site.servers().ledgerEntries(coupon)).isPositive();
      site.servers().redis().suspend();
      inFlight = ask(gateway, coupon, "late-");
      await("requests in flight").until(() -> activeRequests(gateway) >= REQUESTS);
      replica.terminate();
      // Of Quarkus, when it has begun to end.
      await("the end's begin")
          .until(() -> replica.output().contains("Waiting for HTTP requests to complete"));
      assertThat(labels(List.of(gateway.claim(0, coupon, "too-late"))))
          .containsExactly("503 shutting-down");
      // At once: what is in flight is waited for, but not for long.
      List<CompletableFuture<String>> refusals =
          operations.stream()
              .map(operation -> CompletableFuture.supplyAsync(() -> call(gateway, operation)))
              .toList();
      for (int i = 0; i < refusals.size(); i++) {
        assertThat(operations.get(i).statuses()).as("%s", operations.get(i)).contains("503");
        assertThat(refusals.get(i).join())
            .as("%s", operations.get(i))
            .isEqualTo("503 shutting-down");
      }
    } finally {
      site.servers().redis().resume();
      site.servers().mysql().resume();
    }

    assertThat(labels(inFlight)).containsOnly("201");
    assertThat(replica.awaitExit(ENDS_WITHIN)).isIn(0, SIGTERM_STATUS);
    assertThat(site.servers().ledgerEntries(coupon)).isZero();
    assertThat(site.servers().drainLease(coupon)).isEmpty();
    assertThat(replica.complaints()).isEmpty();
    Audit.stores(site.servers(), coupon, 2 * REQUESTS);
  }

  @Test
  void anOpenStreamOfLiveNumbersHeldUpTheEnd() {
    Replica replica = site.run(1).replicas().get(0);
    String coupon = site.coupon(1);
    try (Watcher watcher =
        new Watcher(replica.uri().resolve("/api/v1/coupons/" + coupon + "/live"))) {
      await("the stream").until(() -> watcher.events().size() == 1);
      replica.terminate();
      assertThat(replica.awaitExit(LESS_THAN_REQUESTS_ARE_WAITED_FOR)).isIn(0, SIGTERM_STATUS);
      await("the stream's end").until(watcher::hasEnded);
    }
    assertThat(replica.complaints()).isEmpty();
  }

  @Test
  void endingInMidSaleIsNoMoreThanARetry() throws InterruptedException {
    site.run(2);
    Sale sale = site.sale(site.coupon(UNITS), 1_500).letIn(700);
    site.awaitHolders(sale, 200);
    Replica drainer = site.drainer(sale.couponId());
    String lease = site.servers().drainLease(sale.couponId());
    drainer.terminate();
    sale.letAllIn();
    assertThat(drainer.awaitExit(ENDS_WITHIN)).isIn(0, SIGTERM_STATUS);
    assertThat(site.servers().drainLease(sale.couponId())).isNotEqualTo(lease);
    site.awaitEnd(sale);
    Audit.soldOut(site.servers(), sale, UNITS);
  }

  private static List<CompletableFuture<Answer>> ask(Gateway gateway, String coupon, String user) {
    return IntStream.range(0, REQUESTS).mapToObj(i -> gateway.claim(0, coupon, user + i)).toList();
  }

  private static List<Operation> operations(Gateway gateway) {
    return Operation.of(JsonPath.from(gateway.manage(0, "/q/openapi?format=json").body()));
  }

  private static String call(Gateway gateway, Operation operation) {
    String path = operation.ofNothing().substring("/api/v1".length());
    return gateway.operate(0, operation.method(), path, "{}").label();
  }

  private static List<String> labels(List<CompletableFuture<Answer>> answers) {
    return answers.stream().map(answer -> answer.join().label()).toList();
  }

  private static double activeRequests(Gateway gateway) {
    return gateway
        .manage(0, "/q/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("http_server_active_requests"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }
}

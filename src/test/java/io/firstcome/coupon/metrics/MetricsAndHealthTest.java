package io.firstcome.coupon.metrics;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.matchesPattern;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.OwnServers;
import io.firstcome.coupon.Stores;
import io.firstcome.http.identity.Gateway;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.local.ServersOfOneTest;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Transaction;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.redis.client.Command;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen from outside; the coupon that comes first is the one with a label. */
@QuarkusTest
@TestProfile(OwnServers.OneLabel.class)
public class MetricsAndHealthTest {

  private static final String FILLER = "filler";

  private static final int TABLE_IS_FULL = 1114;

  private static final String SALE = "sold-before-any-coupon";

  private static String nonsense;
  private static String labelled;

  @RegisterExtension static final Stores stores = new Stores();

  @BeforeEach
  void theFirstCouponHasTheLabel() {
    if (labelled == null) {
      // A sale came even earlier, and must not have taken it; neither what does not exist.
      sellFirst();
      nonsense = Api.freshId();
      Problems.is(Api.claim(nonsense, "first"), ProblemType.UNKNOWN_COUPON);
      labelled = Api.create(1_000);
      Api.claim(labelled, "first").statusCode(201);
    }
  }

  private static void sellFirst() {
    json().body(Map.of("id", SALE, "name", "A sale")).post("/api/v1/sales").then().statusCode(201);
    json()
        .body(Map.of("id", "a", "name", "An item", "quantity", 9))
        .post("/api/v1/sales/" + SALE + "/items")
        .then()
        .statusCode(201);
    // Its gauges are looked for less often than what could have taken the label.
    for (int total : new int[] {9, 10}) {
      await()
          .atMost(Stores.SOON)
          .until(() -> value("firstcome_item_total", Map.of("sale", SALE)) == total);
      json()
          .header("Idempotency-Key", "k" + total)
          .body(Map.of("quantity", 1, "reason", "more"))
          .post("/api/v1/sales/" + SALE + "/items/a/restock")
          .then()
          .statusCode(200);
    }
  }

  private static RequestSpecification json() {
    return Api.admin().contentType("application/json");
  }

  @Test
  void claimsAreCountedByCouponAndOutcome() {
    double issued = claims(labelled, "issued");
    double already = claims(labelled, "already-claimed");
    double paused = claims(labelled, "paused");

    Api.claim(labelled, "counted-1").statusCode(201);
    Api.put(labelled, "counted-2").statusCode(201);
    Api.claim(labelled, "counted-1").statusCode(409);
    Api.put(labelled, "counted-1").statusCode(200);
    Api.change(labelled, "pause").statusCode(200);
    Api.claim(labelled, "counted-3").statusCode(409);
    Api.change(labelled, "resume").statusCode(200);

    assertThat(claims(labelled, "issued")).isEqualTo(issued + 2);
    assertThat(claims(labelled, "already-claimed")).isEqualTo(already + 2);
    assertThat(claims(labelled, "paused")).isEqualTo(paused + 1);
  }

  @Test
  void whatIsRefusedBeforeItIsAClaimIsCountedToo() {
    double unauthenticated = claims(labelled, "unauthenticated");
    double malformed = claims(labelled, "malformed");
    double others = claims("_other", "malformed");
    double decided = value("firstcome_claim_duration_seconds_count", Map.of());

    Problems.is(Api.anonymous().post(Api.claims(labelled)).then(), ProblemType.UNAUTHENTICATED);
    Problems.is(Api.claim(labelled, "no user"), ProblemType.MALFORMED);
    Problems.is(Api.claim("NOT-A-COUPON", "alice"), ProblemType.MALFORMED);
    // Counted once each, as what they became.
    for (int i = 0; i < 2; i++) {
      Api.as("alice").body("{}").contentType("application/json").post(Api.claims(labelled));
    }
    // Nobody claims here.
    Api.anonymous().get(Api.claims(labelled)).then().statusCode(401);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> {
              assertThat(claims(labelled, "unauthenticated")).isEqualTo(unauthenticated + 1);
              assertThat(claims(labelled, "malformed")).isEqualTo(malformed + 1);
              assertThat(claims("_other", "malformed")).isEqualTo(others + 1);
              assertThat(value("firstcome_claim_duration_seconds_count", Map.of()))
                  .as("two of these were claims")
                  .isEqualTo(decided + 2);
            });
  }

  /** Whether the request is answered or its connection is closed before. */
  @Test
  void whatAStrangerSendsIsNoLabel() throws IOException {
    String madeUp = "madeup" + UUID.randomUUID().toString().replace("-", "");
    String path = Api.COUPONS + "/" + madeUp;
    Problems.is(
        Api.anonymous().request(madeUp.toUpperCase(Locale.ROOT), Api.COUPONS).then(),
        ProblemType.NOT_IMPLEMENTED);
    Problems.is(Api.admin().delete(path + "/pause").then(), ProblemType.METHOD_NOT_ALLOWED);
    Problems.is(Api.anonymous().post(path + "/pause").then(), ProblemType.UNAUTHENTICATED);
    Problems.is(Api.anonymous().get("/" + madeUp).then(), ProblemType.NOT_FOUND);
    // Behind a gateway with a secret it is answered before its body, and before the client leaves.
    String left = Gateway.headers().isEmpty() ? "RESET" : "401";
    for (String line :
        List.of(
            "GET //" + madeUp + "/ HTTP/1.1\r\n",
            "POST /" + madeUp + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n")) {
      try (Socket socket = new Socket("localhost", RestAssured.port)) {
        String request = line + "Host: x\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      }
    }

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(metrics())
                    .containsPattern("method=\"OTHER\",[^}]*status=\"501\",uri=\"UNKNOWN\"")
                    .containsPattern("method=\"DELETE\",[^}]*status=\"405\",uri=\"UNKNOWN\"")
                    .containsPattern("status=\"401\",uri=\"/api/v1/coupons/\\{couponId}/pause\"")
                    .containsPattern("method=\"GET\",[^}]*status=\"404\",uri=\"UNKNOWN\"")
                    .containsPattern("method=\"POST\",[^}]*status=\"" + left + "\",uri=\"UNKNOWN\"")
                    .doesNotContainIgnoringCase(madeUp));
  }

  @Test
  void aRehearsalIsLeftOutOfTotals() {
    String id = Api.create(2, Map.of("rehearsal", true));
    double claims = sum("firstcome_claims_total");
    double decided = value("firstcome_claim_duration_seconds_count", Map.of());

    Api.claim(id, "alice").statusCode(201);
    Api.put(id, "bob").statusCode(201);
    for (int i = 0; i < 10; i++) {
      Problems.is(Api.claim(id, "late-" + i), ProblemType.SOLD_OUT);
    }
    Problems.is(Api.anonymous().post(Api.claims(id)).then(), ProblemType.UNAUTHENTICATED);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> assertThat(rehearsed("unauthenticated")).isPositive());
    assertThat(rehearsed("issued")).isPositive();
    assertThat(rehearsed("sold-out")).isGreaterThanOrEqualTo(10);
    assertThat(value("firstcome_rehearsal_claim_duration_seconds_count", Map.of()))
        .isGreaterThanOrEqualTo(12);
    assertThat(sum("firstcome_claims_total")).isEqualTo(claims);
    assertThat(value("firstcome_claim_duration_seconds_count", Map.of())).isEqualTo(decided);
  }

  private static double rehearsed(String outcome) {
    return value("firstcome_rehearsal_claims_total", Map.of("outcome", outcome));
  }

  private static double sum(String name) {
    return lines(name).stream()
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  /** Every outcome of a coupon with a label is there before it occurs, and none is made later. */
  @Test
  void aCouponHasASeriesForEachOutcomeAndNoMore() {
    Set<String> outcomes = outcomes(labelled);
    assertThat(outcomes)
        .contains("issued", "sold-out", "redis-unavailable", "unknown-outcome", "internal", "other")
        .doesNotContain("unknown-item", "coupon-exists");
    assertThat(outcomes("_other")).isEqualTo(outcomes);
    Api.claim(labelled, "counted-9");
    Problems.is(Api.claim(labelled, "no user"), ProblemType.MALFORMED);
    assertThat(outcomes(labelled)).isEqualTo(outcomes);
  }

  private static Set<String> outcomes(String coupon) {
    return lines("firstcome_claims_total").stream()
        .filter(line -> line.contains("coupon=\"" + coupon + "\""))
        .map(line -> line.replaceAll(".*outcome=\"([^\"]*)\".*", "$1"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void couponsBeyondTheLimitShareALabel() {
    double others = claims("_other", "issued");
    for (int i = 0; i < 3; i++) {
      String id = Api.create(1);
      Api.claim(id, "alice").statusCode(201);
      stores.awaitDrained(id);
      assertThat(metrics()).doesNotContain(id);
    }
    assertThat(claims("_other", "issued")).isEqualTo(others + 3);
    assertThat(labels("coupon")).containsExactlyInAnyOrder(labelled, "_other");
  }

  @Test
  void nonsenseMakesNoLabel() {
    assertThat(metrics()).contains("coupon=\"" + labelled + "\"").doesNotContain(nonsense);
    double unknown = claims("_other", "unknown-coupon");
    for (int i = 0; i < 20; i++) {
      String id = Api.freshId();
      Problems.is(Api.claim(id, "alice"), ProblemType.UNKNOWN_COUPON);
      Problems.is(Api.claim("NONSENSE-" + i, "alice"), ProblemType.MALFORMED);
      assertThat(metrics()).doesNotContain(id, "NONSENSE");
    }
    assertThat(claims("_other", "unknown-coupon")).isEqualTo(unknown + 20);
    assertThat(labels("coupon")).isSubsetOf(labelled, "_other");
    assertThat(labels("ledger"))
        .filteredOn(ledger -> !ledger.startsWith("sale:"))
        .isSubsetOf(labelled, "_other");
  }

  @Test
  void theDurationOfClaimsIsAHistogramWithoutACoupon() {
    double count = value("firstcome_claim_duration_seconds_count", Map.of());
    Api.claim(labelled, "alice");

    assertThat(value("firstcome_claim_duration_seconds_count", Map.of())).isEqualTo(count + 1);
    TreeSet<String> bounds = new TreeSet<>();
    for (String line : lines("firstcome_claim_duration_seconds")) {
      assertThat(line).doesNotContain("coupon=");
    }
    for (String line : lines("firstcome_claim_duration_seconds_bucket")) {
      bounds.add(line.replaceAll(".*le=\"([^\"]*)\".*", "$1"));
    }
    assertThat(bounds)
        .containsExactlyInAnyOrder(
            "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0",
            "+Inf");
  }

  @Test
  void whatRemainsIsToldByItsDrainer() {
    Api.claim(labelled, "dora");
    int remaining = Api.read(labelled).extract().path("remaining");
    await()
        .atMost(Stores.SOON)
        .until(() -> value("firstcome_coupon_remaining", Map.of("coupon", labelled)) == remaining);
  }

  @Test
  void theLagOfTheLedgerIsTold() {
    SqlConnection connection = stores.mysql().getConnection().await().atMost(Stores.SOON);
    Transaction transaction = connection.begin().await().atMost(Stores.SOON);
    try {
      // The drain needs this row.
      connection
          .preparedQuery("SELECT id FROM coupon WHERE id = ? FOR UPDATE")
          .execute(Tuple.of(labelled))
          .await()
          .atMost(Stores.SOON);
      Api.claim(labelled, "late").statusCode(201);
      await()
          .atMost(Stores.SOON)
          .until(
              () ->
                  lag("firstcome_ledger_entries") == 1
                      && lag("firstcome_ledger_oldest_seconds") > 0);
    } finally {
      transaction.rollback().await().atMost(Stores.SOON);
      connection.close().await().atMost(Stores.SOON);
    }
    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                lag("firstcome_ledger_entries") == 0
                    && lag("firstcome_ledger_oldest_seconds") == 0);
    assertThat(lag("firstcome_dead_letters")).isZero();
    assertThat(value("firstcome_drained_entries_total", Map.of())).isPositive();
    assertThat(value("firstcome_drain_batch_entries_count", Map.of())).isPositive();
    assertThat(value("firstcome_drain_duration_seconds_count", Map.of())).isPositive();
  }

  @Test
  void readinessTellsOfRedisAndOfMySql() {
    management()
        .get("/q/health/ready")
        .then()
        .statusCode(200)
        .body("status", equalTo("UP"))
        .body("checks.find { it.name == 'redis' }.status", equalTo("UP"))
        .body("checks.find { it.name == 'redis' }.data.'maxmemory-policy'", equalTo("noeviction"))
        .body("checks.find { it.name == 'mysql' }.status", equalTo("UP"))
        .body("checks.find { it.name == 'mysql' }.data.reachable", equalTo(true));
    management().get("/q/health/live").then().statusCode(200).body("status", equalTo("UP"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"allkeys-lru", "volatile-ttl", "allkeys-random"})
  void aRedisThatEvictsMakesItUnready(String policy) {
    stores.redis(Command.CONFIG, "SET", "maxmemory-policy", policy);
    try {
      management()
          .get("/q/health/ready")
          .then()
          .statusCode(503)
          .body("status", equalTo("DOWN"))
          .body("checks.find { it.name == 'redis' }.status", equalTo("DOWN"))
          .body("checks.find { it.name == 'redis' }.data.'maxmemory-policy'", equalTo(policy));
    } finally {
      stores.redis(Command.CONFIG, "SET", "maxmemory-policy", "noeviction");
    }
    management().get("/q/health/ready").then().statusCode(200);
  }

  /** Of the cause nothing is told but an id, by which it is found in the log. */
  @Test
  void aDefectTellsAnIdAndNothingElse() {
    String id = Api.create(1);
    stores.awaitDrained(id);
    stores.sql("RENAME TABLE claim TO claim_mislaid");
    try {
      String answer =
          Problems.is(Api.admin().get(Api.claims(id)).then(), ProblemType.INTERNAL)
              .body("errorId", matchesPattern("[0-9a-f]{16}"))
              .extract()
              .asString();
      assertThat(answer).doesNotContain("claim_mislaid", "MySQL", "Exception", "io.firstcome");
    } finally {
      stores.sql("RENAME TABLE claim_mislaid TO claim");
    }
    Api.admin().get(Api.claims(id)).then().statusCode(200);
  }

  @Test
  void aRedisThatDoesNotAnswerMakesItUnreadyAndEveryClaimRetryable() {
    double errors = redisErrors();
    stores.redis(Command.CLIENT, "PAUSE", 6_000);

    management()
        .get("/q/health/ready")
        .then()
        .statusCode(503)
        .body("checks.find { it.name == 'redis' }.status", equalTo("DOWN"));
    // Not known, or not done where this event loop was not yet connected.
    assertThat(Api.claim(labelled, "paused").statusCode(503).extract().header("Retry-After"))
        .matches("[12]");
    management().get("/q/health/live").then().statusCode(200);
    assertThat(redisErrors()).isGreaterThanOrEqualTo(errors + 2);

    await()
        .atMost(Stores.SOON)
        .until(() -> management().get("/q/health/ready").statusCode() == 200);
    // The claim was decided when Redis went on: asking again tells.
    await().atMost(Stores.SOON).until(() -> List.of(200, 201).contains(put(labelled, "paused")));
    // On every event loop: each request comes on a new connection, and they take turns.
    await()
        .atMost(Stores.SOON)
        .until(() -> IntStream.range(0, 32).allMatch(i -> put(labelled, "paused") == 200));
  }

  /** Reservations filled Redis, and then nobody could claim. */
  @Test
  void whatMemoryIsLeftIsForClaims() {
    String id = Api.create(10, Map.of("audience", true));
    audience(id, "alice").statusCode(200);
    String sale = "s-" + id;
    Api.admin()
        .contentType("application/json")
        .body(Map.of("id", sale, "name", "A sale"))
        .post("/api/v1/sales")
        .then()
        .statusCode(201);
    Api.admin()
        .contentType("application/json")
        .body(Map.of("id", "a", "name", "An item", "quantity", 10))
        .post("/api/v1/sales/" + sale + "/items")
        .then()
        .statusCode(201);
    String held = reserve(sale, "k1").statusCode(201).extract().path("id");
    // What is left above the reserve is more than what comes and goes in the meantime.
    stores.redis(Command.SETRANGE, FILLER, 64 * 1024 * 1024, "x");
    long used =
        Long.parseLong(
            stores
                .redis(Command.INFO, "memory")
                .toString()
                .lines()
                .filter(line -> line.startsWith("used_memory:"))
                .findFirst()
                .orElseThrow()
                .substring("used_memory:".length()));
    stores.redis(Command.CONFIG, "SET", "maxmemory", used * 100 / 85);
    try {
      await()
          .atMost(Stores.SOON)
          .untilAsserted(() -> Problems.is(audience(id, "bob"), ProblemType.REDIS_FULL));
      assertThat(
              Problems.is(reserve(sale, "k2"), ProblemType.REDIS_FULL)
                  .extract()
                  .header("Retry-After"))
          .matches("[12]");
      reserve(sale, "k1").statusCode(201).body("id", equalTo(held));
      Api.claim(id, "alice").statusCode(201);
      Api.admin()
          .post("/api/v1/sales/" + sale + "/reservations/" + held + "/confirm")
          .then()
          .statusCode(200);
    } finally {
      stores.redis(Command.CONFIG, "SET", "maxmemory", 0);
      stores.redis(Command.DEL, FILLER);
    }
    await().atMost(Stores.SOON).untilAsserted(() -> reserve(sale, "k2").statusCode(201));
  }

  private static ValidatableResponse audience(String coupon, String user) {
    return Api.admin()
        .contentType("application/json")
        .body(Map.of("users", List.of(user)))
        .put("/api/v1/coupons/" + coupon + "/audience")
        .then();
  }

  private static ValidatableResponse reserve(String sale, String key) {
    return Api.as("alice")
        .contentType("application/json")
        .header("Idempotency-Key", key)
        .body(Map.of("items", List.of(Map.of("itemId", "a", "quantity", 1))))
        .post("/api/v1/sales/" + sale + "/reservations")
        .then();
  }

  /** Redis refuses writes where it cannot save: its disk is full, or gone. */
  @Test
  void aFullDiskOfRedisIssuesNothingAndIsOverWhenItIs() {
    String id = Api.create(10);
    Map<String, Object> claim =
        Api.claim(id, "alice").statusCode(201).extract().jsonPath().getMap("$");
    stores.awaitDrained(id);
    String folder = stores.redis(Command.CONFIG, "GET", "dir").get("dir").toString();
    stores.redis(Command.CONFIG, "SET", "save", "3600 1");
    stores.redis(Command.CONFIG, "SET", "dir", "/proc");
    try {
      saved("err");
      for (int i = 0; i < 3; i++) {
        assertThat(
                Problems.is(Api.claim(id, "bob"), ProblemType.REDIS_UNAVAILABLE)
                    .extract()
                    .header("Retry-After"))
            .matches("[12]");
      }
      Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
          .body("claim", equalTo(claim));
      Api.ownClaim(id, "alice").statusCode(200).body("$", equalTo(claim));
    } finally {
      stores.redis(Command.CONFIG, "SET", "dir", folder);
      saved("ok");
      stores.redis(Command.CONFIG, "SET", "save", "");
    }
    await().atMost(Stores.SOON).until(() -> put(id, "bob") == 200 || put(id, "bob") == 201);
    Api.ownClaim(id, "bob").statusCode(200).body("sequence", equalTo(2));
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(2);
  }

  /** No file of MySQL grows any more beyond its longest, which is its redo log. */
  @Test
  void whileTheDiskOfMySqlIsFullTheLedgerWaitsAndNothingIsLost() {
    String filler = Api.create(1, Map.of("audience", true));
    String id = Api.create(3_000);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(filler);
    stores.awaitDrained(id);
    assumeTrue(growTo(String.valueOf(16 << 20)), "there is no prlimit here");
    try {
      fill(
          "claim (coupon_id, sequence, user_id, issued_at) SELECT ?, seq, CONCAT('filler-', seq), NOW(6)",
          filler);
      fill("audience_member SELECT ?, CONCAT('filler-', seq)", filler);
      double failed = drainFailures();
      stores.claim(id, IntStream.range(0, 2_000).mapToObj(i -> "user" + i).toList());
      Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(2_002));
      await().atMost(Stores.SOON).until(() -> drainFailures() > failed + 1);

      Problems.is(Api.claim(id, "bob"), ProblemType.ALREADY_CLAIMED)
          .body("claim.sequence", equalTo(2_002));
      assertThat(stores.undrained(id)).isPositive();
      assertThat(stores.redis(Command.XLEN, Keys.deadLetters(id)).toLong()).isZero();
      Object[] many = IntStream.range(0, 900).mapToObj(i -> "invited" + i).toArray();
      Problems.is(Api.addToAudience(filler, many), ProblemType.DATABASE_UNAVAILABLE);
    } finally {
      growTo("unlimited");
    }
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(2_002);
    stores.sql("DELETE FROM claim WHERE coupon_id = ?", filler);
  }

  /** Until not one more goes in. */
  private static void fill(String rows, String id) {
    long last = 0;
    for (int size = 10_000; size > 0; size /= 10) {
      for (boolean full = false; !full; ) {
        try {
          stores.sql("INSERT INTO " + rows + " FROM " + numbers(last + 1, last + size), id);
          last += size;
        } catch (MySQLException e) {
          assertThat(e.getErrorCode()).as(e.getMessage()).isEqualTo(TABLE_IS_FULL);
          full = true;
        }
      }
    }
  }

  /** Rows {@code seq}, 10,000 at most, without the sequences that MariaDB alone has. */
  private static String numbers(long first, long last) {
    String digit =
        IntStream.range(0, 10)
            .mapToObj(i -> "SELECT " + i + " AS n")
            .collect(Collectors.joining(" UNION ", "(", ")"));
    return """
        (SELECT %2$d + a.n + 10 * b.n + 100 * c.n + 1000 * d.n AS seq
        FROM %1$s a, %1$s b, %1$s c, %1$s d) numbers WHERE seq <= %3$d"""
        .formatted(digit, first, last);
  }

  /**
   * Bounds the size that files of MySQL may have: a full disk to it, without one to all others.
   *
   * @return whether that can be done here
   */
  private static boolean growTo(String bytes) {
    String pid = ServersUnderTest.setting(ServersOfOneTest.MYSQL_PID);
    try {
      return new ProcessBuilder("prlimit", "--pid", pid, "--fsize=" + bytes + ":unlimited")
              .inheritIO()
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }

  private static double drainFailures() {
    return value("firstcome_drain_failures_total", Map.of("reason", "mysql"));
  }

  private static void saved(String status) {
    stores.redis(Command.BGSAVE);
    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                stores
                    .redis(Command.INFO, "persistence")
                    .toString()
                    .contains("rdb_last_bgsave_status:" + status));
  }

  private static double redisErrors() {
    return value("firstcome_redis_errors_total", Map.of("outcome", "unknown"))
        + value("firstcome_redis_errors_total", Map.of("outcome", "not-done"));
  }

  private static int put(String id, String user) {
    return Api.as(user).put(Api.claim(id, user, "")).statusCode();
  }

  private static double claims(String coupon, String outcome) {
    return value("firstcome_claims_total", Map.of("coupon", coupon, "outcome", outcome));
  }

  private static double lag(String name) {
    return value(name, Map.of("ledger", labelled));
  }

  /** A value as it is exported now, or NaN where an unlabelled one or a gauge is missing. */
  private static double value(String name, Map<String, String> labels) {
    for (String line : lines(name)) {
      int end = line.indexOf('}') < 0 ? name.length() : line.indexOf('}');
      String series = line.substring(0, end);
      boolean isIt =
          labels.entrySet().stream()
              .allMatch(l -> series.contains(l.getKey() + "=\"" + l.getValue() + "\""));
      if (isIt) {
        return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return name.endsWith("_total") ? 0 : Double.NaN;
  }

  private static List<String> lines(String name) {
    return metrics()
        .lines()
        .filter(
            line ->
                line.startsWith(name + "{")
                    || line.startsWith(name + " ")
                    || (line.startsWith(name + "_") && !name.contains("_count")))
        .filter(line -> !line.startsWith("#"))
        .toList();
  }

  private static TreeSet<String> labels(String label) {
    TreeSet<String> values = new TreeSet<>();
    Matcher matcher =
        Pattern.compile("^firstcome_[^{]*\\{[^}]*\\b" + label + "=\"([^\"]*)\"", Pattern.MULTILINE)
            .matcher(metrics());
    while (matcher.find()) {
      values.add(matcher.group(1));
    }
    return values;
  }

  private static String metrics() {
    return management().get("/q/metrics").then().statusCode(200).extract().asString();
  }
}

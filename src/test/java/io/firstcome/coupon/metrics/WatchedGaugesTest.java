package io.firstcome.coupon.metrics;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.OwnServers;
import io.firstcome.coupon.Stores;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What scaling and alerts go by. On servers of its own: the openings of all coupons count. */
@QuarkusTest
@TestProfile(WatchedGaugesTest.Alone.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WatchedGaugesTest {

  private static final String NEXT = "firstcome_next_opening_seconds";
  private static final String EXPECTED = "firstcome_expected_claimants";
  private static final double MINUTE = 60;

  @RegisterExtension static final Stores stores = new Stores();

  public static final class Alone extends OwnServers.Apart {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "firstcome.metrics.interval",
          "200ms",
          "firstcome.audit.interval",
          "1s",
          "firstcome.audit.pause",
          "1ms");
    }
  }

  @Test
  @Order(1)
  void withoutAnOpeningThereIsNoneForEverAndNobodyIsExpected() {
    Api.create(1_000);
    awaitValue(NEXT, Double.POSITIVE_INFINITY);
    assertThat(value(EXPECTED)).isZero();
  }

  @Test
  @Order(2)
  void anOpeningIsCountedDownAndItsClaimantsAreExpectedFromTheLeadBeforeUntilTheHoldAfter() {
    String late = opening(Duration.ofMinutes(60), 1_000);
    awaitNext(60 * MINUTE);
    assertThat(value(EXPECTED)).as("an hour before").isZero();

    String soon = opening(Duration.ofMinutes(9), 50);
    awaitNext(9 * MINUTE);
    awaitValue(EXPECTED, 50 * 10);

    // Whoever opens lately is still rushed; whoever did long ago is not.
    String before = opening(Duration.ofMinutes(-9), 3);
    awaitValue(EXPECTED, 50 * 10 + 3 * 10);
    opening(Duration.ofMinutes(-11), 7);
    opening(Duration.ofMinutes(8), 1_000_000, "a1", "a2", "a3");
    awaitValue(EXPECTED, 50 * 10 + 3 * 10 + 3);
    assertThat(value(NEXT)).isCloseTo(8 * MINUTE, within(MINUTE / 2));

    // What is not open will not open.
    Api.change(before, "close").statusCode(200);
    awaitValue(EXPECTED, 50 * 10 + 3);
    Api.change(soon, "pause").statusCode(200);
    awaitValue(EXPECTED, 3);
    Api.change(late, "close").statusCode(200);
  }

  @Test
  @Order(3)
  void aLoadOfWhatRedisHadBeforeIsTold() {
    double first = value("firstcome_coupon_loads_total{outcome=\"first\"");
    double again = value("firstcome_coupon_loads_total{outcome=\"again\"");
    String id = Api.create(10, Map.of("onLoss", "REISSUE"));
    assertThat(value("firstcome_coupon_loads_total{outcome=\"first\"")).isEqualTo(first + 1);
    stores.awaitDrained(id);
    stores.loseAll(id);
    await().atMost(Stores.SOON).until(() -> Api.claim(id, "bob").extract().statusCode() / 100 == 2);
    assertThat(value("firstcome_coupon_loads_total{outcome=\"first\"")).isEqualTo(first + 1);
    assertThat(value("firstcome_coupon_loads_total{outcome=\"again\"")).isEqualTo(again + 1);
    awaitValue("firstcome_coupon_loads_in_progress", 0);
  }

  @Test
  @Order(4)
  void whatMustHoldAndDoesNotIsTold() {
    String id = Api.create(2);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    awaitValue(violation(id, "issued-within-quantity"), 0);
    awaitValue(violation(id, "sequence-covers-issued"), 0);
    awaitValue(violation(id, "redis-covers-mysql"), 0);
    awaitValue("firstcome_coupon_quantity{coupon=\"" + id + "\"", 2);

    stores.redis(Command.HSET, Keys.state(id), "issued", "3");
    awaitValue(violation(id, "issued-within-quantity"), 1);
    awaitValue(violation(id, "sequence-covers-issued"), 1);
    stores.redis(Command.HSET, Keys.state(id), "issued", "0", "sequence", "0");
    awaitValue(violation(id, "issued-within-quantity"), 0);
    awaitValue(violation(id, "redis-covers-mysql"), 1);
    stores.redis(Command.HSET, Keys.state(id), "issued", "1", "sequence", "1");
    awaitValue(violation(id, "redis-covers-mysql"), 0);
  }

  /** Whoever drains the ledger looks by itself, also at what is long in MySQL. */
  @Test
  @Order(5)
  void whatTheStandingAuditFindsIsToldUntilItIsRepaired() {
    String id = Api.create(5);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    awaitValue(findings("missing-in-mysql"), 0);

    stores.sql("DELETE FROM claim WHERE coupon_id = ?", id);
    awaitValue(findings("missing-in-mysql"), 1);
    awaitValue(findings("gap"), 1);
    Api.admin()
        .get("/api/v1/admin/audit?findings=true&limit=1000")
        .then()
        .statusCode(200)
        .body("reports.find { it.ledger == '" + id + "' }.counts.gap", equalTo(1));
    Api.admin().post("/api/v1/admin/audit/coupons/" + id + "/repair").then().statusCode(200);
    awaitValue(findings("missing-in-mysql"), 0);
    awaitValue(findings("gap"), 0);
  }

  @Test
  @Order(6)
  void anAuditThatIsNeverCompleteIsSeenByItsAge() {
    String id = Api.create(5);
    stores.awaitDrained(id);
    await().atMost(Stores.SOON).until(() -> value("firstcome_audit_age_seconds") < 3);
    // A state of a format that this release does not know cannot be audited.
    stores.redis(Command.HSET, Keys.state(id), "format", "2");
    await().atMost(Stores.SOON).until(() -> value("firstcome_audit_age_seconds") > 4);
    stores.redis(Command.HSET, Keys.state(id), "format", "1");
    await().atMost(Stores.SOON).until(() -> value("firstcome_audit_age_seconds") < 3);
  }

  @Test
  @Order(7)
  void theStoresAreTold() {
    awaitValue("firstcome_mysql_up", 1);
    awaitValue("firstcome_redis_up", 1);
    assertThat(value("firstcome_redis_memory_used_bytes")).isBetween(1e5, 1e12);
    assertThat(value("firstcome_redis_memory_max_bytes")).isZero();

    stores.redis(Command.CONFIG, "SET", "maxmemory", "1gb");
    awaitValue("firstcome_redis_memory_max_bytes", 1 << 30);

    stores.redis(Command.CLIENT, "PAUSE", 9_000);
    awaitValue("firstcome_redis_up", 0);
    awaitValue("firstcome_redis_up", 1);
  }

  /** Scaling is rehearsed as well; what is left of it is nothing to sell. */
  @Test
  @Order(6)
  void aRehearsalIsExpectedAndItsUnitsAreNotShown() {
    double expected = value(EXPECTED);
    String opensAt = Instant.now().plus(Duration.ofMinutes(7)).toString();
    String id = Api.create(20, Map.of("opensAt", opensAt, "rehearsal", true));
    awaitValue(EXPECTED, expected + 20 * 10);
    awaitNext(7 * MINUTE);

    awaitValue(violation(id, "issued-within-quantity"), 0);
    assertThat(value("firstcome_coupon_quantity{coupon=\"" + id + "\"")).isNaN();
    assertThat(value("firstcome_coupon_remaining{coupon=\"" + id + "\"")).isNaN();
  }

  private static String violation(String id, String invariant) {
    return "firstcome_invariant_violations{coupon=\"%s\",invariant=\"%s\"".formatted(id, invariant);
  }

  private static String findings(String kind) {
    return "firstcome_audit_findings{kind=\"" + kind + "\"";
  }

  /** A coupon that opens so much later, for these users or, without any, for all. */
  private static String opening(Duration ahead, int quantity, Object... audience) {
    String opensAt = Instant.now().plus(ahead).toString();
    String id = Api.create(quantity, Map.of("opensAt", opensAt, "audience", audience.length > 0));
    if (audience.length > 0) {
      Api.addToAudience(id, audience).statusCode(200);
    }
    return id;
  }

  private static void awaitNext(double seconds) {
    await(NEXT)
        .atMost(Stores.SOON)
        .untilAsserted(() -> assertThat(value(NEXT)).isCloseTo(seconds, within(MINUTE / 2)));
  }

  private static void awaitValue(String series, double expected) {
    await(series)
        .atMost(Stores.SOON)
        .untilAsserted(() -> assertThat(value(series)).isEqualTo(expected));
  }

  /** The value of the only series that begins like this, or NaN. */
  private static double value(String series) {
    return management()
        .get("/q/metrics")
        .then()
        .statusCode(200)
        .extract()
        .asString()
        .lines()
        .filter(
            line -> line.startsWith(series) && "{ ,}".indexOf(line.charAt(series.length())) >= 0)
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .mapToDouble(v -> v.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(v))
        .findFirst()
        .orElse(Double.NaN);
  }
}

package io.firstcome.coupon.change;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.Stores;
import io.firstcome.http.edge.Impatient;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A coupon that is over leaves Redis after a time, and everybody is told of it what they were. */
@QuarkusTest
@TestProfile(Impatient.class)
class RetentionOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void whatWasToldIsToldFromMySqlAndBringsNothingBack() {
    Map<String, Object> order = Api.order(5, Map.of("audience", true));
    Api.post(order).statusCode(201);
    String id = order.get("id").toString();
    Api.addToAudience(id, "alice", "bob", "carol").statusCode(200);
    Map<String, Object> claim = claimed(id, "alice");
    claimed(id, "bob");
    Api.change(id, "close").statusCode(200);
    Map<String, Object> view = view(Api.read(id));
    awaitRetired(id);

    Problems.is(Api.claim(id, "carol"), ProblemType.CLOSED);
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    Problems.is(Api.put(id, "carol"), ProblemType.CLOSED);
    Api.put(id, "alice").statusCode(200).body("$", equalTo(claim));
    Api.ownClaim(id, "alice").statusCode(200).body("$", equalTo(claim));
    Problems.is(Api.ownClaim(id, "carol"), ProblemType.NO_CLAIM);
    assertThat(view(Api.read(id))).isEqualTo(view);
    Api.anonymous()
        .get(Api.COUPONS + "?limit=1&after=" + id.substring(0, id.length() - 1))
        .then()
        .statusCode(200)
        .body("coupons[0].id", equalTo(id))
        .body("coupons[0].issued", equalTo(2))
        .body("coupons[0].state", equalTo("CLOSED"));
    Api.admin().get(Api.claims(id)).then().statusCode(200).body("claims", hasSize(2));
    Api.assertClean("coupons/" + id);
    // The request that created it is the same again.
    assertThat(view(Api.post(order))).isEqualTo(view);
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
    management().get("/q/metrics").then().body(containsString("firstcome_coupons_retired_total"));

    assertThat(keys(id)).isEmpty();
    assertThat(gaps(id)).isZero();
  }

  @Test
  void aUnitOfWhatHasLeftRedisIsStillRedeemed() {
    String id = Api.create(5);
    claimed(id, "alice");
    claimed(id, "bob");
    Api.change(id, "close").statusCode(200);
    awaitRetired(id);
    Map<String, Object> order = Map.of("userId", "alice", "orderReference", "order-1");

    await().atMost(Stores.SOON).until(() -> redeem(id, order) == 201);

    await().atMost(Stores.SOON).until(() -> redeem(id, order) == 200);
    awaitRetired(id);
    Api.ownClaim(id, "alice").body("state", equalTo("REDEEMED"));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
        .body("claim.state", nullValue());
    assertThat(gaps(id)).isZero();
  }

  private static int redeem(String id, Map<String, Object> order) {
    return Api.admin()
        .contentType("application/json")
        .body(order)
        .post(Api.coupon(id) + "/redemptions")
        .statusCode();
  }

  /** Labels are few, and those of what had ended were kept for as long as the replica ran. */
  @Test
  void whatIsOverGivesItsLabelBack() {
    String id = Api.create(5);
    claimed(id, "alice");
    await().atMost(Stores.SOON).until(() -> hasSeries(id));
    Api.change(id, "close").statusCode(200);
    awaitRetired(id);

    await().atMost(Stores.SOON).until(() -> !hasSeries(id));
    Problems.is(Api.claim(id, "bob"), ProblemType.CLOSED);
    // Whoever asks makes it hot again, with a label for as long as it is.
    await().atMost(Stores.SOON).until(() -> !hasSeries(id));
  }

  private static boolean hasSeries(String id) {
    return management()
        .get("/q/metrics")
        .asString()
        .contains("firstcome_claims_total{coupon=\"" + id + "\"");
  }

  @Test
  void whatIsFoundLateIsWrittenWhereMySqlAnswers() {
    String id = Api.create(5);
    claimed(id, "alice");
    stores.awaitDrained(id);
    LedgerEntry late = Replica.claim(stores.epoch(id), 2, "zoe");
    stores.loseAll(id);
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
    Api.change(id, "close").statusCode(200);
    awaitRetired(id);

    assertThat(new Replica(stores).apply(id, List.of(late))).isEmpty();

    Api.ownClaim(id, "zoe").statusCode(200).body("sequence", equalTo(2));
  }

  @Test
  void oneThatIsOpenedAgainComesBackAndGoesOn() {
    String id = Api.create(3);
    Map<String, Object> claim = claimed(id, "alice");
    Api.patch(id, Map.of("closesAt", "2020-01-01T00:00:00Z")).statusCode(200);
    awaitRetired(id);
    Problems.is(Api.claim(id, "bob"), ProblemType.CLOSED);

    Api.patch(id, Map.of("closesAt", "2199-01-01T00:00:00Z"))
        .statusCode(200)
        .body("state", equalTo("OPEN"))
        .body("withheld", equalTo(0));

    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(2));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    assertThat(gaps(id)).isZero();
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(2);

    Api.change(id, "close").statusCode(200);
    awaitRetired(id);
    Api.ownClaim(id, "bob").statusCode(200).body("sequence", equalTo(2));
  }

  @Test
  void unitsThatWereLostAreToldOfFromMySql() {
    String id = Api.create(3);
    claimed(id, "alice");
    stores.awaitDrained(id);
    // As after a loss before.
    stores.sql(
        "INSERT INTO sequence_gap (coupon_id, first, last, epoch, reason)"
            + " VALUES (?, 2, 2, 1, 'lost')",
        id);
    Api.change(id, "close").statusCode(200);
    awaitRetired(id);

    Api.read(id).statusCode(200).body("issued", equalTo(1)).body("withheld", equalTo(1));
  }

  /** As where who retired it died after it was marked. */
  @Test
  void whatWasLeftHalfwayIsToldFromMySqlAndFinished() {
    String id = Api.create(3);
    claimed(id, "alice");
    stores.awaitDrained(id);
    // Nobody else can begin, or go on.
    stores.redis(Command.SET, Keys.loadLease(id), "a-test");
    stores.redis(Command.HSET, Keys.state(id), "holders", "-2");
    stores.sql(
        "UPDATE coupon SET status = 'closed', over_since = UTC_TIMESTAMP(6), epoch = epoch + 1,"
            + " retired_at = UTC_TIMESTAMP(6), retired_issued = 1, lent = 1 WHERE id = ?",
        id);

    Problems.is(Api.claim(id, "bob"), ProblemType.CLOSED);
    Api.ownClaim(id, "alice").statusCode(200).body("sequence", equalTo(1));
    assertThat(stores.redis(Command.EXISTS, Keys.state(id)).toInteger()).isOne();

    stores.redis(Command.DEL, Keys.loadLease(id));
    awaitRetired(id);
  }

  @Test
  void whatIsOpenOrHasDeadLettersStays() {
    String open = Api.create(3);
    claimed(open, "alice");
    String unsettled = Api.create(3);
    claimed(unsettled, "alice");
    // Whole, as others read the dead letters of all coupons.
    stores.redis(
        Command.XADD,
        Keys.deadLetters(unsettled),
        "*",
        "reason",
        "conflict",
        "detail",
        "A test's",
        "format",
        "1",
        "kind",
        "claims");
    Api.change(unsettled, "close").statusCode(200);
    await()
        .atMost(Stores.SOON)
        .until(() -> stores.coupon(unsettled).getLocalDateTime("over_since") != null);
    String last = Api.create(3);
    Api.change(last, "close").statusCode(200);
    awaitRetired(last);

    assertThat(stores.redis(Command.EXISTS, Keys.state(open)).toInteger()).isOne();
    assertThat(stores.redis(Command.EXISTS, Keys.state(unsettled)).toInteger()).isOne();
    Problems.is(Api.claim(unsettled, "alice"), ProblemType.ALREADY_CLAIMED);
  }

  @Test
  void whatMySqlHasNoNewsOfGoesOnAtOnce() {
    String id = Api.create(3, Map.of("closesAt", "2199-01-01T00:00:00Z"));
    claimed(id, "alice");
    stores.awaitDrained(id);
    stores.redis(Command.HSET, Keys.state(id), "version", "2");
    stores.sql(
        "UPDATE coupon SET closes_at = '2020-01-01', over_since = '2020-01-02' WHERE id = ?", id);
    await().atMost(Stores.SOON).until(() -> stores.epoch(id) > 1);
    stores.sql("UPDATE coupon SET closes_at = '2199-01-01' WHERE id = ?", id);

    await().atMost(Stores.SOON).until(() -> Api.put(id, "bob").extract().statusCode() / 100 == 2);
    Api.ownClaim(id, "bob").body("sequence", equalTo(2));
    assertThat(stores.coupon(id).getLocalDateTime("retired_at")).isNull();
  }

  private static void awaitRetired(String id) {
    await("coupon " + id + " retired")
        .atMost(Stores.SOON)
        .until(() -> stores.coupon(id).getLocalDateTime("cleared_at") != null);
    assertThat(keys(id)).isEmpty();
  }

  /** What has no end by itself. */
  private static List<String> keys(String id) {
    return List.of(Keys.state(id), Keys.claimants(id), Keys.audience(id), Keys.ledger(id)).stream()
        .filter(key -> stores.redis(Command.EXISTS, key).toInteger() == 1)
        .toList();
  }

  private static long gaps(String id) {
    return stores
        .sql("SELECT COUNT(*) FROM sequence_gap WHERE coupon_id = ?", id)
        .iterator()
        .next()
        .getLong(0);
  }

  private static Map<String, Object> claimed(String id, String user) {
    return Api.claim(id, user).statusCode(201).extract().jsonPath().getMap("$");
  }

  private static Map<String, Object> view(ValidatableResponse coupon) {
    Map<String, Object> view =
        new HashMap<>(coupon.statusCode(200).extract().jsonPath().getMap("$"));
    view.remove("serverTime");
    return view;
  }
}

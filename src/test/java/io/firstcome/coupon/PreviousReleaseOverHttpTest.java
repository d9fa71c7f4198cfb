package io.firstcome.coupon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.redis.Keys;
import io.firstcome.web.ProblemType;
import io.firstcome.web.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A roll-out in mid-sale: this release goes on with what the one before it has left, and beside it.
 */
@QuarkusTest
class PreviousReleaseOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aCouponIsVerifiedAndClaimedFromAndNothingOfItIsLost() {
    String id = PreviousRelease.load(stores, "previous-open", "previous-open");
    TreeMap<String, String> before = stores.claimsInRedis(id);
    assertThat(before).containsOnlyKeys("alice", "bob", "carol", "dave");

    Problems.is(Api.claim(id, "erin"), ProblemType.RECOVERING);
    assertThat(afterRecovery(id, "erin").jsonPath().getInt("sequence")).isEqualTo(5);

    // Two of them, a new name and a unit more were in the ledger.
    Api.read(id)
        .statusCode(200)
        .body("name", equalTo("Renamed Ü"))
        .body("quantity", equalTo(6))
        .body("withheld", equalTo(0))
        .body("acknowledge", equalTo("REDIS"))
        .body("onLoss", equalTo("WITHHOLD"))
        .body("rehearsal", equalTo(false));
    before.forEach(
        (user, holding) -> {
          Map<String, Object> claim =
              Problems.is(Api.claim(id, user), ProblemType.ALREADY_CLAIMED)
                  .extract()
                  .jsonPath()
                  .getMap("claim");
          assertThat(Stores.holding(claim)).isEqualTo(holding);
        });
    Api.claim(id, "frank").statusCode(201).body("sequence", equalTo(6));
    Problems.is(Api.claim(id, "grace"), ProblemType.SOLD_OUT);
    assertDrained(id);
    assertThat(stores.coupon(id).getString("name")).isEqualTo("Renamed Ü");
    assertThat(stores.epoch(id)).isEqualTo(2);
    Api.patch(id, Map.of("acknowledge", "DATABASE")).statusCode(200);
    // The request that created it is the same again.
    Map<String, Object> creation = Map.of("id", id, "name", "Previous Ü", "quantity", 5);
    Api.post(creation).statusCode(200).body("quantity", equalTo(6));
  }

  @Test
  void anAudienceIsWhatItWas() {
    String id = PreviousRelease.load(stores, "previous-audience", "previous-audience");

    assertThat(afterRecovery(id, "erin").jsonPath().getInt("sequence")).isEqualTo(3);

    Problems.is(Api.claim(id, "bob"), ProblemType.NOT_ELIGIBLE);
    Problems.is(Api.claim(id, "dave"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(2));
    Api.addToAudience(id, "bob").statusCode(200).body("size", equalTo(5));
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(4));
    assertDrained(id);
    assertThat(stores.audience(id)).isEqualTo(5);
  }

  @Test
  void whatIsClosedStaysSo() {
    String id = PreviousRelease.load(stores, "previous-closed", "previous-closed");

    Problems.is(afterRecovery(id, "carol").then(), ProblemType.CLOSED);
    Problems.is(Api.claim(id, "bob"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(2));
    assertDrained(id);
    assertThat(stores.coupon(id).getString("status")).isEqualTo("closed");
  }

  /** Numbers are given once, whichever script gives them. */
  @Test
  void bothReleasesClaimFromOneCoupon() {
    String id = Api.create(4);
    Api.claim(id, "alice").statusCode(201).body("sequence", equalTo(1));
    assertThat(claimedByPrevious(id, "bob")).endsWith(" 2");
    Api.claim(id, "carol").statusCode(201).body("sequence", equalTo(3));
    Problems.is(Api.claim(id, "bob"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(2));
    assertThat(claimedByPrevious(id, "alice")).contains(" 1:");
    assertThat(claimedByPrevious(id, "dave")).endsWith(" 4");
    Problems.is(Api.claim(id, "erin"), ProblemType.SOLD_OUT);
    assertDrained(id);
  }

  /** While this release verifies it, the one before decides nothing on it either. */
  @Test
  void whatIsOutOfServiceIsSoForBoth() {
    String id = Api.create(4);
    Api.claim(id, "alice").statusCode(201);
    stores.redis(Command.HSET, Keys.state(id), "holders", "-2");
    assertThat(claimedByPrevious(id, "bob")).isEqualTo("LOADING");
    assertThat(afterRecovery(id, "bob").jsonPath().getInt("sequence")).isEqualTo(2);
  }

  /** It knows nothing of levels, nor of what is withheld, and publishes without. */
  @Test
  void whatThePreviousReleaseLoadsKeepsItsLevelAndWhatIsWithheld() {
    String id = Api.create(5, Map.of("rehearsal", true));
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    stores.loseAll(id);
    Api.read(id).statusCode(200).body("withheld", equalTo(4));
    Api.patch(id, Map.of("quantity", 7, "acknowledge", "DATABASE")).statusCode(200);
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(6));
    stores.awaitDrained(id);

    stores.redis(
        Command.HDEL,
        Keys.state(id),
        "acknowledge",
        "onLoss",
        "rehearsal",
        "server",
        "ceiling",
        "lost",
        "gaps");
    assertThat(afterRecovery(id, "carol").jsonPath().getInt("sequence")).isEqualTo(7);

    Api.read(id)
        .body("withheld", equalTo(4))
        .body("remaining", equalTo(0))
        .body("acknowledge", equalTo("DATABASE"))
        .body("rehearsal", equalTo(true));
    Problems.is(Api.claim(id, "dave"), ProblemType.SOLD_OUT);
  }

  /** What its script answers. */
  private static String claimedByPrevious(String id, String user) {
    return stores
        .redis(
            Command.EVAL,
            PreviousRelease.claimScript(),
            "4",
            Keys.state(id),
            Keys.claimants(id),
            Keys.audience(id),
            Keys.ledger(id),
            "100000",
            user)
        .toString();
  }

  /** MySQL has what Redis has, and nothing is wrong with it. */
  private static void assertDrained(String id) {
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
    Api.assertClean("coupons/" + id);
  }

  /** The first answer to a claim that is not 503. */
  private static Response afterRecovery(String id, String user) {
    return await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Api.as(user).post(Api.claims(id)), answer -> answer.statusCode() != 503);
  }
}

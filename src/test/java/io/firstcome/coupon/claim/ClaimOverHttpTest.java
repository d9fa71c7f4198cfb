package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.emptyString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The outcome table, row by row; the names of the outcomes are those of docs/errors.md. */
@QuarkusTest
class ClaimOverHttpTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TestHTTPResource("/")
  URI service;

  @RegisterExtension static final Stores stores = new Stores();

  /** One of a newer release, say: who waits for it must learn that nobody knows. */
  @Test
  void aReplyThatIsNotUnderstoodLeavesNobodyWaiting() {
    String id = Api.create(10);
    Api.claim(id, "alice").statusCode(201);
    stores.redis(Command.HSET, Keys.state(id), "acknowledge", "nonsense");
    try {
      for (int i = 0; i < 4; i++) {
        Problems.is(Api.claim(id, "bob"), ProblemType.INTERNAL);
      }
    } finally {
      stores.redis(Command.HSET, Keys.state(id), "acknowledge", "redis");
    }
    Problems.is(Api.claim(id, "bob"), ProblemType.ALREADY_CLAIMED);
  }

  @Test
  void issuedIs201WithTheClaimAndWhereItIs() {
    String id = Api.create(2);
    Instant before = serverTime(id);

    Response response = Api.claim(id, "alice").statusCode(201).extract().response();

    assertThat(response.contentType()).startsWith("application/json");
    Map<String, Object> claim = response.jsonPath().getMap("$");
    assertThat(claim)
        .containsOnlyKeys("couponId", "userId", "sequence", "issuedAt")
        .containsEntry("couponId", id)
        .containsEntry("userId", "alice")
        .containsEntry("sequence", 1);
    assertThat(Instant.parse(claim.get("issuedAt").toString())).isBetween(before, serverTime(id));
    assertThat(response.header("Location")).endsWith(Api.claims(id) + "/alice");
    assertThat(response.header("Retry-After")).isNull();
  }

  @Test
  void sequencesFollowTheOrderOfIssue() {
    String id = Api.create(3);
    for (int i = 1; i <= 3; i++) {
      Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i));
    }
  }

  @Test
  void alreadyClaimedIs409WithTheIdenticalClaim() {
    String id = Api.create(5);
    Map<String, Object> claim = claimOf(Api.claim(id, "alice").statusCode(201), "$");

    for (int i = 0; i < 3; i++) {
      ValidatableResponse again = Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED);
      assertThat(claimOf(again, "claim")).isEqualTo(claim);
      assertThat(again.extract().header("Retry-After")).isNull();
    }
    Api.read(id).body("issued", equalTo(1)).body("remaining", equalTo(4));
  }

  @Test
  void putIs201TheFirstTimeAnd200WithTheIdenticalClaimEverAfter() {
    String id = Api.create(5);
    ValidatableResponse first = Api.put(id, "alice").statusCode(201).body("sequence", equalTo(1));
    assertThat(first.extract().header("Location")).endsWith(Api.claims(id) + "/alice");
    Map<String, Object> claim = claimOf(first, "$");

    for (int i = 0; i < 3; i++) {
      ValidatableResponse again = Api.put(id, "alice").statusCode(200);
      assertThat(claimOf(again, "$")).isEqualTo(claim);
      assertThat(again.extract().header("Location")).isNull();
    }
    assertThat(claimOf(Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED), "claim"))
        .isEqualTo(claim);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sold-out", "closed", "paused", "window-over"})
  void whoHoldsAClaimGetsItWhateverBecameOfTheCoupon(String fate) {
    String id = Api.create(2);
    Map<String, Object> claim = claimOf(Api.claim(id, "alice").statusCode(201), "$");
    switch (fate) {
      case "sold-out" -> Api.claim(id, "bob").statusCode(201);
      case "closed" -> Api.change(id, "close").statusCode(200);
      case "paused" -> Api.change(id, "pause").statusCode(200);
      default -> Api.patch(id, Map.of("closesAt", "2020-01-01T00:00:00Z")).statusCode(200);
    }

    assertThat(claimOf(Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED), "claim"))
        .isEqualTo(claim);
    assertThat(claimOf(Api.put(id, "alice").statusCode(200), "$")).isEqualTo(claim);
    assertThat(claimOf(Api.ownClaim(id, "alice").statusCode(200), "$")).isEqualTo(claim);
    refused(id, "carol", fate.equals("window-over") ? ProblemType.CLOSED : typeOf(fate));
  }

  @Test
  void severalUnitsHaveANumberEachAndAreOneClaim() {
    String id = Api.create(10, Map.of("perUserLimit", 4));
    Api.read(id).body("perUserLimit", equalTo(4));
    Api.claim(id, "early").statusCode(201).body("units", nullValue());

    ValidatableResponse first = Api.claim(id, "alice", 3).statusCode(201);

    first.body("sequence", equalTo(2)).body("units.sequence", equalTo(List.of(2, 3, 4)));
    Map<String, Object> claim = claimOf(first, "$");
    assertThat(claimOf(Api.ownClaim(id, "alice").statusCode(200), "$")).isEqualTo(claim);
    // Asking again gives no more, and neither does asking for less.
    for (int units : List.of(3, 2, 1)) {
      ValidatableResponse again = Api.claim(id, "alice", units);
      assertThat(claimOf(Problems.is(again, ProblemType.ALREADY_CLAIMED), "claim"))
          .isEqualTo(claim);
    }
    assertThat(claimOf(Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED), "claim"))
        .isEqualTo(claim);
    assertThat(claimOf(putUnits(id, "alice", 3).statusCode(200), "$")).isEqualTo(claim);
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(5));

    // One more, which comes later.
    putUnits(id, "alice", 4).statusCode(201).body("units.sequence", equalTo(List.of(2, 3, 4, 6)));
    Problems.is(Api.claim(id, "alice", 5), ProblemType.LIMIT_REACHED);
    Problems.is(Api.claim(id, "carol", 5), ProblemType.LIMIT_REACHED);
    Api.read(id).body("issued", equalTo(6)).body("remaining", equalTo(4));
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(3);
    Api.admin()
        .get(Api.claims(id))
        .then()
        .body("claims.userId", equalTo(List.of("early", "alice", "alice", "alice", "bob", "alice")))
        .body("claims.sequence", equalTo(List.of(1, 2, 3, 4, 5, 6)));
    Api.assertClean("coupons/" + id);
  }

  @Test
  void allUnitsOfAClaimAreIssuedOrNone() {
    String id = Api.create(4, Map.of("perUserLimit", 3));
    Api.claim(id, "alice", 2).statusCode(201);

    Problems.is(Api.claim(id, "bob", 3), ProblemType.SOLD_OUT)
        .body("detail", containsString("Fewer units are left"));
    Problems.is(Api.ownClaim(id, "bob"), ProblemType.NO_CLAIM);
    Api.claim(id, "bob", 2).statusCode(201);

    // It is sold out, which is answered from memory in the end: also to a holder who wants more.
    for (int i = 0; i < 20; i++) {
      refused(id, "carol", ProblemType.SOLD_OUT);
      Problems.is(Api.claim(id, "carol", 2), ProblemType.SOLD_OUT);
      Problems.is(Api.claim(id, "alice", 3), ProblemType.SOLD_OUT);
      Problems.is(Api.claim(id, "alice", 2), ProblemType.ALREADY_CLAIMED);
    }
    Api.patch(id, Map.of("quantity", 6)).statusCode(200);
    await().until(() -> Api.claim(id, "alice", 3).extract().statusCode() != 503);
    Problems.is(Api.claim(id, "alice", 3), ProblemType.ALREADY_CLAIMED)
        .body("claim.units.sequence", equalTo(List.of(1, 2, 5)));
  }

  @Test
  void severalUnitsAreRefusedForTheReasonsOfOne() {
    String some = Api.create(5, Map.of("perUserLimit", 3, "audience", true));
    Problems.is(Api.claim(some, "alice", 2), ProblemType.NOT_ELIGIBLE);
    Api.addToAudience(some, "alice").statusCode(200);
    Api.claim(some, "alice", 2).statusCode(201);
    Api.change(some, "pause").statusCode(200);
    Problems.is(Api.claim(some, "alice", 3), ProblemType.PAUSED);
    Api.change(some, "close").statusCode(200);
    Problems.is(Api.claim(some, "alice", 3), ProblemType.CLOSED);
    Problems.is(Api.claim(some, "alice", 2), ProblemType.ALREADY_CLAIMED);

    String later = Api.create(5, Map.of("perUserLimit", 3, "opensAt", "2199-01-01T00:00:00Z"));
    Problems.is(Api.claim(later, "alice", 2), ProblemType.NOT_OPEN);
    Problems.is(Api.claim(Api.freshId(), "alice", 2), ProblemType.UNKNOWN_COUPON);
    Problems.is(Api.claim(Api.create(5), "alice", 2), ProblemType.LIMIT_REACHED);
    String sharded = Api.create(5, Map.of("shards", 2));
    Problems.is(Api.claim(sharded, "alice", 2), ProblemType.LIMIT_REACHED);
    Api.claim(sharded, "alice", 1).statusCode(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "101", "two", "1.5", "99999999999"})
  void unitsThatNobodyMayHoldAre400(String units) {
    String id = Api.create(5, Map.of("perUserLimit", 100));

    for (String path : List.of(Api.claims(id), Api.claim(id, "alice", ""))) {
      String method = path.endsWith("claims") ? "POST" : "PUT";
      Problems.is(
              Api.as("alice").request(method, path + "?units=" + units).then(),
              ProblemType.MALFORMED)
          .body("errors.field", hasItem("units"));
    }
    Api.read(id).body("issued", equalTo(0));
  }

  @Test
  void aLimitThatNoCouponCanHaveIs400() {
    for (Map<String, Object> limit :
        List.<Map<String, Object>>of(
            Map.of("perUserLimit", 0),
            Map.of("perUserLimit", 101),
            Map.of("perUserLimit", 2, "shards", 2))) {
      Problems.is(Api.post(Api.order(5, limit)), ProblemType.MALFORMED)
          .body("errors.field", hasItem("perUserLimit"));
    }
  }

  private static ValidatableResponse putUnits(String id, String user, int units) {
    return Api.as(user).put(Api.claim(id, user, "?units=" + units)).then();
  }

  @Test
  void soldOutIs409() {
    String id = Api.create(1);
    Api.claim(id, "alice").statusCode(201);

    refused(id, "bob", ProblemType.SOLD_OUT);
    Api.read(id).body("state", equalTo("SOLD_OUT")).body("remaining", equalTo(0));
  }

  @Test
  void notOpenYetIs409WithTheOpeningAndTheTimeByTheSameClock() {
    Instant opensAt = Instant.parse("2199-12-31T00:00:00.123456Z");
    String id = Api.create(1, Map.of("opensAt", opensAt.toString()));

    for (ValidatableResponse answer : List.of(Api.claim(id, "alice"), Api.put(id, "alice"))) {
      Problems.is(answer, ProblemType.NOT_OPEN).body("opensAt", equalTo(opensAt.toString()));
      Instant serverTime = Instant.parse(answer.extract().path("serverTime"));
      assertThat(serverTime).isBefore(serverTime(id)).isAfter("2020-01-01T00:00:00Z");
      long wait = Duration.between(serverTime, opensAt).toSeconds();
      assertThat(Long.parseLong(answer.extract().header("Retry-After"))).isBetween(wait, wait + 32);
    }
    Problems.is(Api.ownClaim(id, "alice"), ProblemType.NO_CLAIM);
  }

  @Test
  void anOpeningOpensByItself() {
    String id = Api.freshId();
    Instant opensAt = serverTime(Api.create(1)).plusSeconds(3);
    Api.post(Map.of("id", id, "name", "Soon", "quantity", 1, "opensAt", opensAt.toString()))
        .statusCode(201);

    List<Integer> statuses = new ArrayList<>();
    Map<String, Object> claim =
        await()
            .atMost(Stores.SOON)
            .pollInterval(Duration.ofMillis(50))
            .until(
                () -> {
                  Response answer = Api.as("alice").post(Api.claims(id));
                  statuses.add(answer.statusCode());
                  return answer.statusCode() == 201 ? answer.jsonPath().getMap("$") : null;
                },
                issued -> issued != null);

    assertThat(Instant.parse(claim.get("issuedAt").toString())).isAfterOrEqualTo(opensAt);
    assertThat(statuses).containsOnly(409, 201);
  }

  @Test
  void closedIs409() {
    String byOperator = Api.create(1);
    Api.change(byOperator, "close").statusCode(200);
    String byWindow = Api.create(1, Map.of("closesAt", "2020-01-01T00:00:00Z"));

    refused(byOperator, "alice", ProblemType.CLOSED);
    refused(byWindow, "alice", ProblemType.CLOSED);
  }

  @Test
  void pausedIs409UntilItIsResumed() {
    String id = Api.create(1);
    Api.change(id, "pause").statusCode(200);
    refused(id, "alice", ProblemType.PAUSED);

    Api.change(id, "resume").statusCode(200);
    Api.claim(id, "alice").statusCode(201);
  }

  @Test
  void notEligibleIs403() {
    String id = Api.create(5, Map.of("audience", true));
    refused(id, "alice", ProblemType.NOT_ELIGIBLE);

    Api.addToAudience(id, "alice").statusCode(200);
    Api.claim(id, "alice").statusCode(201);
    // Case-sensitive: somebody else.
    refused(id, "Alice", ProblemType.NOT_ELIGIBLE);
  }

  @Test
  void notEligibleByTheRuleIs403WithTheOperatorsMessage() {
    String id = Api.create(5, Map.of("eligibility", "user.id.startsWith('a')"));
    Api.claim(id, "alice").statusCode(201);
    refused(id, "bob", ProblemType.NOT_ELIGIBLE);

    Api.patch(id, Map.of("eligibilityMessage", "Names with an a only.")).statusCode(200);
    Problems.is(Api.claim(id, "bob"), ProblemType.NOT_ELIGIBLE)
        .body("detail", equalTo("Names with an a only."));
    Problems.is(Api.put(id, "bob"), ProblemType.NOT_ELIGIBLE)
        .body("detail", equalTo("Names with an a only."));
    assertThat(Api.metric("firstcome_claims_total", "outcome=\"not-eligible\"")).isPositive();
  }

  @Test
  void theRuleThatHoldsNowIsWhatCounts() {
    String id = Api.create(50, Map.of("eligibility", "user.id.startsWith('a')"));
    for (int i = 0; i < 5; i++) {
      refused(id, "bob" + i, ProblemType.NOT_ELIGIBLE);
      Api.patch(id, Map.of("eligibility", "user.id.startsWith('b')")).statusCode(200);
      Api.claim(id, "bob" + i).statusCode(201);
      refused(id, "alice" + i, ProblemType.NOT_ELIGIBLE);
      Api.patch(id, Map.of("eligibility", "user.id.startsWith('a')")).statusCode(200);
      Api.claim(id, "alice" + i).statusCode(201);
    }
    Map<String, Object> anybody = new HashMap<>();
    anybody.put("eligibility", null);
    Api.patch(id, anybody).statusCode(200).body("eligibility", nullValue());
    Api.claim(id, "zoe").statusCode(201);
  }

  @Test
  void aRuleHoldsForSeveralUnitsToo() {
    String id = Api.create(20, Map.of("perUserLimit", 5, "eligibility", "user.id.startsWith('a')"));
    Problems.is(Api.as("bob").post(Api.claims(id) + "?units=3").then(), ProblemType.NOT_ELIGIBLE);
    Api.as("alice").post(Api.claims(id) + "?units=3").then().statusCode(201);
    Api.patch(id, Map.of("eligibility", "user.id.startsWith('b')")).statusCode(200);
    Problems.is(Api.as("alice").post(Api.claims(id) + "?units=4").then(), ProblemType.NOT_ELIGIBLE);
    Api.as("bob").post(Api.claims(id) + "?units=3").then().statusCode(201);
  }

  @Test
  void soldOutIsToldBeforeNotEligible() {
    String id = Api.create(1, Map.of("eligibility", "user.id.startsWith('a')"));
    Api.claim(id, "alice").statusCode(201);
    refused(id, "bob", ProblemType.SOLD_OUT);
  }

  @Test
  void anAudienceAndARuleMustBothBeMet() {
    String id = Api.create(5, Map.of("audience", true, "eligibility", "user.id.startsWith('a')"));
    Api.addToAudience(id, "alice", "bob").statusCode(200);
    Api.claim(id, "alice").statusCode(201);
    refused(id, "bob", ProblemType.NOT_ELIGIBLE);
    refused(id, "anna", ProblemType.NOT_ELIGIBLE);
  }

  @Test
  void aCheckSaysWhatAClaimWouldGetAndChangesNothing() {
    String id = Api.create(2, Map.of("eligibility", "user.id.startsWith('a')"));
    checked(id, "alice", "claimable");
    checked(id, "bob", "not-eligible");
    Api.admin()
        .get(Api.claim(id, "bob", "/check"))
        .then()
        .statusCode(200)
        .body("outcome", equalTo("depends-on-rule"));
    Api.change(id, "pause").statusCode(200);
    checked(id, "alice", "paused");
    Api.change(id, "resume").statusCode(200);
    Api.read(id).body("issued", equalTo(0)).body("remaining", equalTo(2));

    Map<String, Object> claim = Api.claim(id, "alice").extract().jsonPath().getMap("$");
    checked(id, "alice", "already-claimed").body("claim", equalTo(claim));
    Api.claim(id, "anna").statusCode(201);
    checked(id, "bob", "sold-out");
    Api.change(id, "close").statusCode(200);
    checked(id, "bob", "closed");

    String opens = "2190-01-01T00:00:00Z";
    String later = Api.create(1, Map.of("opensAt", opens, "audience", true));
    checked(later, "alice", "not-open").body("opensAt", equalTo(opens));
    String some = Api.create(1, Map.of("audience", true));
    Api.addToAudience(some, "alice").statusCode(200);
    checked(some, "alice", "claimable");
    checked(some, "bob", "not-eligible");
    Problems.is(
        Api.as("bob").get(Api.claim(some, "alice", "/check")).then(), ProblemType.FORBIDDEN);
    Problems.is(
        Api.as("bob").get(Api.claim(Api.freshId(), "bob", "/check")).then(),
        ProblemType.UNKNOWN_COUPON);
  }

  private static ValidatableResponse checked(String id, String user, String outcome) {
    return Api.as(user)
        .get(Api.claim(id, user, "/check"))
        .then()
        .statusCode(200)
        .body("outcome", equalTo(outcome))
        .body("detail", not(emptyString()));
  }

  @Test
  void unknownCouponIs404() {
    String id = Api.freshId();
    for (int i = 0; i < 2; i++) {
      refused(id, "alice", ProblemType.UNKNOWN_COUPON);
      Problems.is(Api.ownClaim(id, "alice"), ProblemType.UNKNOWN_COUPON);
      Problems.is(Api.read(id), ProblemType.UNKNOWN_COUPON);
      Problems.is(Api.admin().get(Api.claims(id)).then(), ProblemType.UNKNOWN_COUPON);
    }
  }

  @Test
  void malformedIs400NamingTheField() {
    ValidatableResponse answer = Api.claim("Not-An-Id", "alice");
    Problems.is(answer, ProblemType.MALFORMED).body("errors.field", equalTo(List.of("couponId")));
    Problems.is(Api.put("Not-An-Id", "alice"), ProblemType.MALFORMED);
    Problems.is(Api.ownClaim("Not-An-Id", "alice"), ProblemType.MALFORMED);
    Problems.is(Api.claim(Api.create(1), "with space"), ProblemType.MALFORMED)
        .body("errors.field", hasItem("X-User-Id"));
  }

  @Test
  void nobodyIs401() {
    String id = Api.create(1);
    Problems.is(Api.anonymous().post(Api.claims(id)).then(), ProblemType.UNAUTHENTICATED);
    Problems.is(
        Api.anonymous().put(Api.claim(id, "alice", "")).then(), ProblemType.UNAUTHENTICATED);
    Problems.is(
        Api.anonymous().get(Api.claim(id, "alice", "")).then(), ProblemType.UNAUTHENTICATED);
    Problems.is(Api.anonymous().get(Api.claims(id)).then(), ProblemType.UNAUTHENTICATED);
    Api.read(id).statusCode(200).body("issued", equalTo(0));
  }

  @Test
  void nobodyClaimsForAnother() {
    String id = Api.create(1);
    Problems.is(Api.as("mallory").put(Api.claim(id, "alice", "")).then(), ProblemType.FORBIDDEN);
    Problems.is(Api.as("alice").put(Api.claim(id, "Alice", "")).then(), ProblemType.FORBIDDEN);
    Problems.is(Api.admin().put(Api.claim(id, "alice", "")).then(), ProblemType.FORBIDDEN);
    Api.read(id).body("issued", equalTo(0));
  }

  @Test
  void aClaimIsReadAtOnceThoughMySqlDoesNotHaveIt() {
    String id = Api.create(1);
    Stores.Hold hold = stores.holdDrain(id);
    Map<String, Object> claim = claimOf(Api.claim(id, "alice").statusCode(201), "$");

    assertThat(claimOf(Api.ownClaim(id, "alice").statusCode(200), "$")).isEqualTo(claim);
    assertThat(stores.claimsInMySql(id)).isEmpty();
    hold.close();
  }

  @Test
  void nobodyLearnsWhetherAnotherHoldsAClaim() {
    String id = Api.create(1);
    Api.claim(id, "alice").statusCode(201);

    String holds = forbiddenBody(Api.claim(id, "alice", ""));
    String holdsNothing = forbiddenBody(Api.claim(id, "bob", ""));
    String otherCase = forbiddenBody(Api.claim(id, "MALLORY", ""));
    String unknownCoupon = forbiddenBody(Api.claim(Api.freshId(), "alice", ""));

    assertThat(List.of(holdsNothing, otherCase, unknownCoupon)).containsOnly(holds);
    Problems.is(Api.as("mallory").get(Api.claims(id)).then(), ProblemType.FORBIDDEN);
  }

  @Test
  void theOperatorReadsAnybodys() {
    String id = Api.create(2);
    Map<String, Object> claim = claimOf(Api.claim(id, "alice").statusCode(201), "$");

    assertThat(claimOf(Api.admin().get(Api.claim(id, "alice", "")).then().statusCode(200), "$"))
        .isEqualTo(claim);
    Problems.is(Api.admin().get(Api.claim(id, "Alice", "")).then(), ProblemType.NO_CLAIM);
  }

  @Test
  void whoHoldsNothingIsTold404() {
    Problems.is(Api.ownClaim(Api.create(1), "alice"), ProblemType.NO_CLAIM);
  }

  @Test
  void idsAreCaseSensitiveFromEndToEnd() {
    String id = Api.create(2);
    Api.claim(id, "Alice").statusCode(201);
    Api.claim(id, "alice").statusCode(201).body("sequence", equalTo(2));

    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).containsOnlyKeys("Alice", "alice");
  }

  /** What is visible ASCII may be an id, and comes back as it went in, wherever it stands. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a/b%c",
        "/",
        "a//b",
        "a+b",
        "a&b=c",
        "~",
        "...",
        "..a",
        "a/../b",
        "%2e%2e",
        "%2F",
        "%",
        "\"it's\"",
        "';DROP/**/TABLE/**/claim;--",
        "a;b=c",
        "a?b#c",
        "{userId}",
        "[[]]",
        "\\",
        "<a|b>^`",
        "a:b@c,d",
        "]]..redis.call('FLUSHALL')--",
        "%s%d%.0f",
        "*",
        "!$(),-._0123456789:=?@AZ",
      })
  void theLocationCanBeFollowedWhateverTheUserIsCalled(String user) throws Exception {
    String id = Api.create(1);
    Response issued = Api.claim(id, user).statusCode(201).extract().response();
    Map<String, Object> claim = issued.jsonPath().getMap("$");
    assertThat(claim).containsEntry("userId", user);

    HttpResponse<String> followed =
        CLIENT.send(
            Api.request(service.resolve(issued.header("Location")), user).build(),
            BodyHandlers.ofString());

    assertThat(followed.statusCode()).isEqualTo(200);
    assertThat(JsonPath.from(followed.body()).getMap("$")).isEqualTo(claim);
    assertThat(claimOf(Api.put(id, user).statusCode(200), "$")).isEqualTo(claim);
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).containsOnlyKeys(user);
  }

  @Test
  void theOperatorListsClaimsPageByPageInTheirOrder() {
    String id = Api.create(10);
    List<Map<String, Object>> claims = new ArrayList<>();
    for (String user : List.of("zoe", "Bob", "alice", "bob", "~")) {
      claims.add(claimOf(Api.claim(id, user).statusCode(201), "$"));
    }
    stores.awaitDrained(id);

    JsonPath first = list(id, "?limit=2").statusCode(200).extract().jsonPath();
    assertThat(first.getMap("$")).containsOnlyKeys("claims", "next");
    assertThat(first.getList("claims")).isEqualTo(claims.subList(0, 2));
    assertThat(first.getLong("next")).isEqualTo(2);
    list(id, "?limit=2&after=2")
        .statusCode(200)
        .body("claims", equalTo(claims.subList(2, 4)))
        .body("next", equalTo(4));
    list(id, "?limit=2&after=4")
        .statusCode(200)
        .body("claims", equalTo(claims.subList(4, 5)))
        .body("next", nullValue());
    list(id, "?after=5").statusCode(200).body("claims", hasSize(0)).body("next", nullValue());
    list(id, "").statusCode(200).body("claims", equalTo(claims)).body("next", nullValue());
    list(id, "?after=" + Long.MAX_VALUE).statusCode(200).body("claims", hasSize(0));
  }

  @Test
  void aPageHoldsAThousandClaimsAtMost() {
    String id = Api.create(5_000);
    stores.claim(id, IntStream.range(0, 1_999).mapToObj(i -> "u" + i).toList());
    // The drain learns of it.
    Api.claim(id, "u1999").statusCode(201).body("sequence", equalTo(2_000));
    stores.awaitDrained(id);

    list(id, "?limit=1000")
        .statusCode(200)
        .body("claims", hasSize(1_000))
        .body("claims[999].sequence", equalTo(1_000))
        .body("next", equalTo(1_000));
    list(id, "?limit=1000&after=1001").body("claims", hasSize(999)).body("next", nullValue());
    list(id, "").body("claims", hasSize(100));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=1001",
        "limit=-1",
        "limit=abc",
        "limit=1.5",
        "after=-1",
        "after=x"
      })
  void aPageOutOfRangeIs400(String query) {
    Problems.is(list(Api.create(1), "?" + query), ProblemType.MALFORMED)
        .body("errors.field", equalTo(List.of(query.substring(0, query.indexOf('=')))));
  }

  private static ValidatableResponse list(String id, String query) {
    return Api.admin().get(Api.claims(id) + query).then();
  }

  private static void refused(String id, String user, ProblemType type) {
    for (ValidatableResponse answer : List.of(Api.claim(id, user), Api.put(id, user))) {
      Problems.is(answer, type);
      assertThat(answer.extract().header("Retry-After")).isNull();
      assertThat(answer.extract().jsonPath().getMap("$"))
          .containsOnlyKeys("type", "title", "status", "detail");
    }
  }

  private static String forbiddenBody(String path) {
    return Problems.is(Api.as("mallory").get(path).then(), ProblemType.FORBIDDEN)
        .extract()
        .asString();
  }

  private static ProblemType typeOf(String slug) {
    for (ProblemType type : ProblemType.values()) {
      if (type.slug().equals(slug)) {
        return type;
      }
    }
    throw new IllegalArgumentException(slug + " is no " + Problem.MEDIA_TYPE);
  }

  private static Map<String, Object> claimOf(ValidatableResponse response, String path) {
    return response.extract().jsonPath().getMap(path);
  }

  private static Instant serverTime(String id) {
    return Instant.parse(Api.read(id).statusCode(200).extract().path("serverTime"));
  }
}

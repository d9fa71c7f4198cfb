package io.firstcome.coupon.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the operator does to coupons, and that MySQL has it when it is answered. */
@QuarkusTest
class CouponOverHttpTest {

  private static final String OPENS = "2030-07-01T10:00:00.123456Z";
  private static final String CLOSES = "2030-07-02T10:00:00Z";

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void creatingIs201WithTheCouponAndWhereItIs() {
    Map<String, Object> order = Api.order(100, Map.of("opensAt", OPENS, "closesAt", CLOSES));
    Response created = Api.post(order).statusCode(201).extract().response();

    Map<String, Object> coupon = created.jsonPath().getMap("$");
    assertThat(coupon)
        .containsOnlyKeys(
            "id",
            "name",
            "quantity",
            "issued",
            "withheld",
            "remaining",
            "state",
            "opensAt",
            "closesAt",
            "audience",
            "acknowledge",
            "onLoss",
            "eligibility",
            "eligibilityMessage",
            "policy",
            "discount",
            "queue",
            "waitlist",
            "waiting",
            "offered",
            "acceptWithinSeconds",
            "ratePerSecond",
            "codes",
            "queueLimit",
            "queued",
            "rehearsal",
            "shards",
            "perUserLimit",
            "release",
            "validFrom",
            "validUntil",
            "validForSeconds",
            "version",
            "serverTime")
        .containsEntry("id", order.get("id"))
        .containsEntry("name", "A coupon")
        .containsEntry("quantity", 100)
        .containsEntry("issued", 0)
        .containsEntry("remaining", 100)
        .containsEntry("state", "NOT_OPEN")
        .containsEntry("opensAt", OPENS)
        .containsEntry("closesAt", CLOSES)
        .containsEntry("audience", false)
        .containsEntry("acknowledge", "REDIS")
        .containsEntry("onLoss", "WITHHOLD")
        .containsEntry("rehearsal", false)
        .containsEntry("version", 1);
    assertThat(created.header("Location")).endsWith(Api.coupon(order.get("id").toString()));
    Api.anonymous()
        .get(created.header("Location"))
        .then()
        .statusCode(200)
        .body("id", equalTo(order.get("id")));
  }

  @Test
  void anIdIsGeneratedWhereNoneIsGiven() {
    Map<String, Object> order = Map.of("name", "No id", "quantity", 1);
    String one = Api.post(order).statusCode(201).extract().path("id");
    String other = Api.post(order).statusCode(201).extract().path("id");

    assertThat(one).matches("[a-z0-9-]{1,64}").isNotEqualTo(other);
    Api.claim(one, "alice").statusCode(201);
  }

  @Test
  void theSameBodyAgainIs200WhateverBecameOfTheCoupon() {
    Map<String, Object> order = Api.order(5, Map.of("opensAt", "2020-01-01T00:00:00Z"));
    String id = order.get("id").toString();
    Api.post(order).statusCode(201);
    Api.post(order).statusCode(200).body("version", equalTo(1));

    Api.patch(id, Map.of("name", "Another", "quantity", 7)).statusCode(200);
    Api.claim(id, "alice").statusCode(201);
    Api.change(id, "close").statusCode(200);

    ValidatableResponse again = Api.post(order).statusCode(200);
    again.body("name", equalTo("Another")).body("quantity", equalTo(7)).body("issued", equalTo(1));
    assertThat(again.extract().header("Location")).isNull();
  }

  @Test
  void theSameInstantWrittenOtherwiseIsTheSameBody() {
    Map<String, Object> order = Api.order(5, Map.of("opensAt", "2030-01-01T12:00:00Z"));
    Api.post(order).statusCode(201);
    order.put("opensAt", "2030-01-01T13:00:00.000+01:00");
    order.put("audience", false);
    order.put("onLoss", "WITHHOLD");
    order.put("rehearsal", false);
    Api.post(order).statusCode(200);
  }

  @ParameterizedTest
  @CsvSource({
    "name, Another",
    "quantity, 6",
    "opensAt, 2030-01-01T00:00:00Z",
    "closesAt, 2030-01-01T00:00:00Z",
    "audience, true",
    "acknowledge, DATABASE",
    "onLoss, REISSUE",
    "eligibility, user.id != ''",
    "eligibilityMessage, Not you",
    "rehearsal, true"
  })
  void anotherBodyUnderTheSameIdIs409(String field, String value) {
    Map<String, Object> order = Api.order(5, Map.of());
    Api.post(order).statusCode(201);
    Map<String, Object> other = new HashMap<>(order);
    other.put(
        field,
        switch (field) {
          case "quantity" -> Long.valueOf(value);
          case "audience", "rehearsal" -> Boolean.valueOf(value);
          default -> value;
        });

    Problems.is(Api.post(other), ProblemType.COUPON_EXISTS);
    Api.read(order.get("id").toString())
        .body("name", equalTo("A coupon"))
        .body("quantity", equalTo(5));
  }

  @Test
  void durabilityIsChosenAndChangedAndAllButTheRehearsalMayChange() {
    Map<String, Object> chosen =
        Map.of("acknowledge", "DATABASE", "onLoss", "REISSUE", "rehearsal", true);
    Map<String, Object> order = Api.order(5, chosen);
    String id = order.get("id").toString();
    Api.post(order).statusCode(201).body("acknowledge", equalTo("DATABASE"));
    Api.post(order).statusCode(200);
    Api.read(id)
        .body("acknowledge", equalTo("DATABASE"))
        .body("onLoss", equalTo("REISSUE"))
        .body("rehearsal", equalTo(true));

    Api.patch(id, Map.of("acknowledge", "REPLICA")).body("onLoss", equalTo("REISSUE"));
    Api.patch(id, Map.of("onLoss", "WITHHOLD"))
        .statusCode(200)
        .body("acknowledge", equalTo("REPLICA"))
        .body("onLoss", equalTo("WITHHOLD"))
        .body("version", equalTo(3));
    Problems.is(Api.patch(id, Map.of("rehearsal", false)), ProblemType.MALFORMED);

    Row row =
        stores
            .sql("SELECT acknowledge, on_loss, rehearsal FROM coupon WHERE id = ?", id)
            .iterator()
            .next();
    assertThat(row.getString(0)).isEqualTo("replica");
    assertThat(row.getString(1)).isEqualTo("withhold");
    assertThat(row.getBoolean(2)).isTrue();
  }

  @Test
  void readingTellsWhatAClaimWouldMeet() {
    String id = Api.create(2);
    Api.read(id).statusCode(200).body("state", equalTo("OPEN")).body("opensAt", nullValue());
    Api.claim(id, "alice").statusCode(201);
    Api.read(id).body("issued", equalTo(1)).body("remaining", equalTo(1));
    Api.claim(id, "bob").statusCode(201);
    Api.read(id).body("state", equalTo("SOLD_OUT"));
    Api.change(id, "pause");
    Api.read(id).body("state", equalTo("PAUSED"));
    Api.patch(id, Map.of("opensAt", "2100-01-01T00:00:00Z"));
    Api.read(id).body("state", equalTo("NOT_OPEN"));
    Api.change(id, "close");
    Api.read(id)
        .body("state", equalTo("CLOSED"))
        .body("serverTime", matchesPattern("\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z"));
  }

  @Test
  void theListGoesPageByPageThroughAllInTheOrderOfTheirIds() {
    String prefix = Api.freshId();
    List<String> mine = IntStream.rangeClosed(1, 5).mapToObj(i -> prefix + "-" + i).toList();
    for (String id : mine) {
      Api.create(3, Map.of("id", id));
    }
    Api.claim(mine.get(0), "alice").statusCode(201);

    JsonPath first = list("?limit=2&after=" + prefix).statusCode(200).extract().jsonPath();
    assertThat(first.getMap("$")).containsOnlyKeys("coupons", "next");
    assertThat(first.getList("coupons.id")).isEqualTo(mine.subList(0, 2));
    assertThat(first.getList("coupons.issued")).isEqualTo(List.of(1, 0));
    assertThat(first.getString("next")).isEqualTo(mine.get(1));
    list("?limit=2&after=" + mine.get(1)).body("coupons.id", equalTo(mine.subList(2, 4)));

    List<String> all = new ArrayList<>();
    String next = "";
    do {
      JsonPath page = list("?limit=100&after=" + next).statusCode(200).extract().jsonPath();
      all.addAll(page.getList("coupons.id"));
      next = page.getString("next");
    } while (next != null);
    assertThat(all).containsSubsequence(mine).isSorted().doesNotHaveDuplicates();
    list("?after=" + "z".repeat(64)).body("coupons", hasSize(0)).body("next", nullValue());
  }

  @Test
  void theListLeavesOutRehearsalsOrAllElseWhereItIsAskedTo() {
    String prefix = Api.freshId();
    for (int i = 1; i <= 4; i++) {
      Api.create(3, Map.of("id", prefix + "-" + i, "rehearsal", i % 2 == 0));
    }

    list("?limit=2&rehearsal=true&after=" + prefix)
        .body("coupons.id", equalTo(List.of(prefix + "-2", prefix + "-4")))
        .body("coupons.rehearsal", equalTo(List.of(true, true)));
    list("?limit=2&rehearsal=false&after=" + prefix)
        .body("coupons.id", equalTo(List.of(prefix + "-1", prefix + "-3")))
        .body("next", equalTo(prefix + "-3"));
    list("?limit=4&after=" + prefix)
        .body("coupons.rehearsal", equalTo(List.of(false, true, false, true)));
  }

  @Test
  void theListTellsOfCouponsThatRedisDoesNotHold() {
    String id = Api.create(3);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    // As after a loss before this one.
    stores.sql(
        "INSERT INTO sequence_gap (coupon_id, first, last, epoch, reason)"
            + " VALUES (?, 2, 2, 1, 'lost')",
        id);
    stores.loseAll(id);

    list("?limit=1&after=" + id.substring(0, id.length() - 1))
        .statusCode(200)
        .body("coupons[0].id", equalTo(id))
        .body("coupons[0].issued", equalTo(1))
        .body("coupons[0].withheld", equalTo(1))
        .body("coupons[0].remaining", equalTo(1))
        .body("coupons[0].state", equalTo("OPEN"));
  }

  @Test
  void whatIsPatchedIsInMySqlWhenItIsAnswered() {
    String id = Api.create(10, Map.of("opensAt", "2020-01-01T00:00:00Z"));

    Api.patch(id, Map.of("name", "Sommer ☀ 😀 'x' \"y\""))
        .statusCode(200)
        .body("name", equalTo("Sommer ☀ 😀 'x' \"y\""))
        .body("version", equalTo(2));
    assertThat(stores.coupon(id).getString("name")).isEqualTo("Sommer ☀ 😀 'x' \"y\"");

    Api.patch(id, Map.of("quantity", 20)).statusCode(200).body("remaining", equalTo(20));
    assertThat(stores.coupon(id).getLong("quantity")).isEqualTo(20);

    Api.patch(id, Map.of("quantity", 3)).statusCode(200).body("remaining", equalTo(3));
    assertThat(stores.coupon(id).getLong("quantity")).isEqualTo(3);

    Api.patch(id, Map.of("opensAt", OPENS)).statusCode(200).body("opensAt", equalTo(OPENS));
    assertThat(stores.coupon(id).getLocalDateTime("opens_at"))
        .isEqualTo(LocalDateTime.parse("2030-07-01T10:00:00.123456"));

    Api.patch(id, Map.of("closesAt", CLOSES)).statusCode(200).body("closesAt", equalTo(CLOSES));
    Row row = stores.coupon(id);
    assertThat(row.getLocalDateTime("closes_at")).isEqualTo("2030-07-02T10:00:00");
    assertThat(row.getLong("version")).isEqualTo(6);
    Api.read(id).body("version", equalTo(6)).body("quantity", equalTo(3));
  }

  /** RFC 7396: it was answered 200 and nothing had changed. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aWindowThatIsPatchedToNullIsRemoved(int shards) {
    String id =
        Api.create(
            10, Map.of("opensAt", "2020-01-01T00:00:00Z", "closesAt", CLOSES, "shards", shards));
    Api.patch(id, "{\"closesAt\":null}")
        .statusCode(200)
        .body("closesAt", nullValue())
        .body("opensAt", equalTo("2020-01-01T00:00:00Z"));
    assertThat(stores.coupon(id).getLocalDateTime("closes_at")).isNull();

    Api.patch(id, Map.of("opensAt", OPENS)).statusCode(200).body("opensAt", equalTo(OPENS));
    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_OPEN);
    Api.patch(id, "{\"opensAt\":null}").statusCode(200).body("opensAt", nullValue());
    assertThat(stores.coupon(id).getLocalDateTime("opens_at")).isNull();
    Api.claim(id, "alice").statusCode(201);
  }

  @Test
  void allFieldsAtOnceAreOneChange() {
    String id = Api.create(10);
    Api.patch(id, Map.of("name", "N", "quantity", 1, "opensAt", OPENS, "closesAt", CLOSES))
        .statusCode(200)
        .body("version", equalTo(2));
    assertThat(stores.coupon(id).getLong("version")).isEqualTo(2);
  }

  @Test
  void aPatchThatChangesNothingBumpsNothing() {
    String id = Api.create(10);
    Api.patch(id, Map.of()).statusCode(200).body("version", equalTo(1));
    Api.patch(id, Map.of("name", "A coupon", "quantity", 10))
        .statusCode(200)
        .body("version", equalTo(1));
  }

  @Test
  void moreUnitsReopenWhatIsSoldOut() {
    String id = Api.create(1);
    Api.claim(id, "alice").statusCode(201);
    Problems.is(Api.claim(id, "bob"), ProblemType.SOLD_OUT);

    Api.patch(id, Map.of("quantity", 2)).statusCode(200);
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(2));
  }

  @Test
  void theQuantityIsNeverLessThanWhatIsIssued() {
    String id = Api.create(3);
    Api.claim(id, "alice").statusCode(201);
    Api.claim(id, "bob").statusCode(201);

    Problems.is(Api.patch(id, Map.of("quantity", 1)), ProblemType.QUANTITY_BELOW_ISSUED);
    Api.read(id).body("quantity", equalTo(3)).body("version", equalTo(1));
    Api.patch(id, Map.of("quantity", 2)).statusCode(200).body("state", equalTo("SOLD_OUT"));
  }

  @Test
  void aWindowThatNeverOpensIs400() {
    String id = Api.create(1, Map.of("opensAt", OPENS, "closesAt", CLOSES));
    for (Map<String, Object> patch :
        List.<Map<String, Object>>of(
            Map.of("opensAt", CLOSES),
            Map.of("opensAt", "2031-01-01T00:00:00Z"),
            Map.of("closesAt", OPENS),
            Map.of("opensAt", "2040-01-02T00:00:00Z", "closesAt", "2040-01-01T00:00:00Z"))) {
      Problems.is(Api.patch(id, patch), ProblemType.MALFORMED)
          .body("errors.field", equalTo(List.of("closesAt")));
    }
    Api.read(id).body("opensAt", equalTo(OPENS)).body("closesAt", equalTo(CLOSES));
  }

  @Test
  void pausingResumingAndClosingAgainChangesNothing() {
    String id = Api.create(1);
    for (int i = 0; i < 2; i++) {
      Api.change(id, "pause").statusCode(200).body("state", equalTo("PAUSED"));
      assertThat(stores.coupon(id).getString("status")).isEqualTo("paused");
      Api.read(id).body("version", equalTo(2));
    }
    for (int i = 0; i < 2; i++) {
      Api.change(id, "resume").statusCode(200).body("state", equalTo("OPEN"));
      assertThat(stores.coupon(id).getString("status")).isEqualTo("open");
      Api.read(id).body("version", equalTo(3));
    }
    for (int i = 0; i < 2; i++) {
      Api.change(id, "close").statusCode(200).body("state", equalTo("CLOSED"));
      assertThat(stores.coupon(id).getString("status")).isEqualTo("closed");
      Api.read(id).body("version", equalTo(4));
    }
  }

  @Test
  void closedIsForGood() {
    String id = Api.create(1);
    Api.change(id, "close").statusCode(200);

    Problems.is(Api.change(id, "resume"), ProblemType.CLOSED);
    Problems.is(Api.change(id, "pause"), ProblemType.CLOSED);
    Api.patch(id, Map.of("quantity", 5, "closesAt", "2199-01-01T00:00:00Z"));
    Api.read(id).body("state", equalTo("CLOSED"));
    Problems.is(Api.claim(id, "alice"), ProblemType.CLOSED);
  }

  @Test
  void whatIsUnknownCannotBeChanged() {
    String id = Api.freshId();
    Problems.is(Api.patch(id, Map.of("quantity", 5)), ProblemType.UNKNOWN_COUPON);
    Problems.is(Api.change(id, "pause"), ProblemType.UNKNOWN_COUPON);
    Problems.is(Api.addToAudience(id, "alice"), ProblemType.UNKNOWN_COUPON);
  }

  @Test
  void anAudienceIsInMySqlWhenItIsAnswered() {
    String id = Api.create(10, Map.of("audience", true));
    Api.addToAudience(id, "alice", "bob", "alice")
        .statusCode(200)
        .body("changed", equalTo(2))
        .body("size", equalTo(2));
    assertThat(stores.audience(id)).isEqualTo(2);
    Api.addToAudience(id, "bob", "carol").body("changed", equalTo(1)).body("size", equalTo(3));

    Api.removeFromAudience(id, "bob", "nobody")
        .statusCode(200)
        .body("changed", equalTo(1))
        .body("size", equalTo(2));
    assertThat(stores.audience(id)).isEqualTo(2);
    assertThat(stores.coupon(id).getLong("version")).isEqualTo(4);
    Api.removeFromAudience(id, "bob").body("changed", equalTo(0)).body("size", equalTo(2));
    Api.read(id).body("version", equalTo(4)).body("audience", equalTo(true));
    Problems.is(Api.claim(id, "bob"), ProblemType.NOT_ELIGIBLE);
    Api.claim(id, "carol").statusCode(201);
  }

  @Test
  void whoIsRemovedFromTheAudienceKeepsTheClaim() {
    String id = Api.create(10, Map.of("audience", true));
    Api.addToAudience(id, "alice").statusCode(200);
    Map<String, Object> claim =
        Api.claim(id, "alice").statusCode(201).extract().jsonPath().getMap("$");

    Api.removeFromAudience(id, "alice").statusCode(200).body("size", equalTo(0));

    Api.put(id, "alice").statusCode(200).body("$", equalTo(claim));
    Api.ownClaim(id, "alice").statusCode(200).body("$", equalTo(claim));
  }

  @Test
  void oneCallNamesTenThousandUsersAndNoMore() {
    String id = Api.create(10, Map.of("audience", true));
    // As long as ids can be.
    Object[] users =
        IntStream.range(0, 10_000).mapToObj(i -> "u".repeat(123) + "%05d".formatted(i)).toArray();

    Api.addToAudience(id, users)
        .statusCode(200)
        .body("changed", equalTo(10_000))
        .body("size", equalTo(10_000));
    assertThat(stores.audience(id)).isEqualTo(10_000);
    Api.claim(id, users[9_999].toString()).statusCode(201);
    Api.removeFromAudience(id, users).statusCode(200).body("changed", equalTo(10_000));
    assertThat(stores.audience(id)).isZero();

    Object[] tooMany = IntStream.range(0, 10_001).mapToObj(i -> "u" + i).toArray();
    Problems.is(Api.addToAudience(id, tooMany), ProblemType.MALFORMED)
        .body("errors.field", equalTo(List.of("users")));
    assertThat(stores.audience(id)).isZero();
  }

  @Test
  void aCouponForAllHasNoAudience() {
    String id = Api.create(1);
    Problems.is(Api.addToAudience(id, "alice"), ProblemType.NO_AUDIENCE);
    Problems.is(Api.removeFromAudience(id, "alice"), ProblemType.NO_AUDIENCE);
  }

  /** Before the body is looked at: who may not ask learns nothing of what may be asked. */
  @ParameterizedTest
  @CsvSource({
    "POST, ''",
    "PATCH, /{id}",
    "POST, /{id}/pause",
    "POST, /{id}/resume",
    "POST, /{id}/close",
    "PUT, /{id}/audience",
    "DELETE, /{id}/audience",
    "GET, /{id}/claims",
  })
  void onlyTheOperatorMay(String method, String path) {
    String id = Api.create(1, Map.of("audience", true));
    String url = Api.COUPONS + path.replace("{id}", id);
    Problems.is(
        Api.as("mallory")
            .header("X-User-Groups", "service")
            .contentType("application/json")
            .body("{\"nonsense\":1}")
            .request(method, url)
            .then(),
        ProblemType.FORBIDDEN);
    Problems.is(
        Api.anonymous()
            .contentType("application/json")
            .body("{\"nonsense\":1}")
            .request(method, url)
            .then(),
        ProblemType.UNAUTHENTICATED);
    Api.read(id).body("state", equalTo("OPEN")).body("version", equalTo(1));
  }

  @Test
  void anybodyReadsCoupons() {
    String id = Api.create(1);
    Instant before = Instant.parse(Api.read(id).extract().path("serverTime"));
    Api.as("mallory").get(Api.coupon(id)).then().statusCode(200);
    assertThat(Instant.parse(Api.read(id).extract().path("serverTime"))).isAfter(before);
    list("?limit=1").statusCode(200).body("coupons", hasSize(greaterThan(0)));
  }

  private static ValidatableResponse list(String query) {
    return Api.anonymous().get(Api.COUPONS + query).then();
  }
}

package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lotteries: users enter, one draw gives the units to some of them, and anybody can verify it. */
@QuarkusTest
class LotteryOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void whoEntersGetsAReceiptAndTheSameAgain() {
    String id = lottery(5, Map.of());

    Map<String, Object> receipt =
        Api.claim(id, "alice")
            .statusCode(202)
            .header("Location", equalTo(Api.coupon(id) + "/entries/alice"))
            .body("couponId", equalTo(id))
            .body("userId", equalTo("alice"))
            .body("number", equalTo(1))
            .body("tickets", equalTo(1))
            .body("state", equalTo("ENTERED"))
            .body("salt", matchesPattern("[0-9a-f]{32}"))
            .extract()
            .jsonPath()
            .getMap("$");

    assertThat(receipt.get("entry"))
        .isEqualTo(
            Digests.of(
                String.join(
                    "\n",
                    "firstcome/lottery/entry/1",
                    id,
                    "alice",
                    receipt.get("salt").toString())));
    Api.claim(id, "alice").statusCode(202).body("$", equalTo(receipt));
    Api.put(id, "alice").statusCode(202).body("$", equalTo(receipt));
    entry(id, "alice").statusCode(200).body("$", equalTo(receipt));
    Api.claim(id, "bob").statusCode(202).body("number", equalTo(2));
    Api.read(id)
        .body("policy", equalTo("LOTTERY"))
        .body("quantity", equalTo(5))
        .body("issued", equalTo(0))
        .body("remaining", equalTo(5))
        .body("tickets", equalTo(2))
        .body("shards", equalTo(1))
        .body("state", equalTo("OPEN"));
    // Nobody holds anything yet.
    Problems.is(Api.ownClaim(id, "alice"), ProblemType.NO_CLAIM);
    Problems.is(redeem(id, "alice"), ProblemType.NO_CLAIM);
    Api.as("alice").get("/api/v1/me/coupons").then().body("units.couponId", not(id));
    Api.as("alice")
        .get(Api.claim(id, "alice", "/check"))
        .then()
        .body("outcome", equalTo("entered"))
        .body("claim", nullValue());
    Api.as("carol")
        .get(Api.claim(id, "carol", "/check"))
        .then()
        .body("outcome", equalTo("claimable"));
  }

  private static org.hamcrest.Matcher<Iterable<? super String>> not(String id) {
    return org.hamcrest.Matchers.not(org.hamcrest.Matchers.hasItem(id));
  }

  @Test
  void theCommitmentIsPublishedBeforeAndTheSecretAfterTheDraw() {
    String id = lottery(1, Map.of());
    String commitment =
        draw(id)
            .statusCode(200)
            .body("state", equalTo("ENTERING"))
            .body("secret", nullValue())
            .body("page", nullValue())
            .body("root", nullValue())
            .extract()
            .path("commitment");
    Api.claim(id, "alice").statusCode(202);

    Api.change(id, "close").statusCode(200);

    JsonPath drawn = drawn(id);
    assertThat(drawn.getString("commitment")).isEqualTo(commitment);
    assertThat(Digests.of(drawn.getString("secret"))).isEqualTo(commitment);
    assertThat(drawn.getString("seed")).isEqualTo(Digests.of(drawn.getString("secret")));
    assertThat(drawn.getInt("page[0].place")).isEqualTo(1);
  }

  @Test
  void theDrawGivesEveryUnitAndWinnersHoldOrdinaryClaims() {
    String id = lottery(3, Map.of());
    List<String> users = IntStream.range(0, 10).mapToObj(i -> "user-" + i).toList();
    users.forEach(user -> Api.claim(id, user).statusCode(202));
    String commitment = draw(id).extract().path("commitment");

    Api.change(id, "close").statusCode(200);
    JsonPath drawn = drawn(id);

    assertThat(drawn.getInt("winners")).isEqualTo(3);
    assertThat(drawn.getInt("entries")).isEqualTo(10);
    Map<Integer, String> winners = new HashMap<>();
    for (String user : users) {
      Map<String, Object> entry = entry(id, user).statusCode(200).extract().jsonPath().getMap("$");
      if (entry.get("state").equals("WON")) {
        winners.put((Integer) entry.get("place"), user);
        Api.ownClaim(id, user).statusCode(200).body("sequence", equalTo(entry.get("place")));
        Problems.is(Api.claim(id, user), ProblemType.ALREADY_CLAIMED)
            .body("claim.sequence", equalTo(entry.get("place")));
      } else {
        assertThat(entry).containsEntry("state", "LOST").doesNotContainKey("place");
        Problems.is(Api.ownClaim(id, user), ProblemType.NO_CLAIM);
        Problems.is(Api.claim(id, user), ProblemType.CLOSED);
      }
    }
    assertThat(winners).containsOnlyKeys(1, 2, 3);
    Problems.is(Api.claim(id, "late"), ProblemType.CLOSED);
    Api.read(id)
        .body("state", equalTo("CLOSED"))
        .body("quantity", equalTo(3))
        .body("issued", equalTo(3))
        .body("tickets", nullValue());
    redeem(id, winners.get(2)).statusCode(201).body("sequence", equalTo(2));
    Api.as(winners.get(1))
        .get("/api/v1/me/coupons")
        .then()
        .body("units.couponId", org.hamcrest.Matchers.hasItem(id));
    Api.assertClean("coupons/" + id);
    // The winners are loaded again after a loss.
    stores.awaitDrained(id);
    stores.loseAll(id);
    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> Api.ownClaim(id, winners.get(3)).statusCode(200));
    assertThat(drawn(id).getString("commitment")).isEqualTo(commitment);
  }

  @Test
  void fewerEntriesThanUnitsAllWin() {
    String id = lottery(5, Map.of());
    Api.claim(id, "alice").statusCode(202);
    Api.claim(id, "bob").statusCode(202);

    Api.change(id, "close").statusCode(200);

    assertThat(drawn(id).getInt("winners")).isEqualTo(2);
    Api.read(id).body("issued", equalTo(2)).body("remaining", equalTo(3));
    Problems.is(Api.claim(id, "carol"), ProblemType.CLOSED);
    Api.assertClean("coupons/" + id);
  }

  @Test
  void aLotteryThatNobodyEntersIsDrawnToo() {
    String id = lottery(5, Map.of());

    Api.change(id, "close").statusCode(200);

    JsonPath drawn = drawn(id);
    assertThat(drawn.getInt("winners")).isZero();
    assertThat(drawn.getString("root")).isEqualTo(Digests.of(""));
    assertThat(drawn.getString("cutOff")).isNull();
    Api.read(id).body("issued", equalTo(0)).body("state", equalTo("CLOSED"));
  }

  @Test
  void whoHasWithdrawnIsNotDrawnAndDoesNotEnterAgain() {
    String id = lottery(5, Map.of());
    Api.claim(id, "alice").statusCode(202);
    Api.claim(id, "bob").statusCode(202);

    withdraw(id, "alice").statusCode(200).body("state", equalTo("WITHDRAWN"));

    withdraw(id, "alice").statusCode(200).body("state", equalTo("WITHDRAWN"));
    entry(id, "alice").body("state", equalTo("WITHDRAWN")).body("tickets", equalTo(0));
    Problems.is(Api.claim(id, "alice"), ProblemType.WITHDRAWN);
    Problems.is(Api.put(id, "alice"), ProblemType.WITHDRAWN);
    Problems.is(withdraw(id, "carol"), ProblemType.NOT_ENTERED);
    Api.read(id).body("tickets", equalTo(1));
    Api.change(id, "close").statusCode(200);
    JsonPath drawn = drawn(id);
    assertThat(drawn.getList("page.number", Integer.class)).containsExactly(2);
    entry(id, "alice").body("state", equalTo("WITHDRAWN"));
    entry(id, "bob").body("state", equalTo("WON"));
    Problems.is(withdraw(id, "bob"), ProblemType.CLOSED);
  }

  @Test
  void whoIsErasedIsInNoListAndTheDrawStaysRight() {
    String id = lottery(5, Map.of("lottery", Map.of("publicValue", publicValue("CANCEL", 3600))));
    Api.claim(id, "erased-before-the-close").statusCode(400);
    Api.claim(id, "early-" + id).statusCode(202);
    Api.claim(id, "late-" + id).statusCode(202);
    Api.claim(id, "bob").statusCode(202);
    erase("early-" + id);
    Api.change(id, "close").statusCode(200);
    awaitState(id, "FROZEN").body("page.number", equalTo(List.of(2, 3)));

    erase("late-" + id);

    publish(id, "value").statusCode(200);
    JsonPath drawn = drawn(id);
    assertThat(drawn.getInt("winners")).isEqualTo(2);
    Api.claims(id);
    assertThat(
            stores
                .sql("SELECT 1 FROM claim WHERE user_id IN (?, ?)", "early-" + id, "late-" + id)
                .size())
        .isZero();
    Api.assertClean("coupons/" + id);
  }

  private static void erase(String user) {
    Api.admin().delete("/api/v1/admin/users/" + user).then().statusCode(200);
  }

  @Test
  void thePublicValueCountsOnlyAfterTheRootIsPublished() {
    String id = lottery(1, Map.of("lottery", Map.of("publicValue", publicValue("CANCEL", 3600))));
    Api.claim(id, "alice").statusCode(202);
    Problems.is(publish(id, "too early"), ProblemType.DRAW_NOT_FROZEN);
    Api.change(id, "close").statusCode(200);
    awaitState(id, "FROZEN")
        .body("root", matchesPattern("[0-9a-f]{64}"))
        .body("page", hasSize(1))
        .body("secret", nullValue())
        .body("publicName", equalTo("A value"))
        .body("fallback", equalTo("CANCEL"));
    Problems.is(Api.patch(id, Map.of("quantity", 2)), ProblemType.DRAW_BEGUN);
    Problems.is(Api.patch(id, Map.of("closesAt", "2199-01-01T00:00:00Z")), ProblemType.DRAW_BEGUN);

    publish(id, "value").statusCode(200);

    publish(id, "value").statusCode(200);
    Problems.is(publish(id, "another"), ProblemType.DRAW_NOT_FROZEN);
    JsonPath drawn = drawn(id);
    assertThat(drawn.getString("publicValue")).isEqualTo("value");
    assertThat(drawn.getString("seed")).isEqualTo(Digests.of(drawn.getString("secret") + "value"));
    publish(id, "value").statusCode(200);
  }

  @ParameterizedTest
  @CsvSource({"SECRET_ONLY, DRAWN, 1", "CANCEL, CANCELLED, 0"})
  void aPublicValueThatDoesNotComeDoesWhatWasFixedAtTheCreation(
      String fallback, String state, int winners) {
    String id = lottery(1, Map.of("lottery", Map.of("publicValue", publicValue(fallback, 1))));
    Api.claim(id, "alice").statusCode(202);

    Api.change(id, "close").statusCode(200);

    awaitState(id, state)
        .body("winners", equalTo(winners))
        .body("secret", notNullValue())
        .body("publicValue", nullValue());
    Problems.is(publish(id, "too late"), ProblemType.DRAW_NOT_FROZEN);
    awaitPublished(id);
    Api.read(id).body("issued", equalTo(winners)).body("state", equalTo("CLOSED"));
    entry(id, "alice").body("state", equalTo(winners == 1 ? "WON" : "LOST"));
  }

  @Test
  void anEntryHasAsManyTicketsAsTheRuleSays() {
    String id =
        lottery(
            1,
            Map.of(
                "lottery", Map.of("tickets", "user.id == 'gold' ? 3 : user.id == 'no' ? 0 : 1")));

    Api.claim(id, "gold").statusCode(202).body("tickets", equalTo(3)).body("number", equalTo(1));
    Api.claim(id, "gold").statusCode(202).body("tickets", equalTo(3));
    Api.claim(id, "silver").statusCode(202).body("tickets", equalTo(1)).body("number", equalTo(4));
    Problems.is(Api.claim(id, "no"), ProblemType.NOT_ELIGIBLE);
    Api.read(id).body("tickets", equalTo(4));
    Api.change(id, "close").statusCode(200);
    assertThat(drawn(id).getList("page.tickets", Integer.class)).containsExactly(3, 1);
    Api.assertClean("coupons/" + id);
  }

  @Test
  void anEndInTheDefinitionDrawsByItself() {
    String id = lottery(1, Map.of());
    Api.claim(id, "alice").statusCode(202);
    String soon = java.time.Instant.now().plusSeconds(2).toString();

    Api.patch(id, Map.of("closesAt", soon)).statusCode(200);

    assertThat(drawn(id).getInt("winners")).isEqualTo(1);
  }

  @Test
  void changesBeforeTheCloseApplyToEntries() {
    String id = lottery(1, Map.of("audience", true));
    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_ELIGIBLE);
    Api.addToAudience(id, "alice").statusCode(200);
    Api.claim(id, "alice").statusCode(202);
    Api.change(id, "pause").statusCode(200);
    Problems.is(Api.claim(id, "bob"), ProblemType.PAUSED);
    Api.change(id, "resume").statusCode(200);
    Problems.is(Api.claim(id, "bob"), ProblemType.NOT_ELIGIBLE);
    Api.patch(id, Map.of("quantity", 7, "name", "Renamed"))
        .statusCode(200)
        .body("quantity", equalTo(7))
        .body("name", equalTo("Renamed"));
    Api.patch(id, Map.of("quantity", 1)).statusCode(200).body("quantity", equalTo(1));
    Api.assertClean("coupons/" + id);
  }

  @Test
  void entriesSurviveALossOfRedis() {
    String id = lottery(1, Map.of("acknowledge", "DATABASE"));
    Map<String, Object> receipt =
        Api.claim(id, "alice").statusCode(202).extract().jsonPath().getMap("$");
    stores.loseAll(id);
    stores.loseAll(id + "~00of01");

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> Api.claim(id, "alice").statusCode(202).body("$", equalTo(receipt)));
    Api.claim(id, "bob").statusCode(202);
    Api.change(id, "close").statusCode(200);
    assertThat(drawn(id).getInt("entries")).isEqualTo(2);
  }

  @Test
  void aLotteryIsRefusedThatCannotBeDrawn() {
    refused(Map.of("shards", 2), "shards");
    refused(Map.of("perUserLimit", 2), "perUserLimit");
    refused(Map.of("quantity", 1_000_001), "quantity");
    refused(Map.of("id", "x".repeat(57)), "id");
    refused(Map.of("lottery", Map.of("tickets", "user.id")), "lottery.tickets");
    refused(Map.of("lottery", Map.of("tickets", "1 +")), "lottery.tickets");
    refused(
        Map.of("lottery", Map.of("publicValue", Map.of("name", "x"))),
        "lottery.publicValue.fallback");
    refused(
        Map.of("lottery", Map.of("publicValue", publicValue("CANCEL", 0))),
        "lottery.publicValue.withinSeconds");
    refused(Map.of("policy", "FIRST_COME", "lottery", Map.of()), "lottery");
    String id = lottery(1, Map.of());
    Problems.is(Api.patch(id, Map.of("quantity", 1_000_001)), ProblemType.MALFORMED);
  }

  private static void refused(Map<String, Object> with, String field) {
    Map<String, Object> order = Api.order(1, Map.of("policy", "LOTTERY"));
    order.putAll(with);
    Problems.is(Api.post(order), ProblemType.MALFORMED)
        .body("errors.field", org.hamcrest.Matchers.hasItem(field));
  }

  @Test
  void othersSeeNeitherSaltNorEntryOfAUser() {
    String id = lottery(1, Map.of());
    Api.claim(id, "alice").statusCode(202);
    Problems.is(Api.as("bob").get(entryOf(id, "alice")).then(), ProblemType.FORBIDDEN);
    Problems.is(Api.as("bob").delete(entryOf(id, "alice")).then(), ProblemType.FORBIDDEN);
    Problems.is(Api.anonymous().get(entryOf(id, "alice")).then(), ProblemType.UNAUTHENTICATED);
    Api.admin().get(entryOf(id, "alice")).then().statusCode(200);
    Problems.is(Api.as("alice").get(entryOf(Api.create(1), "alice")).then(), ProblemType.NO_DRAW);
    Problems.is(draw(Api.create(1)), ProblemType.NO_DRAW);
    Problems.is(draw(Api.freshId()), ProblemType.UNKNOWN_COUPON);
    Problems.is(entry(Api.freshId(), "alice"), ProblemType.UNKNOWN_COUPON);
    Problems.is(entry(id, "bob"), ProblemType.NOT_ENTERED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{\"value\":\"\"}", "{\"value\":\"a\\nb\"}", "{\"value\":5}"})
  void aPublicValueThatIsNoneIsRefused(String body) {
    String id = lottery(1, Map.of("lottery", Map.of("publicValue", publicValue("CANCEL", 3600))));
    Problems.is(
        Api.admin()
            .contentType("application/json")
            .body(body)
            .post(Api.coupon(id) + "/draw/public-value")
            .then(),
        ProblemType.MALFORMED);
  }

  @Test
  void aLotteryWithoutAPublicValueAcceptsNone() {
    Problems.is(publish(lottery(1, Map.of()), "value"), ProblemType.MALFORMED);
  }

  @Test
  void theEntriesArePaged() {
    String id = lottery(2, Map.of());
    IntStream.range(0, 5).forEach(i -> Api.claim(id, "user-" + i).statusCode(202));
    Api.change(id, "close").statusCode(200);
    drawn(id);

    JsonPath first = Api.anonymous().get(Api.coupon(id) + "/draw?limit=2").jsonPath();
    JsonPath second = Api.anonymous().get(Api.coupon(id) + "/draw?limit=2&after=2").jsonPath();
    JsonPath third = Api.anonymous().get(Api.coupon(id) + "/draw?limit=2&after=4").jsonPath();

    assertThat(first.getInt("next")).isEqualTo(2);
    assertThat(second.getInt("next")).isEqualTo(4);
    assertThat(third.getString("next")).isNull();
    assertThat(third.getList("page.number", Integer.class)).containsExactly(5);
  }

  @Test
  void aMarkThatComesBackFromABackupIsTakenAway() {
    String id = lottery(1, Map.of());
    Api.claim(id, "alice").statusCode(202);
    Api.change(id, "close").statusCode(200);
    drawn(id);
    stores.redis(Command.DEL, Keys.state(id));
    stores.redis(
        Command.HSET,
        Keys.state(id),
        "format",
        "sharded",
        "shards",
        "1",
        "quantity",
        "1",
        "version",
        "1");

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED));
  }

  static String lottery(long quantity, Map<String, Object> more) {
    Map<String, Object> order = new HashMap<>(more);
    order.put("policy", "LOTTERY");
    return Api.create(quantity, order);
  }

  static Map<String, Object> publicValue(String fallback, int seconds) {
    return Map.of("name", "A value", "fallback", fallback, "withinSeconds", seconds);
  }

  private static ValidatableResponse publish(String id, String value) {
    return Api.admin()
        .contentType("application/json")
        .body(Map.of("value", value))
        .post(Api.coupon(id) + "/draw/public-value")
        .then();
  }

  private static String entryOf(String id, String user) {
    return Api.coupon(id) + "/entries/" + Api.encoded(user);
  }

  private static ValidatableResponse entry(String id, String user) {
    return Api.as(user).get(entryOf(id, user)).then();
  }

  private static ValidatableResponse withdraw(String id, String user) {
    return Api.as(user).delete(entryOf(id, user)).then();
  }

  private static ValidatableResponse redeem(String id, String user) {
    return Api.admin()
        .contentType("application/json")
        .body(Map.of("userId", user, "orderReference", "order-1"))
        .post(Api.coupon(id) + "/redemptions")
        .then();
  }

  static ValidatableResponse draw(String id) {
    return Api.anonymous().get(Api.coupon(id) + "/draw").then();
  }

  static ValidatableResponse awaitState(String id, String state) {
    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> draw(id).statusCode(200).body("state", equalTo(state)));
    return draw(id);
  }

  private static void awaitPublished(String id) {
    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                stores.sql("SELECT 1 FROM draw WHERE coupon_id = ? AND published", id).size() == 1);
  }

  /** The draw, once Redis has the winners. */
  static JsonPath drawn(String id) {
    awaitState(id, "DRAWN");
    awaitPublished(id);
    return draw(id).extract().jsonPath();
  }
}

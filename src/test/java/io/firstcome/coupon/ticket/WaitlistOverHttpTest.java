package io.firstcome.coupon.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** After the last unit users wait, in order, for one that comes back. */
@QuarkusTest
class WaitlistOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void thoseWhoComeAfterTheLastUnitGetTheSamePlaceWheneverTheyAsk() {
    String id = soldOut(1, Map.of("waitlist", 2));

    Api.claim(id, "bob")
        .statusCode(202)
        .header("Location", endsWith("/coupons/" + id + "/tickets/bob"))
        .body("state", equalTo("WAITING"))
        .body("place", equalTo(1));
    Map<String, Object> ticket = ticket(id, "bob").statusCode(200).extract().jsonPath().getMap("$");
    for (int i = 0; i < 3; i++) {
      assertThat(Api.claim(id, "bob").statusCode(202).extract().jsonPath().getMap("$"))
          .isEqualTo(ticket);
      assertThat(Api.put(id, "bob").statusCode(202).extract().jsonPath().getMap("$"))
          .isEqualTo(ticket);
    }
    Api.claim(id, "carol").statusCode(202).body("place", equalTo(2));
    Problems.is(Api.claim(id, "dan"), ProblemType.SOLD_OUT);
    Problems.is(Api.claim(id, "user0"), ProblemType.ALREADY_CLAIMED);
    Problems.is(ticket(id, "dan"), ProblemType.NO_TICKET);
    Problems.is(Api.ownClaim(id, "bob"), ProblemType.NO_CLAIM);
    Api.read(id)
        .body("waitlist", equalTo(2))
        .body("waiting", equalTo(2))
        .body("offered", equalTo(0))
        .body("remaining", equalTo(0))
        .body("state", equalTo("SOLD_OUT"));
    assertAllIsWell(id);
  }

  @Test
  void aFullWaitlistIsAnsweredFromMemoryAndAFreePlaceIsSeenAtOnce() {
    String id = soldOut(1, Map.of("waitlist", 1));
    Api.claim(id, "bob").statusCode(202);
    awaitSoldOutFromMemory(id);

    // Those who have a place are told so, though the others are refused from memory.
    Api.claim(id, "bob").statusCode(202).body("place", equalTo(1));
    leave(id, "bob").statusCode(204);
    Api.claim(id, "carol").statusCode(202).body("place", equalTo(1));
    awaitSoldOutFromMemory(id);
    Problems.is(Api.claim(id, "bob"), ProblemType.SOLD_OUT);
    Problems.is(leave(id, "bob"), ProblemType.NO_TICKET);
    assertAllIsWell(id);
  }

  @Test
  void aUnitThatComesBackIsIssuedToTheFirstWhoWaitsAtOnce() {
    String id = soldOut(2, Map.of("waitlist", 5));
    for (String user : List.of("bob", "carol", "dan")) {
      Api.claim(id, user).statusCode(202);
    }
    leave(id, "bob").statusCode(204);

    revoke(id, "user0");

    // The answer to the revocation was given when MySQL had the promotion too.
    Api.ownClaim(id, "carol")
        .statusCode(200)
        .body("sequence", equalTo(3))
        .body("state", nullValue());
    ticket(id, "carol").statusCode(200).body("state", equalTo("ISSUED")).body("number", equalTo(3));
    Problems.is(Api.claim(id, "carol"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(3));
    ticket(id, "dan").body("place", equalTo(1));
    // A restock, and the end of a pause.
    Api.change(id, "pause").statusCode(200);
    Api.patch(id, Map.of("quantity", 3)).statusCode(200);
    ticket(id, "dan").body("state", equalTo("WAITING"));
    Api.change(id, "resume").statusCode(200);
    Api.ownClaim(id, "dan").statusCode(200).body("sequence", equalTo(4));
    Api.read(id).body("waiting", equalTo(0)).body("issued", equalTo(3));
    Api.as("carol")
        .get("/api/v1/coupons/" + id + "/claims/carol/history")
        .then()
        .body("steps.event", equalTo(List.of("ISSUED")));
    assertAllIsWell(id);
  }

  @Test
  void anOfferIsAcceptedInTimeOrGoesToTheNext() {
    String id = soldOut(1, Map.of("waitlist", 5, "acceptWithinSeconds", 3600));
    for (String user : List.of("bob", "carol", "dan")) {
      Api.claim(id, user).statusCode(202);
    }
    Problems.is(accept(id, "bob"), ProblemType.NO_TICKET);

    revoke(id, "user0");

    ticket(id, "bob")
        .body("state", equalTo("OFFERED"))
        .body("number", equalTo(2))
        .body("acceptBy", notNullValue());
    Api.claim(id, "bob").statusCode(202).body("state", equalTo("OFFERED"));
    Api.ownClaim(id, "bob").body("state", equalTo("OFFERED"));
    Problems.is(redeem(id, "bob"), ProblemType.NOT_ACCEPTED);
    Api.read(id).body("issued", equalTo(1)).body("offered", equalTo(1)).body("waiting", equalTo(2));
    assertThat(mine("bob", "OFFERED", id)).isEqualTo(1);
    // Bob declines: carol is next.
    leave(id, "bob").statusCode(204);
    leave(id, "bob").statusCode(204);
    ticket(id, "bob").body("state", equalTo("ENDED"));
    Problems.is(accept(id, "bob"), ProblemType.OFFER_LAPSED);
    ticket(id, "carol").body("state", equalTo("OFFERED")).body("number", equalTo(3));
    // Her time is over: dan is next.
    stores.redis(Command.ZADD, Keys.line(id), "XX", "-1", "carol");
    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> ticket(id, "dan").body("state", equalTo("OFFERED")));
    Problems.is(accept(id, "carol"), ProblemType.OFFER_LAPSED);
    for (int i = 0; i < 2; i++) {
      accept(id, "dan").statusCode(200).body("sequence", equalTo(4)).body("state", nullValue());
    }
    Problems.is(leave(id, "dan"), ProblemType.NO_TICKET);
    redeem(id, "dan").statusCode(201);
    history(id, "dan")
        .body("steps.event", equalTo(List.of("ISSUED", "OFFERED", "ACCEPTED", "REDEEMED")));
    history(id, "carol")
        .body("steps.event", equalTo(List.of("ISSUED", "OFFERED", "RETURNED")))
        .body("steps[2].reason", equalTo("Not accepted in time"));
    history(id, "bob").body("steps[2].reason", equalTo("Declined"));
    assertAllIsWell(id);
  }

  /** A number that MySQL has not lent is told when MySQL has it: after a loss it is given again. */
  @Test
  void untilMySqlHasAPromotionNobodyIsToldOfIt() {
    String id = soldOut(1, Map.of("waitlist", 5));
    Api.claim(id, "bob").statusCode(202);
    stores.awaitDrained(id);
    CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
    try (Stores.Hold hold = stores.holdDrain(id)) {
      scripts
          .changeUnits(id, UnitChange.REVOKE, "user0", null, "", "operator", "a robot", 0)
          .await()
          .atMost(Stores.SOON);
      Problems.is(Api.claim(id, "bob"), ProblemType.LEDGER_BEHIND);
      Problems.is(Api.ownClaim(id, "bob"), ProblemType.NOT_SECURED);
      stores.loseAll(id);
    }
    // It was told to nobody, and is lost: bob waits.
    Api.read(id)
        .body("issued", equalTo(1))
        .body("waiting", equalTo(1))
        .body("withheld", equalTo(0));
    ticket(id, "bob").body("state", equalTo("WAITING")).body("place", equalTo(1));
    revoke(id, "user0");
    Api.ownClaim(id, "bob").body("sequence", equalTo(2));
    assertAllIsWell(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIS", "DATABASE"})
  void whoWaitsWaitsOnAfterALossOfRedis(String level) {
    String id =
        soldOut(3, Map.of("waitlist", 50, "acceptWithinSeconds", 3600, "acknowledge", level));
    for (int i = 0; i < 10; i++) {
      Api.claim(id, "w" + i).statusCode(202).body("place", equalTo(i + 1));
    }
    revoke(id, "user0");
    leave(id, "w1").statusCode(204);
    stores.awaitDrained(id);
    Map<String, Object> before = new TreeMap<>();
    for (int i = 0; i < 10; i++) {
      before.put("w" + i, ticket(id, "w" + i).extract().body().asString());
    }

    stores.loseAll(id);

    Api.read(id)
        .body("waiting", equalTo(8))
        .body("offered", equalTo(1))
        .body("issued", equalTo(3))
        .body("withheld", equalTo(0));
    for (int i = 0; i < 10; i++) {
      if (i != 1) {
        assertThat(ticket(id, "w" + i).extract().body().asString()).isEqualTo(before.get("w" + i));
      }
    }
    // Tickets go on where they ended.
    Api.claim(id, "later").statusCode(202).body("place", equalTo(9));
    accept(id, "w0").statusCode(200);
    revoke(id, "user1");
    ticket(id, "w2").body("state", equalTo("OFFERED"));
    assertAllIsWell(id);
  }

  /** At DATABASE a place is told once MySQL has it: no loss of Redis takes it away. */
  @Test
  void aPlaceThatWasToldAtTheLevelDatabaseOutlivesALoss() {
    String id = soldOut(1, Map.of("waitlist", 50, "acknowledge", "DATABASE"));
    for (int i = 0; i < 5; i++) {
      Api.claim(id, "w" + i).statusCode(202);
      assertThat(stores.sql("SELECT 1 FROM waiting WHERE coupon_id = ?", id).size())
          .isEqualTo(i + 1);
    }
    stores.loseAll(id);
    for (int i = 0; i < 5; i++) {
      String user = "w" + i;
      await().atMost(Stores.SOON).until(() -> Api.claim(id, user).extract().statusCode() == 202);
      ticket(id, user).body("place", equalTo(i + 1));
    }
  }

  @Test
  void aLineThatIsLostAloneIsLoaded() {
    String id = soldOut(1, Map.of("waitlist", 5));
    Api.claim(id, "bob").statusCode(202);
    stores.awaitDrained(id);

    stores.redis(Command.DEL, Keys.line(id));

    await().atMost(Stores.SOON).until(() -> Api.claim(id, "bob").extract().statusCode() == 202);
    ticket(id, "bob").body("place", equalTo(1));
    assertAllIsWell(id);
  }

  @Test
  void anErasedUserWaitsNoLonger() {
    String id = soldOut(1, Map.of("waitlist", 5));
    Api.claim(id, "bob-of-waitlist").statusCode(202);
    Api.claim(id, "carol").statusCode(202);
    stores.awaitDrained(id);

    Api.admin().delete("/api/v1/admin/users/bob-of-waitlist").then().statusCode(200);

    Problems.is(ticket(id, "bob-of-waitlist"), ProblemType.NO_TICKET);
    ticket(id, "carol").body("place", equalTo(1));
    assertThat(
            stores
                .sql(
                    "SELECT 1 FROM waiting WHERE coupon_id = ? AND user_id = 'bob-of-waitlist'", id)
                .size())
        .isZero();
    stores.loseAll(id);
    Api.read(id).body("waiting", equalTo(1));
    assertAllIsWell(id);
  }

  /** Units come back while others join and leave: each is one user's, in order. */
  @Test
  void whileUnitsComeBackEachIsIssuedOnceInTheOrderOfWaiting() {
    String id = soldOut(20, Map.of("waitlist", 200));
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      String user = "w" + i;
      String holder = "user" + i / 3;
      all.add(CompletableFuture.runAsync(() -> Api.claim(id, user)));
      if (i % 3 == 0) {
        all.add(CompletableFuture.runAsync(() -> revoke(id, holder)));
      }
      if (i % 5 == 0) {
        all.add(CompletableFuture.runAsync(() -> leave(id, user)));
      }
    }
    all.forEach(CompletableFuture::join);
    stores.awaitDrained(id);
    // While a unit is free nobody waits. One may be free: who claimed before MySQL knew of it got
    // 503.
    int issued = Api.read(id).extract().path("issued");
    int waiting = Api.read(id).extract().path("waiting");
    assertThat(issued == 20 || waiting == 0).as("%d issued, %d wait", issued, waiting).isTrue();
    Map<String, Long> joined = new HashMap<>();
    stores
        .sql("SELECT user_id, ticket FROM waiting WHERE coupon_id = ? AND state = 'promoted'", id)
        .forEach(row -> joined.put(row.getString(0), row.getLong(1)));
    List<Long> order = new ArrayList<>();
    stores
        .sql("SELECT user_id FROM claim WHERE coupon_id = ? ORDER BY sequence", id)
        .forEach(
            row -> {
              if (joined.containsKey(row.getString(0))) {
                order.add(joined.get(row.getString(0)));
              }
            });
    assertThat(order).isSorted();
    assertAllIsWell(id);
  }

  @Test
  void aRestockOfVeryManyReachesAllWhoWait() {
    String id = soldOut(1, Map.of("waitlist", 5_000));
    CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
    for (int part = 0; part < 3; part++) {
      int from = part * 900;
      scripts
          .claimAtTheDoor(
              id, IntStream.range(from, from + 900).mapToObj(i -> "w" + i).toList(), false, "")
          .await()
          .atMost(Stores.SOON);
    }
    Api.patch(id, Map.of("quantity", 10_000)).statusCode(200);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> Api.read(id).body("waiting", equalTo(0)).body("issued", equalTo(2_701)));
    assertAllIsWell(id);
  }

  @Test
  void whatCannotBeIsRefused() {
    Problems.is(Api.post(Api.order(5, Map.of("waitlist", 5, "shards", 2))), ProblemType.MALFORMED)
        .body("errors", hasSize(1));
    Problems.is(Api.post(Api.order(5, Map.of("acceptWithinSeconds", 5))), ProblemType.MALFORMED);
    Problems.is(
        Api.post(
            Api.order(
                5, Map.of("waitlist", 5, "policy", "LOTTERY", "closesAt", "2199-01-01T00:00:00Z"))),
        ProblemType.MALFORMED);
    Problems.is(Api.post(Api.order(5, Map.of("waitlist", -1))), ProblemType.MALFORMED);
    String id = soldOut(1, Map.of("waitlist", 5));
    Api.claim(id, "bob").statusCode(202);
    Problems.is(Api.as("eve").get(Api.coupon(id) + "/tickets/bob").then(), ProblemType.FORBIDDEN);
    Problems.is(
        Api.as("eve").delete(Api.coupon(id) + "/tickets/bob").then(), ProblemType.FORBIDDEN);
    Problems.is(
        Api.admin().post(Api.coupon(id) + "/tickets/bob/accept").then(), ProblemType.FORBIDDEN);
    Api.admin().get(Api.coupon(id) + "/tickets/bob").then().statusCode(200);
    Api.anonymous().get(Api.coupon(id) + "/tickets/bob").then().statusCode(401);
    Problems.is(ticket(Api.freshId(), "bob"), ProblemType.UNKNOWN_COUPON);
    String plain = soldOut(1, Map.of());
    Problems.is(Api.claim(plain, "bob"), ProblemType.SOLD_OUT);
    Problems.is(leave(plain, "bob"), ProblemType.NO_TICKET);
    Problems.is(ticket(plain, "bob"), ProblemType.NO_TICKET);
  }

  @Test
  void aCheckTellsOfTheWaitlist() {
    String id = soldOut(1, Map.of("waitlist", 1));
    check(id, "bob", "waitlist");
    Api.claim(id, "bob").statusCode(202);
    check(id, "bob", "waitlist");
    check(id, "carol", "sold-out");
  }

  private static void check(String id, String user, String outcome) {
    Api.as(user).get(Api.claim(id, user, "/check")).then().body("outcome", equalTo(outcome));
  }

  /** A coupon whose units are held by user0, user1 and so on. */
  private static String soldOut(int units, Map<String, Object> more) {
    String id = Api.create(units, more);
    for (int i = 0; i < units; i++) {
      Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i + 1));
    }
    return id;
  }

  private static void awaitSoldOutFromMemory(String id) {
    await()
        .atMost(Stores.SOON)
        .until(
            () -> {
              double before = Api.fromMemory();
              Problems.is(Api.claim(id, "nobody"), ProblemType.SOLD_OUT);
              return Api.fromMemory() > before;
            });
  }

  private static ValidatableResponse ticket(String id, String user) {
    return Api.as(user).get(Api.coupon(id) + "/tickets/" + user).then();
  }

  private static ValidatableResponse accept(String id, String user) {
    return Api.as(user).post(Api.coupon(id) + "/tickets/" + user + "/accept").then();
  }

  private static ValidatableResponse leave(String id, String user) {
    return Api.as(user).delete(Api.coupon(id) + "/tickets/" + user).then();
  }

  private static ValidatableResponse history(String id, String user) {
    return Api.as(user).get(Api.claim(id, user, "/history")).then();
  }

  private static long mine(String user, String state, String id) {
    List<String> coupons =
        Api.as(user)
            .get("/api/v1/me/coupons?state=" + state)
            .then()
            .extract()
            .path("units.couponId");
    return coupons.stream().filter(id::equals).count();
  }

  private static ValidatableResponse redeem(String id, String user) {
    return Api.as("shop")
        .header("X-User-Groups", "service")
        .contentType("application/json")
        .body(Map.of("userId", user, "orderReference", "order-" + user))
        .post(Api.coupon(id) + "/redemptions")
        .then();
  }

  private static void revoke(String id, String user) {
    Api.admin()
        .contentType("application/json")
        .body(Map.of("reason", "a robot"))
        .post(Api.claim(id, user, "/revoke"))
        .then()
        .statusCode(200);
  }

  private static void assertAllIsWell(String id) {
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
    Api.assertClean("coupons/" + id);
  }
}

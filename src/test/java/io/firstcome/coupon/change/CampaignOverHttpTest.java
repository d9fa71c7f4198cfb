package io.firstcome.coupon.change;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A campaign over several shards is one coupon to whoever claims it. */
@QuarkusTest
class CampaignOverHttpTest {

  private static final int SHARDS = 4;

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void eachUnitIsIssuedOnceAndNobodyHoldsTwo() {
    String id = create(30);
    List<CompletableFuture<ValidatableResponse>> claims =
        IntStream.range(0, 120)
            .mapToObj(i -> "user" + i % 60)
            .map(user -> CompletableFuture.supplyAsync(() -> told(() -> Api.claim(id, user))))
            .toList();

    Map<String, Object> winners = new HashMap<>();
    TreeSet<Integer> numbers = new TreeSet<>();
    for (CompletableFuture<ValidatableResponse> claim : claims) {
      ValidatableResponse answer = claim.join();
      if (answer.extract().statusCode() == 201) {
        answer.body("couponId", equalTo(id));
        assertThat(winners.put(answer.extract().path("userId"), answer.extract().path("")))
            .isNull();
        assertThat(numbers.add(answer.extract().path("sequence"))).isTrue();
      }
    }
    assertThat(winners).hasSize(30);
    // Sold out for all alike, whichever shard they meet.
    for (int i = 0; i < 60; i++) {
      String user = "user" + i;
      if (winners.containsKey(user)) {
        Problems.is(Api.claim(id, user), ProblemType.ALREADY_CLAIMED)
            .body("claim", equalTo(winners.get(user)));
        Api.put(id, user).statusCode(200).body("", equalTo(winners.get(user)));
        Api.ownClaim(id, user).statusCode(200).body("", equalTo(winners.get(user)));
      } else {
        Problems.is(Api.claim(id, user), ProblemType.SOLD_OUT);
        Problems.is(Api.put(id, user), ProblemType.SOLD_OUT);
        Problems.is(Api.ownClaim(id, user), ProblemType.NO_CLAIM);
      }
    }
    Api.read(id)
        .body("issued", equalTo(30))
        .body("remaining", equalTo(0))
        .body("state", equalTo("SOLD_OUT"))
        .body("shards", equalTo(SHARDS));
    shards(id).forEach(stores::awaitDrained);
    assertThat(listed(id, 7)).containsExactlyElementsOf(numbers);
    audit(id).body("counts.size()", equalTo(0)).body("compared", equalTo(true));
  }

  @Test
  void usersOfOneShardGetTheUnitsOfAll() {
    String id = create(11);
    List<String> users = usersOf(id, 0, 12);

    for (String user : users.subList(0, 11)) {
      told(() -> Api.claim(id, user)).statusCode(201);
    }
    Problems.is(told(() -> Api.claim(id, users.get(11))), ProblemType.SOLD_OUT);

    awaitSettled(id, 11);
    assertThat(stores.claimsInRedis(shards(id).get(0))).hasSize(11);
  }

  @Test
  void changesReachEveryShard() {
    String id = create(8);
    Api.patch(id, Map.of("name", "Another", "onLoss", "REISSUE"))
        .statusCode(200)
        .body("name", equalTo("Another"))
        .body("quantity", equalTo(8))
        .body("version", equalTo(2));
    Api.patch(id, Map.of("name", "Another", "quantity", 8)).body("version", equalTo(2));
    Api.change(id, "pause").statusCode(200).body("state", equalTo("PAUSED"));
    for (int shard = 0; shard < SHARDS; shard++) {
      Problems.is(Api.claim(id, usersOf(id, shard, 1).get(0)), ProblemType.PAUSED);
    }
    Api.change(id, "resume").statusCode(200);
    for (int shard = 0; shard < SHARDS; shard++) {
      Api.claim(id, usersOf(id, shard, 1).get(0)).statusCode(201);
    }
    for (String shard : shards(id)) {
      assertThat(stores.coupon(shard).getString("name")).isEqualTo("Another");
      assertThat(stores.coupon(shard).getString("on_loss")).isEqualTo("reissue");
    }
    Api.change(id, "close").statusCode(200).body("state", equalTo("CLOSED"));
    Problems.is(Api.claim(id, "late"), ProblemType.CLOSED);
    Problems.is(Api.change(id, "resume"), ProblemType.CLOSED);
  }

  @Test
  void aRestockIsForUsersOfEveryShard() {
    String id = create(4);
    List<String> users = usersOf(id, 2, 11);
    users.subList(0, 4).forEach(user -> told(() -> Api.claim(id, user)).statusCode(201));
    Problems.is(told(() -> Api.claim(id, users.get(4))), ProblemType.SOLD_OUT);

    Api.patch(id, Map.of("quantity", 10)).statusCode(200).body("remaining", equalTo(6));

    users.subList(4, 10).forEach(user -> told(() -> Api.claim(id, user)).statusCode(201));
    Problems.is(told(() -> Api.claim(id, users.get(10))), ProblemType.SOLD_OUT);
    awaitSettled(id, 10);
  }

  @Test
  void lessThanIsIssuedIsRefusedAndOtherwiseUnitsAreTakenFromWhoHasThem() {
    String id = create(12);
    usersOf(id, 1, 5).forEach(user -> told(() -> Api.claim(id, user)).statusCode(201));

    Problems.is(Api.patch(id, Map.of("quantity", 4)), ProblemType.QUANTITY_BELOW_ISSUED);
    Api.read(id).body("quantity", equalTo(12)).body("remaining", equalTo(7));
    Api.patch(id, Map.of("quantity", 6)).statusCode(200).body("remaining", equalTo(1));

    awaitSettled(id, 6);
    told(() -> Api.claim(id, usersOf(id, 3, 1).get(0))).statusCode(201);
    Problems.is(told(() -> Api.claim(id, usersOf(id, 0, 1).get(0))), ProblemType.SOLD_OUT);
  }

  /** Whoever has taken units from a shard died before MySQL granted them to another. */
  @Test
  void unitsThatWereGivenBackAndNotGrantedAreNotLost() {
    String id = create(8);
    scripts().give(shards(id).get(3), 2).await().atMost(Stores.SOON);

    awaitSettled(id, 8);

    everyUnitIsSold(id, 8);
  }

  /** Whoever has had MySQL grant units died before the shard heard of it. */
  @Test
  void unitsThatWereGrantedAndNotHeardOfAreNotLost() {
    String id = create(8);
    String from = shards(id).get(3);
    scripts().give(from, 2).await().atMost(Stores.SOON);
    stores.awaitDrained(from);
    stores.sql(
        "UPDATE coupon SET granted = granted + 2 WHERE id = ? AND granted = taken",
        shards(id).get(0));

    awaitSettled(id, 8);

    everyUnitIsSold(id, 8);
  }

  /** Redis lost what a shard had given back, or heard of, before MySQL knew. */
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void unitsThatRedisForgotToHaveMovedAreInOnePlace(boolean given) {
    // What may have been issued is withheld otherwise.
    String id = Api.create(8, Map.of("shards", SHARDS, "onLoss", "REISSUE"));
    String shard = shards(id).get(1);
    if (!given) {
      stores.sql("UPDATE coupon SET quantity = quantity + 2 WHERE id = ?", id);
    }
    Stores.Hold hold = stores.holdDrain(shard);
    if (given) {
      scripts().give(shard, 2).await().atMost(Stores.SOON);
    } else {
      // As the sweep would do, which waits for the ledger that is held.
      stores.sql("UPDATE coupon SET granted = granted + 2 WHERE id = ?", shard);
      await().atMost(Stores.SOON).until(() -> stores.undrained(shard) > 0);
    }
    stores.loseAll(shard);
    hold.close();

    awaitSettled(id, given ? 8 : 10);

    everyUnitIsSold(id, given ? 8 : 10);
  }

  @Test
  void whatRedisLostComesBackFromMySql() {
    String id = create(8);
    List<String> users = IntStream.range(0, 6).mapToObj(i -> "user" + i).toList();
    Map<String, Object> before = new HashMap<>();
    users.forEach(u -> before.put(u, told(() -> Api.claim(id, u)).extract().path("")));
    shards(id).forEach(stores::awaitDrained);

    stores.loseAll(id);
    shards(id).forEach(stores::loseAll);

    users.forEach(
        u ->
            Problems.is(told(() -> Api.claim(id, u)), ProblemType.ALREADY_CLAIMED)
                .body("claim", equalTo(before.get(u))));
    Api.read(id).statusCode(200).body("quantity", equalTo(8)).body("issued", equalTo(6));
  }

  @Test
  void anAudienceIsSpreadAsItsUsersAre() {
    String id = Api.create(8, Map.of("shards", SHARDS, "audience", true));
    Object[] users = IntStream.range(0, 20).mapToObj(i -> "user" + i).toArray();
    Api.addToAudience(id, users).body("changed", equalTo(20)).body("size", equalTo(20));
    Api.removeFromAudience(id, "user7").body("changed", equalTo(1)).body("size", equalTo(19));

    told(() -> Api.claim(id, "user3")).statusCode(201);
    Problems.is(told(() -> Api.claim(id, "user7")), ProblemType.NOT_ELIGIBLE);
  }

  @Test
  void aRuleHoldsOnEveryShardAndKnowsTheCouponByItsId() {
    String id = Api.freshId();
    Map<String, Object> order =
        Map.of(
            "id",
            id,
            "name",
            "A campaign",
            "quantity",
            60,
            "shards",
            SHARDS,
            "eligibility",
            "user.id.startsWith('a') && coupon.id == '" + id + "'");
    Api.post(order).statusCode(201);
    for (int i = 0; i < 8; i++) {
      String a = "a" + i;
      String b = "b" + i;
      told(() -> Api.claim(id, a)).statusCode(201);
      Problems.is(told(() -> Api.claim(id, b)), ProblemType.NOT_ELIGIBLE);
    }
    for (String user : List.of("a9", "b9")) {
      Api.as(user)
          .get(Api.claim(id, user, "/check"))
          .then()
          .statusCode(200)
          .body("outcome", equalTo(user.equals("a9") ? "claimable" : "not-eligible"));
    }
    Api.patch(id, Map.of("eligibility", "user.id.startsWith('b')")).statusCode(200);
    for (int i = 0; i < 8; i++) {
      String b = "b" + i;
      String other = "a1" + i;
      told(() -> Api.claim(id, b)).statusCode(201);
      Problems.is(told(() -> Api.claim(id, other)), ProblemType.NOT_ELIGIBLE);
    }
  }

  @Test
  void itIsOneCouponInTheListAndItsShardsAreNobodysToAskFor() {
    String id = create(8);
    String before = id.substring(0, id.length() - 1);
    Api.anonymous()
        .get("/api/v1/coupons?limit=1&after=" + before)
        .then()
        .body("coupons[0].id", equalTo(id))
        .body("coupons[0].remaining", equalTo(8))
        .body("coupons[0].shards", equalTo(SHARDS));
    Problems.is(Api.read(shards(id).get(0)), ProblemType.MALFORMED);
    Problems.is(Api.claim(shards(id).get(0), "alice"), ProblemType.MALFORMED);
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
  }

  @Test
  void theSameOrderIsTheSameCampaign() {
    Map<String, Object> order = Api.order(8, Map.of("shards", SHARDS));
    Api.post(order).statusCode(201);
    Api.post(order).statusCode(200).body("remaining", equalTo(8));
    order.put("shards", 2);
    Problems.is(Api.post(order), ProblemType.COUPON_EXISTS);
  }

  @ParameterizedTest
  @CsvSource({"8, 65", "8, 0", "3, 4"})
  void ordersThatCannotBeSpreadAreRefused(long quantity, int shards) {
    Problems.is(Api.post(Api.order(quantity, Map.of("shards", shards))), ProblemType.MALFORMED);
  }

  @Test
  void anIdThatLeavesNoRoomForShardsIsRefused() {
    Map<String, Object> order =
        Api.order(8, Map.of("shards", 2, "id", "x".repeat(Shard.MAX_CAMPAIGN_ID + 1)));
    Problems.is(Api.post(order), ProblemType.MALFORMED);
  }

  @Test
  void aUserIsErasedFromItsShard() {
    String id = create(8);
    String user = Api.freshId();
    told(() -> Api.claim(id, user)).statusCode(201);
    Api.admin()
        .delete("/api/v1/admin/users/" + user)
        .then()
        .statusCode(200)
        .body("erased.coupons", equalTo(1));
    Problems.is(Api.ownClaim(id, user), ProblemType.NO_CLAIM);
    Api.read(id).body("issued", equalTo(1));
  }

  /** MySQL came back from a backup of before a shard was granted units. */
  @Test
  void unitsThatRedisHasAreNotGrantedAgain() {
    String id = create(8);
    stores.sql("UPDATE coupon SET quantity = quantity - 1 WHERE campaign = ?", id);

    // Whoever orders a change settles it, though nothing changes.
    Api.patch(id, Map.of("quantity", 8)).statusCode(200);

    assertThat(
            shards(id).stream()
                .mapToLong(shard -> scripts().read(shard, null).await().indefinitely().quantity()))
        .containsOnly(2L);
    for (int i = 0; i < 8; i++) {
      String user = "buyer" + i;
      told(() -> Api.claim(id, user)).statusCode(201);
    }
    for (int shard = 0; shard < SHARDS; shard++) {
      usersOf(id, shard, 3)
          .forEach(user -> Problems.is(told(() -> Api.claim(id, user)), ProblemType.SOLD_OUT));
    }
  }

  @Test
  void whileUnitsAreOnTheirWayNobodyIsToldThatItIsSoldOut() {
    String id = create(8);
    for (int shard = 0; shard < 3; shard++) {
      usersOf(id, shard, 2).forEach(user -> Api.claim(id, user).statusCode(201));
    }
    String from = shards(id).get(3);
    String late = usersOf(id, 0, 3).get(2);
    try (Stores.Hold hold = stores.holdDrain(from)) {
      scripts().give(from, 2).await().atMost(Stores.SOON);
      Problems.is(Api.claim(id, late), ProblemType.LEFTOVERS_MOVING);
    }
    told(() -> Api.claim(id, late)).statusCode(201);
  }

  /** And of before it was changed. */
  @Test
  void aChangeReachesShardsThatAreAheadOfMySql() {
    String id = create(8);
    Api.change(id, "pause").statusCode(200);
    Api.change(id, "resume").statusCode(200);
    stores.sql("UPDATE coupon SET version = 1 WHERE id = ?", id);
    stores.sql("UPDATE coupon SET followed = 1 WHERE campaign = ?", id);

    told(() -> Api.change(id, "pause")).statusCode(200);

    for (int shard = 0; shard < SHARDS; shard++) {
      String user = usersOf(id, shard, 1).get(0);
      Problems.is(told(() -> Api.claim(id, user)), ProblemType.PAUSED);
    }
  }

  /** Somebody has lowered it, and died before units were taken back; then all were issued. */
  @Test
  void aCampaignHasAtLeastWhatItHasIssued() {
    String id = create(4);
    IntStream.range(0, 4).forEach(i -> told(() -> Api.claim(id, "buyer" + i)).statusCode(201));
    stores.sql("UPDATE coupon SET quantity = 3, version = version + 1 WHERE id = ?", id);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> assertThat(stores.coupon(id).getLong("quantity")).isEqualTo(4));
    Api.read(id).body("quantity", equalTo(4)).body("remaining", equalTo(0));
  }

  @Test
  void moreUnitsThanThereAreAreFoundAndTakenBack() {
    String id = create(8);
    // Somebody restored the campaign's row and not the others.
    stores.sql("UPDATE coupon SET quantity = 6 WHERE id = ?", id);

    awaitSettled(id, 6);
    repair(id).body("after.findings", empty());
    everyUnitIsSold(id, 6);
  }

  private static String create(long quantity) {
    return Api.create(quantity, Map.of("shards", SHARDS));
  }

  private static List<String> shards(String id) {
    return Shard.all(id, SHARDS).stream().map(Shard::id).toList();
  }

  /** Users who meet this shard. */
  private static List<String> usersOf(String id, int shard, int count) {
    return Stream.iterate(0, i -> i + 1)
        .map(i -> "user" + i)
        .filter(user -> Shard.ofUser(id, SHARDS, user).index() == shard)
        .limit(count)
        .toList();
  }

  private static CouponScripts scripts() {
    return new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
  }

  /** As a client does that asks again. */
  private static ValidatableResponse told(Supplier<ValidatableResponse> ask) {
    return await()
        .atMost(Stores.SOON)
        .until(ask::get, answer -> answer.extract().statusCode() != 503);
  }

  private static void everyUnitIsSold(String id, int units) {
    for (int i = 0; i < units; i++) {
      String user = "buyer" + i;
      told(() -> Api.claim(id, user)).statusCode(201);
    }
    Problems.is(told(() -> Api.claim(id, "late")), ProblemType.SOLD_OUT);
    shards(id).forEach(stores::awaitDrained);
    assertThat(listed(id, 100)).hasSize(units);
    awaitSettled(id, units);
  }

  private static long unitsInMySql(String id) {
    return sum(id, "quantity");
  }

  private static long sum(String id, String column) {
    Row row =
        stores
            .sql("SELECT CAST(SUM(" + column + ") AS SIGNED) FROM coupon WHERE campaign = ?", id)
            .iterator()
            .next();
    return row.getLong(0);
  }

  private static void awaitSettled(String id, long units) {
    await()
        .atMost(Stores.SOON)
        .until(() -> unitsInMySql(id) == units && sum(id, "granted - taken") == 0);
  }

  /** The numbers of all claims, page by page. */
  private static List<Integer> listed(String id, int limit) {
    List<Integer> numbers = new ArrayList<>();
    Integer next = 0;
    while (next != null) {
      ValidatableResponse page =
          Api.admin().get(Api.claims(id) + "?limit=" + limit + "&after=" + next).then();
      numbers.addAll(page.statusCode(200).extract().path("claims.sequence"));
      next = page.extract().path("next");
    }
    return numbers;
  }

  private static ValidatableResponse audit(String id) {
    return Api.admin().get("/api/v1/admin/audit/coupons/" + id).then().statusCode(200);
  }

  private static ValidatableResponse repair(String id) {
    return Api.admin().post("/api/v1/admin/audit/coupons/" + id + "/repair").then().statusCode(200);
  }
}

package io.firstcome.coupon.redemption;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of units after their issue: they are redeemed, revoked, and expire. */
@QuarkusTest
class RedemptionOverHttpTest {

  private static final String LONG_AGO = "2020-01-01T00:00:00Z";
  private static final String FAR_AHEAD = "2199-01-01T00:00:00Z";

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aUnitIsRedeemedForOneOrderAndToldAlikeEverAfter() {
    String id = claimed(5);

    ValidatableResponse first =
        redeem(id, "alice", "order-1")
            .statusCode(201)
            .body("couponId", equalTo(id))
            .body("userId", equalTo("alice"))
            .body("sequence", equalTo(1))
            .body("orderReference", equalTo("order-1"));

    Map<String, Object> redemption = first.extract().jsonPath().getMap("$");
    redeem(id, "alice", "order-1").statusCode(200).body("$", equalTo(redemption));
    Problems.is(redeem(id, "alice", "order-2"), ProblemType.ALREADY_REDEEMED);
    Problems.is(redeem(id, "bob", "order-3"), ProblemType.NO_CLAIM);
    Problems.is(redeem(Api.freshId(), "bob", "order-3"), ProblemType.UNKNOWN_COUPON);
    Api.ownClaim(id, "alice").body("state", equalTo("REDEEMED")).body("sequence", equalTo(1));
    // What was issued is told as it was issued.
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
        .body("claim.state", nullValue());
    Api.read(id).body("issued", equalTo(1));
    assertAllIsWell(id);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sixtyFourCallersRedeemOneUnitOnce(boolean sameOrder) {
    String id = claimed(5);

    Map<Integer, Long> statuses =
        atOnce(64, i -> redeem(id, "alice", sameOrder ? "order" : "order-" + i));

    assertThat(statuses)
        .isEqualTo(sameOrder ? Map.of(201, 1L, 200, 63L) : Map.of(201, 1L, 409, 63L));
    history(id, "alice").body("steps.event", equalTo(List.of("ISSUED", "REDEEMED")));
    assertAllIsWell(id);
  }

  @Test
  void everyUnitOfAClaimIsRedeemedForAnOrderOfItsOwn() {
    String id = Api.create(10, Map.of("perUserLimit", 5));
    Api.claim(id, "alice", 3).statusCode(201);

    redeem(id, "alice", "order-1", 2).statusCode(201).body("sequence", equalTo(2));
    redeem(id, "alice", "order-2").statusCode(201).body("sequence", equalTo(1));
    Problems.is(redeem(id, "alice", "order-3", 1), ProblemType.ALREADY_REDEEMED);
    Problems.is(redeem(id, "alice", "order-3", 4), ProblemType.NO_CLAIM);
    // More units come to a claim that is redeemed in part.
    Api.claim(id, "alice", 4).statusCode(201);
    Map<Integer, Long> statuses = atOnce(8, i -> redeem(id, "alice", "late-" + i));

    assertThat(statuses).isEqualTo(Map.of(201, 2L, 409, 6L));
    Api.ownClaim(id, "alice")
        .body("units.state", equalTo(List.of("REDEEMED", "REDEEMED", "REDEEMED", "REDEEMED")));
    assertAllIsWell(id);
  }

  @Test
  void aRedemptionThatIsUndoneIsForAnotherOrder() {
    String id = claimed(5);
    redeem(id, "alice", "order-1").statusCode(201);

    for (int i = 0; i < 2; i++) {
      undo(id, "alice", "order-1").statusCode(200).body("state", nullValue());
    }
    // A redemption that comes late must not be made once more.
    Problems.is(redeem(id, "alice", "order-1"), ProblemType.REDEMPTION_UNDONE);
    redeem(id, "alice", "order-2").statusCode(201);
    Problems.is(undo(id, "alice", "order-1"), ProblemType.UNKNOWN_REDEMPTION);
    Problems.is(undo(id, "bob", "order-1"), ProblemType.NO_CLAIM);

    history(id, "alice")
        .body("steps.event", equalTo(List.of("ISSUED", "REDEEMED", "UNREDEEMED", "REDEEMED")))
        .body("steps.by", equalTo(List.of("alice", "shop", "shop", "shop")))
        .body("steps.orderReference", contains(null, "order-1", "order-1", "order-2"))
        .body("steps.reason", contains(null, null, "Order cancelled", null));
    assertAllIsWell(id);
  }

  @Test
  void outsideItsValidityAUnitIsNotRedeemed() {
    String early = claimed(5, Map.of("validFrom", FAR_AHEAD));
    Problems.is(redeem(early, "alice", "o"), ProblemType.NOT_VALID_YET)
        .body("validFrom", equalTo(FAR_AHEAD));
    String over = claimed(5, Map.of("validFrom", "2019-01-01T00:00:00Z", "validUntil", LONG_AGO));
    Problems.is(redeem(over, "alice", "o"), ProblemType.EXPIRED)
        .body("validUntil", equalTo(LONG_AGO));
    String open = claimed(5, Map.of("validFrom", LONG_AGO, "validUntil", FAR_AHEAD));
    redeem(open, "alice", "o").statusCode(201);

    // One expires by itself, and others of its coupon later.
    String brief = Api.create(5, Map.of("validForSeconds", 2, "perUserLimit", 2));
    Api.read(brief).body("validForSeconds", equalTo(2)).body("release", equalTo("RETURN"));
    Api.claim(brief, "alice").statusCode(201);
    Api.claim(brief, "bob").statusCode(201);
    redeem(brief, "bob", "o").statusCode(201);
    await()
        .atMost(Stores.SOON)
        .until(() -> redeem(brief, "alice", UUID.randomUUID(), 2).extract().statusCode() == 404);
    await().atMost(Stores.SOON).until(() -> mine("alice", "EXPIRED", brief) == 1);
    Problems.is(redeem(brief, "alice", "o"), ProblemType.EXPIRED);
    redeem(brief, "bob", "o").statusCode(200);
    Api.claim(brief, "alice", 2).statusCode(201);
    redeem(brief, "alice", "o").statusCode(201).body("sequence", equalTo(3));
    // As every replica may be down meanwhile, no sweep is needed: Redis lost it, and it is over
    // still.
    stores.awaitDrained(over);
    stores.loseAll(over);
    Api.read(over).statusCode(200);
    Problems.is(redeem(over, "alice", "o"), ProblemType.EXPIRED);
  }

  @Test
  void aRevokedUnitGoesToTheNextUnderANumberOfItsOwn() {
    String id = Api.create(2);
    Api.claim(id, "alice").statusCode(201);
    Api.claim(id, "bob").statusCode(201);
    awaitSoldOutFromMemory(id);

    for (int i = 0; i < 2; i++) {
      revoke(id, "alice", Map.of("reason", "a robot")).body("state", equalTo("REVOKED"));
    }

    Api.read(id)
        .body("issued", equalTo(1))
        .body("remaining", equalTo(1))
        .body("state", equalTo("OPEN"));
    // The gate is open at once; until MySQL knows, the unit is nobody's.
    await().atMost(Stores.SOON).until(() -> Api.claim(id, "carol").extract().statusCode() != 503);
    Problems.is(Api.claim(id, "carol"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(3));
    Problems.is(Api.claim(id, "dan"), ProblemType.SOLD_OUT);
    // It was alice's, and alice gets no other.
    awaitSoldOutFromMemory(id);
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
        .body("claim.state", equalTo("REVOKED"))
        .body("claim.sequence", equalTo(1));
    Problems.is(redeem(id, "alice", "order"), ProblemType.REVOKED);
    history(id, "alice")
        .body("steps.event", equalTo(List.of("ISSUED", "RETURNED")))
        .body("steps[1].by", equalTo("operator"))
        .body("steps[1].reason", equalTo("a robot"));
    assertAllIsWell(id);
    // Redis loses it: the numbers go on.
    stores.loseAll(id);
    Api.read(id).body("issued", equalTo(2)).body("remaining", equalTo(0));
    assertAllIsWell(id);
  }

  @Test
  void aRevokedUnitThatIsKeptIsNobodysAgain() {
    String id = Api.create(2, Map.of("release", "KEEP"));
    Api.claim(id, "alice").statusCode(201);
    Api.claim(id, "bob").statusCode(201);

    revoke(id, "alice", Map.of("reason", "a robot")).body("state", equalTo("REVOKED"));

    Api.read(id).body("issued", equalTo(2)).body("state", equalTo("SOLD_OUT"));
    Problems.is(Api.claim(id, "carol"), ProblemType.SOLD_OUT);
    history(id, "alice").body("steps.event", equalTo(List.of("ISSUED", "REVOKED")));
    assertAllIsWell(id);
  }

  @Test
  void whatIsRedeemedIsNotRevokedAndOneUnitMayBeAlone() {
    String id = Api.create(9, Map.of("perUserLimit", 3));
    Api.claim(id, "alice", 3).statusCode(201);
    redeem(id, "alice", "order", 2).statusCode(201);

    Problems.is(tryToRevoke(id, "alice", Map.of("reason", "all")), ProblemType.ALREADY_REDEEMED);
    revoke(id, "alice", Map.of("reason", "one", "sequence", 3))
        .body("units.state", contains(null, "REDEEMED", "REVOKED"));
    undo(id, "alice", "order").statusCode(200);
    revoke(id, "alice", Map.of("reason", "all"))
        .body("units.state", equalTo(List.of("REVOKED", "REVOKED", "REVOKED")));

    Api.read(id).body("issued", equalTo(0)).body("remaining", equalTo(9));
    Problems.is(Api.claim(id, "alice", 3), ProblemType.ALREADY_CLAIMED);
    Problems.is(tryToRevoke(id, "bob", Map.of("reason", "x")), ProblemType.NO_CLAIM);
    assertAllIsWell(id);
  }

  /** After a loss nobody could tell whether the next had it: its number would be given twice. */
  @Test
  void aUnitThatWentBackIsNobodysUntilMySqlKnows() {
    String id = claimed(1);
    stores.awaitDrained(id);
    CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
    try (Stores.Hold hold = stores.holdDrain(id)) {
      scripts
          .changeUnits(id, UnitChange.REVOKE, "alice", null, "", "operator", "a robot", 0)
          .await()
          .atMost(Stores.SOON);
      for (int i = 0; i < 5; i++) {
        Problems.is(Api.claim(id, "bob"), ProblemType.LEDGER_BEHIND);
      }
      stores.loseAll(id);
    }
    // It was told to nobody, and is lost.
    Api.read(id).body("issued", equalTo(1)).body("withheld", equalTo(0));
    revoke(id, "alice", Map.of("reason", "a robot"));
    assertThat(untilDecided(id, "bob")).isEqualTo(201);
    Api.ownClaim(id, "bob").body("sequence", equalTo(2));
    assertAllIsWell(id);
  }

  /** Units come back while others ask: never too many, and in the end all are gone. */
  @Test
  void revokedWhileOthersClaimEveryUnitIsHeldByOne() {
    String id = Api.create(20);
    for (int i = 0; i < 20; i++) {
      Api.claim(id, "first" + i).statusCode(201);
    }
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      String first = "first" + i;
      String next = "next" + i;
      if (i % 2 == 0) {
        all.add(
            CompletableFuture.supplyAsync(
                () -> tryToRevoke(id, first, Map.of("reason", "x")).extract().statusCode()));
      }
      all.add(CompletableFuture.supplyAsync(() -> untilDecided(id, next)));
    }
    all.forEach(CompletableFuture::join);
    for (int i = 0; i < 20; i++) {
      untilDecided(id, "later" + i);
    }

    Api.read(id).body("issued", equalTo(20)).body("state", equalTo("SOLD_OUT"));
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).hasSize(30);
    assertAllIsWell(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"REDIS", "DATABASE"})
  void whatBecameOfUnitsOutlivesALossOfRedis(String level) {
    String id =
        Api.create(9, Map.of("perUserLimit", 3, "acknowledge", level, "validUntil", FAR_AHEAD));
    Api.claim(id, "alice", 3).statusCode(201);
    Api.claim(id, "bob").statusCode(201);
    redeem(id, "alice", "order-1").statusCode(201);
    redeem(id, "alice", "order-2").statusCode(201);
    undo(id, "alice", "order-2").statusCode(200);
    revoke(id, "bob", Map.of("reason", "a robot"));
    TreeMap<String, String> before = stores.claimsInRedis(id);

    stores.loseAll(id);

    Api.read(id).body("issued", equalTo(3)).body("validUntil", equalTo(FAR_AHEAD));
    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    redeem(id, "alice", "order-1").statusCode(200);
    Problems.is(redeem(id, "alice", "order-2"), ProblemType.REDEMPTION_UNDONE);
    Problems.is(redeem(id, "bob", "order-3"), ProblemType.REVOKED);
    redeem(id, "alice", "order-4").statusCode(201).body("sequence", equalTo(2));
    assertAllIsWell(id);
  }

  /** As after a failover to a replica of Redis that was behind. */
  @Test
  void anOlderStateThatKnowsNoRedemptionIsFoundOut() {
    String id = claimed(5);
    stores.redis(Command.COPY, Keys.state(id), "fc:{" + id + "}:old-state");
    stores.redis(Command.COPY, Keys.claimants(id), "fc:{" + id + "}:old-claimants");
    redeem(id, "alice", "order-1").statusCode(201);
    stores.awaitDrained(id);
    stores.redis(Command.RENAME, "fc:{" + id + "}:old-state", Keys.state(id));
    stores.redis(Command.RENAME, "fc:{" + id + "}:old-claimants", Keys.claimants(id));
    stores.redis(Command.HSET, Keys.state(id), "server", "another:server");

    await()
        .atMost(Stores.SOON)
        .until(() -> redeem(id, "alice", "order-2").extract().statusCode() == 409);

    redeem(id, "alice", "order-1").statusCode(200);
    assertAllIsWell(id);
  }

  @Test
  void untilMySqlHasItNobodyIsToldOfARedemption() {
    String id = claimed(5);
    stores.awaitDrained(id);
    try (Stores.Hold hold = stores.holdDrain(id)) {
      Problems.is(redeem(id, "alice", "order-1"), ProblemType.DATABASE_UNAVAILABLE);
    }
    redeem(id, "alice", "order-1").statusCode(200);
    assertAllIsWell(id);
  }

  @Test
  void whatMySqlRefusesIsNeverTold() {
    String id = Api.create(5);
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, issued_at) VALUES (?, 1, 'eve', NOW(6))",
        id);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);

    for (int i = 0; i < 2; i++) {
      Problems.is(redeem(id, "alice", "order-1"), ProblemType.NOT_SECURED);
    }
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND user_id = 'eve'", id);
    Api.admin().post("/api/v1/admin/audit/coupons/" + id + "/repair").then().statusCode(200);
    redeem(id, "alice", "order-1").statusCode(200);
    assertAllIsWell(id);
  }

  /** Sent by who froze on the way, it arrives when somebody else has gone on. */
  @Test
  void aRedemptionThatComesTooLateRedeemsNothing() {
    String id = claimed(5);
    CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
    assertThat(redeem(scripts, id, Instant.now().minusSeconds(1)))
        .isEqualTo(new ChangeResult.Refused("LATE"));
    history(id, "alice").body("steps.event", equalTo(List.of("ISSUED")));

    assertThat(redeem(scripts, id, Instant.now().plusSeconds(60)))
        .isInstanceOf(ChangeResult.UnitsChanged.class);
    // It is redeemed for this order, whoever asks how late.
    assertThat(redeem(scripts, id, Instant.now().minusSeconds(1)))
        .isInstanceOfSatisfying(
            ChangeResult.UnitsChanged.class, same -> assertThat(same.isNew()).isFalse());
    assertAllIsWell(id);
  }

  private static ChangeResult redeem(CouponScripts scripts, String id, Instant before) {
    return scripts
        .changeUnits(id, UnitChange.REDEEM, "alice", null, "order-1", "shop", "", 0, before)
        .await()
        .atMost(Stores.SOON);
  }

  /** A drainer that dies after its transaction leaves entries that another applies again. */
  @Test
  void appliedTwiceAChangeIsMadeOnce() {
    String id = claimed(5);
    stores.awaitDrained(id);
    List<LedgerEntry> entries;
    CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
    try (Stores.Hold hold = stores.holdDrain(id)) {
      for (UnitChange change : List.of(UnitChange.REDEEM, UnitChange.UNREDEEM)) {
        scripts
            .changeUnits(id, change, "alice", null, "order-1", "shop", "", 0)
            .await()
            .atMost(Stores.SOON);
      }
      entries = entries(id);
    }
    stores.awaitDrained(id);
    Replica other = new Replica(stores);
    for (int i = 0; i < 2; i++) {
      assertThat(other.apply(id, entries)).isEmpty();
      assertThat(other.apply(id, entries.subList(0, 1))).isEmpty();
    }
    history(id, "alice").body("steps.event", equalTo(List.of("ISSUED", "REDEEMED", "UNREDEEMED")));
    assertAllIsWell(id);
  }

  @ParameterizedTest
  @CsvSource({"mysql, missing-in-mysql", "redis, record-differs"})
  void aStateThatOneStoreHasForgottenIsFoundAndGivenBack(String store, String finding) {
    String id = Api.create(5);
    Api.claim(id, "alice").statusCode(201);
    redeem(id, "alice", "order-1").statusCode(201);
    TreeMap<String, String> before = stores.claimsInRedis(id);
    if (store.equals("mysql")) {
      stores.sql("UPDATE claim SET state = NULL, state_at = NULL WHERE coupon_id = ?", id);
    } else {
      String issued = before.get("alice").replaceAll("^1;([^;]*);.*", "$1");
      stores.redis(Command.HSET, Keys.claimants(id), "alice", issued);
    }

    Api.admin()
        .get("/api/v1/admin/audit/coupons/" + id)
        .then()
        .body("counts", equalTo(Map.of(finding, 1)));
    Api.admin()
        .post("/api/v1/admin/audit/coupons/" + id + "/repair")
        .then()
        .statusCode(200)
        .body("after.findings", empty());

    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    redeem(id, "alice", "order-1").statusCode(200);
    assertAllIsWell(id);
  }

  @Test
  void theUnitsOfAShardedCouponHaveALifeToo() {
    String id = Api.create(8, Map.of("shards", 2));
    for (int i = 0; i < 8; i++) {
      Api.claim(id, "user" + i).statusCode(201);
    }
    int sequence = Api.ownClaim(id, "user1").extract().path("sequence");

    redeem(id, "user1", "order-1", sequence).statusCode(201).body("sequence", equalTo(sequence));
    redeem(id, "user1", "order-1").statusCode(200);
    Api.ownClaim(id, "user1").body("state", equalTo("REDEEMED"));
    history(id, "user1").body("steps.sequence", equalTo(List.of(sequence, sequence)));
    revoke(id, "user2", Map.of("reason", "a robot"))
        .body("couponId", equalTo(id))
        .body("state", equalTo("REVOKED"));
    Api.read(id).body("issued", equalTo(7)).body("remaining", equalTo(1));
    await().atMost(Stores.SOON).until(() -> Api.claim(id, "next").extract().statusCode() == 201);
    Api.assertClean("coupons/" + id);
  }

  @Test
  void aUserSeesTheirUnitsOfAllCouponsByState() {
    String user = "u-" + UUID.randomUUID();
    String several = Api.create(9, Map.of("perUserLimit", 3, "validUntil", FAR_AHEAD));
    String over = Api.create(9, Map.of("validUntil", LONG_AGO));
    Api.claim(several, user, 3).statusCode(201);
    Api.claim(over, user).statusCode(201);
    Api.claim(several, "another").statusCode(201);
    redeem(several, user, "order-1").statusCode(201);
    revoke(several, user, Map.of("reason", "x", "sequence", 3));
    stores.awaitDrained(over);

    Map<String, Integer> states = new HashMap<>();
    String after = "";
    int pages = 0;
    do {
      ValidatableResponse page =
          Api.as(user).get("/api/v1/me/coupons?limit=1" + after).then().statusCode(200);
      List<String> found = page.extract().path("units.state");
      found.forEach(state -> states.merge(state, 1, Integer::sum));
      String next = page.extract().path("next");
      after = next == null ? null : "&after=" + Api.encoded(next);
      pages++;
    } while (after != null);
    assertThat(states).isEqualTo(Map.of("ISSUED", 1, "REDEEMED", 1, "REVOKED", 1, "EXPIRED", 1));
    assertThat(pages).isEqualTo(5);
    for (String state : states.keySet()) {
      Api.as(user)
          .get("/api/v1/me/coupons?state=" + state)
          .then()
          .body("units.state", equalTo(List.of(state)));
    }
    Api.as(user)
        .get("/api/v1/me/coupons?state=REDEEMED")
        .then()
        .body("units[0].couponId", equalTo(several))
        .body("units[0].name", equalTo("A coupon"))
        .body("units[0].orderReference", equalTo("order-1"))
        .body("units[0].validUntil", equalTo(FAR_AHEAD));
    Api.as(user).get("/api/v1/me/coupons?state=LOST").then().statusCode(400);
    Api.as(user).get("/api/v1/me/coupons?after=nonsense").then().statusCode(400);
    Api.anonymous().get("/api/v1/me/coupons").then().statusCode(401);
  }

  @Test
  void theHistoryIsReadPageByPage() {
    String id = Api.create(9, Map.of("perUserLimit", 3));
    Api.claim(id, "alice", 3).statusCode(201);
    for (int i = 0; i < 3; i++) {
      redeem(id, "alice", "order-" + i).statusCode(201);
      undo(id, "alice", "order-" + i).statusCode(200);
    }
    revoke(id, "alice", Map.of("reason", "x"));
    List<String> whole = history(id, "alice").extract().path("steps.event");
    assertThat(whole).hasSize(3 + 6 + 3);

    List<String> steps = new ArrayList<>();
    String after = "";
    do {
      ValidatableResponse page =
          Api.admin().get(Api.claim(id, "alice", "/history?limit=2" + after)).then();
      steps.addAll(page.statusCode(200).extract().path("steps.event"));
      String next = page.extract().path("next");
      after = next == null ? null : "&after=" + next;
    } while (after != null);
    assertThat(steps).isEqualTo(whole);
  }

  @Test
  void whoseBusinessItIsNotIsRefused() {
    String id = claimed(5);
    RequestSpecification alice = Api.as("alice").contentType("application/json");
    Map<String, Object> order = Map.of("userId", "alice", "orderReference", "o");
    Problems.is(
        alice.body(order).post(Api.coupon(id) + "/redemptions").then(), ProblemType.FORBIDDEN);
    Map<String, Object> reason = Map.of("reason", "x");
    Problems.is(
        Api.as("alice")
            .contentType("application/json")
            .body(reason)
            .post(Api.claim(id, "alice", "/revoke"))
            .then(),
        ProblemType.FORBIDDEN);
    Problems.is(
        Api.as("shop")
            .header("X-User-Groups", "service")
            .contentType("application/json")
            .body(reason)
            .post(Api.claim(id, "alice", "/revoke"))
            .then(),
        ProblemType.FORBIDDEN);
    Api.as("alice").get(Api.claim(id, "alice", "/history")).then().statusCode(200);
    Problems.is(
        Api.as("bob").get(Api.claim(id, "alice", "/history")).then(), ProblemType.FORBIDDEN);
    Problems.is(history(id, "nobody"), ProblemType.NO_CLAIM);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", " ", "-a", "a b", "a;b", "a,b", "a=b", "ä", "order\n", "twentyfive-times"})
  void aReferenceThatTheStoresCannotKeepIs400(String reference) {
    String id = claimed(5);
    String text = reference.equals("twentyfive-times") ? "x".repeat(65) : reference;
    Problems.is(redeem(id, "alice", text), ProblemType.MALFORMED)
        .body("errors.field", hasItem("orderReference"));
    Api.ownClaim(id, "alice").body("state", nullValue());
  }

  @Test
  void aValidityThatMakesNoSenseIs400() {
    for (Map<String, Object> terms :
        List.<Map<String, Object>>of(
            Map.of("validUntil", LONG_AGO, "validFrom", FAR_AHEAD),
            Map.of("validUntil", FAR_AHEAD, "validForSeconds", 5),
            Map.of("validForSeconds", 0),
            Map.of("validForSeconds", 4_000_000_000L),
            Map.of("validFrom", "1969-01-01T00:00:00Z"),
            Map.of("release", "SOMEHOW"))) {
      Problems.is(Api.post(Api.order(5, terms)), ProblemType.MALFORMED);
    }
  }

  @Test
  void whoIsErasedIsErasedFromTheHistoryToo() {
    String user = "u-" + UUID.randomUUID();
    String id = Api.create(5);
    Api.claim(id, user).statusCode(201);
    redeem(id, user, "order-1").statusCode(201);

    Api.admin().delete("/api/v1/admin/users/" + user).then().statusCode(200);

    assertThat(
            stores
                .sql("SELECT user_id FROM claim_change WHERE coupon_id = ?", id)
                .iterator()
                .next()
                .getString(0))
        .startsWith("erased-");
    assertThat(stores.claimsInRedis(id).keySet().toString()).doesNotContain(user);
    assertAllIsWell(id);
  }

  private static String claimed(int quantity) {
    return claimed(quantity, Map.of());
  }

  /** A coupon of which alice has a unit. */
  private static String claimed(int quantity, Map<String, Object> terms) {
    String id = Api.create(quantity, terms);
    Api.claim(id, "alice").statusCode(201);
    return id;
  }

  private static ValidatableResponse redeem(String id, String user, Object order) {
    return shop(Map.of("userId", user, "orderReference", order), id, "/redemptions");
  }

  private static ValidatableResponse redeem(String id, String user, Object order, int sequence) {
    return shop(
        Map.of("userId", user, "orderReference", order, "sequence", sequence), id, "/redemptions");
  }

  private static ValidatableResponse undo(String id, String user, String order) {
    return shop(
        Map.of("userId", user, "orderReference", order, "reason", "Order cancelled"),
        id,
        "/redemptions/undo");
  }

  private static ValidatableResponse shop(Map<String, Object> body, String id, String path) {
    return Api.as("shop")
        .header("X-User-Groups", "service")
        .contentType("application/json")
        .body(body)
        .post(Api.coupon(id) + path)
        .then();
  }

  private static ValidatableResponse revoke(String id, String user, Map<String, Object> body) {
    return tryToRevoke(id, user, body).statusCode(200);
  }

  private static ValidatableResponse tryToRevoke(String id, String user, Map<String, Object> body) {
    return Api.admin()
        .contentType("application/json")
        .body(body)
        .post(Api.claim(id, user, "/revoke"))
        .then();
  }

  private static ValidatableResponse history(String id, String user) {
    return Api.admin().get(Api.claim(id, user, "/history")).then();
  }

  private static long mine(String user, String state, String id) {
    List<String> ids =
        Api.as(user)
            .get("/api/v1/me/coupons?limit=1000&state=" + state)
            .then()
            .extract()
            .path("units.couponId");
    return ids.stream().filter(id::equals).count();
  }

  private static int untilDecided(String id, String user) {
    int[] status = {503};
    await()
        .atMost(Stores.SOON)
        .until(() -> (status[0] = Api.claim(id, user).extract().statusCode()) != 503);
    return status[0];
  }

  private static void awaitSoldOutFromMemory(String id) {
    double before = Api.fromMemory();
    await()
        .atMost(Stores.SOON)
        .until(
            () -> {
              Problems.is(Api.claim(id, "late"), ProblemType.SOLD_OUT);
              return Api.fromMemory() > before;
            });
  }

  private interface Call {
    ValidatableResponse of(int caller);
  }

  private static Map<Integer, Long> atOnce(int callers, Call call) {
    List<CompletableFuture<Integer>> all =
        IntStream.range(0, callers)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> {
                          int[] status = {503};
                          await()
                              .atMost(Stores.SOON)
                              .until(() -> (status[0] = call.of(i).extract().statusCode()) != 503);
                          return status[0];
                        }))
            .toList();
    return all.stream()
        .map(CompletableFuture::join)
        .collect(Collectors.groupingBy(status -> status, Collectors.counting()));
  }

  private static List<LedgerEntry> entries(String id) {
    List<LedgerEntry> entries = new ArrayList<>();
    for (Response entry : stores.redis(Command.XRANGE, Keys.ledger(id), "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      for (int i = 0; i < entry.get(1).size(); i += 2) {
        fields.put(entry.get(1).get(i).toString(), entry.get(1).get(i + 1).toString());
      }
      entries.add(new LedgerEntry(entry.get(0).toString(), fields));
    }
    return entries;
  }

  /** Both stores have the same, and nothing contradicts it. */
  private static void assertAllIsWell(String id) {
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
    assertThat(stores.redis(Command.XLEN, Keys.deadLetters(id)).toInteger()).isZero();
    Api.assertClean("coupons/" + id);
    int issued = Api.read(id).extract().path("issued");
    int quantity = Api.read(id).extract().path("quantity");
    assertThat(issued).isBetween(0, quantity);
    Api.read(id).body("state", not(equalTo("CLOSED")));
  }
}

package io.firstcome.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Coupons and sales behind a queue: who has no pass of it gets nothing. */
@QuarkusTest
class PassOverHttpTest {

  private static final String QUEUES = "/api/v1/queues";

  private static String room(long capacity, Map<String, Object> more) {
    String id = "p-" + UUID.randomUUID();
    Map<String, Object> body = new HashMap<>(Map.of("id", id, "name", "A room", "mode", "ROOM"));
    body.put("event", id);
    body.put("capacity", capacity);
    body.put("perSecond", 1_000);
    body.putAll(more);
    SaleApi.admin().body(body).post(QUEUES).then().statusCode(201);
    return id;
  }

  private static String entries(String queue) {
    return QUEUES + "/" + queue + "/entries";
  }

  private static ValidatableResponse join(String queue, String user) {
    return Api.as(user).post(entries(queue)).then();
  }

  private static ValidatableResponse askForPass(String queue, String user) {
    return Api.as(user).post(entries(queue) + "/" + user + "/pass").then();
  }

  /** Of a user who joins and is let in at once. */
  private static String pass(String queue, String user) {
    join(queue, user).body("state", equalTo("INSIDE"));
    return askForPass(queue, user).statusCode(200).extract().path("pass");
  }

  private static RequestSpecification with(String pass, String user) {
    return Api.as(user).header("X-Queue-Pass", pass);
  }

  private static ValidatableResponse claim(String coupon, String user, String pass) {
    return with(pass, user).post(Api.claims(coupon)).then();
  }

  private static ValidatableResponse refused(ValidatableResponse response, String reason) {
    return Problems.is(response, ProblemType.PASS_REQUIRED).body("reason", equalTo(reason));
  }

  @Test
  void aClaimNeedsAPassOfTheCouponsQueue() {
    String door = room(2, Map.of());
    String coupon = Api.create(10, Map.of("queue", door));
    Api.read(coupon).body("queue", equalTo(door));

    // The first one of this replica, and one that it knows of.
    for (int i = 0; i < 2; i++) {
      refused(Api.claim(coupon, "alice"), "missing")
          .body("queueId", equalTo(door))
          .body("queueAt", equalTo(entries(door)));
    }
    String pass = pass(door, "alice");
    refused(claim(coupon, "bob", pass), "other-user");
    refused(claim(coupon, "alice", pass + "x"), "invalid");
    refused(claim(coupon, "alice", pass(room(1, Map.of()), "alice")), "other-queue");
    // Two of them, of which nobody knows whose the second is.
    refused(
        Api.as("alice").header("X-Queue-Pass", pass, pass).post(Api.claims(coupon)).then(),
        "missing");
    claim(coupon, "alice", pass).statusCode(201).body("sequence", equalTo(1));
    Problems.is(claim(coupon, "alice", pass), ProblemType.ALREADY_CLAIMED);
    Api.ownClaim(coupon, "alice").statusCode(200);

    refused(Api.put(coupon, "bob"), "missing");
    String bobs = pass(door, "bob");
    with(bobs, "bob").put(Api.claim(coupon, "bob", "")).then().statusCode(201);
    assertThat(Api.metric("firstcome_claims_total", "outcome=\"pass-required\"")).isPositive();
    assertThat(Api.metric("firstcome_pass_refused_total", "reason=\"other-user\"")).isPositive();
    assertThat(Api.metric("firstcome_pass_issued_total", "")).isPositive();
  }

  @Test
  void onlyAUserInsideGetsAPassAndRenewsIt() {
    String door = room(1, Map.of("insideSeconds", 600));
    Problems.is(askForPass(door, "alice"), ProblemType.NO_ENTRY);
    pass(door, "alice");
    join(door, "bob").body("state", equalTo("WAITING"));
    Problems.is(askForPass(door, "bob"), ProblemType.ENTRY_STATE).body("entry.ahead", equalTo(0));
    Problems.is(Api.as("bob").post(entries(door) + "/alice/pass").then(), ProblemType.FORBIDDEN);
    askForPass(door, "alice")
        .statusCode(200)
        .body("queueId", equalTo(door))
        .body("userId", equalTo("alice"))
        .body("opens", empty());

    Api.as("alice").post(entries(door) + "/alice/leave").then().statusCode(200);
    Problems.is(askForPass(door, "alice"), ProblemType.ENTRY_STATE);
    pass(door, "bob");
  }

  @Test
  void aPassEndsWhenItsUserHasToGo() {
    String door = room(5, Map.of("insideSeconds", 2));
    String coupon = Api.create(10, Map.of("queue", door, "perUserLimit", 2));
    String pass = pass(door, "alice");
    claim(coupon, "alice", pass).statusCode(201);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> refused(claim(coupon, "alice", pass), "expired"));
  }

  @Test
  void aPassOpensOnlyWhatItsQueueNames() {
    String named = Api.freshId();
    String door = room(5, Map.of("opens", List.of(named)));
    Api.post(Api.order(5, Map.of("id", named, "queue", door))).statusCode(201);
    String other = Api.create(5, Map.of("queue", door));
    SaleApi.anonymous().get(QUEUES + "/" + door).then().body("opens", contains(named));

    String pass = pass(door, "alice");
    askForPass(door, "alice").body("opens", contains(named));
    claim(named, "alice", pass).statusCode(201);
    refused(claim(other, "alice", pass), "not-opened");
  }

  @Test
  void claimsOfSeveralUnitsAndOfShardsNeedAPassToo() {
    String door = room(5, Map.of());
    String several = Api.create(10, Map.of("queue", door, "perUserLimit", 3));
    String sharded = Api.create(8, Map.of("queue", door, "shards", 2));
    String pass = pass(door, "alice");

    for (int i = 0; i < 2; i++) {
      refused(Api.claim(several, "bob", 3), "missing");
      refused(Api.claim(sharded, "bob"), "missing");
    }
    with(pass, "alice").post(Api.claims(several) + "?units=3").then().statusCode(201);
    claim(sharded, "alice", pass).statusCode(201);
  }

  @Test
  void aPassIsDemandedAndNoLongerDemandedFromTheChangeOn() {
    String door = room(50, Map.of());
    String coupon = Api.create(50);
    for (int i = 0; i < 5; i++) {
      Api.claim(coupon, "early-" + i).statusCode(201);
      Api.patch(coupon, Map.of("queue", door)).statusCode(200);
      refused(Api.claim(coupon, "bob-" + i), "missing");
      claim(coupon, "alice-" + i, pass(door, "alice-" + i)).statusCode(201);
      Map<String, Object> none = new HashMap<>();
      none.put("queue", null);
      Api.patch(coupon, none).statusCode(200).body("queue", nullValue());
      Api.claim(coupon, "late-" + i).statusCode(201);
    }
  }

  @Test
  void whoHasNoPassIsRefusedFromMemory() {
    String door = room(1, Map.of());
    String coupon = Api.create(10, Map.of("queue", door));
    refused(Api.claim(coupon, "bob"), "missing");
    double before = Api.metric("firstcome_claim_batch_count", "");

    for (int i = 0; i < 50; i++) {
      refused(Api.claim(coupon, "bob-" + i), "missing");
    }

    // Now and then one goes to Redis, so that the replica sees when no pass is needed any more.
    assertThat(Api.metric("firstcome_claim_batch_count", "") - before).isLessThan(10);
  }

  @Test
  void theRuleAndThePassAreBothNeeded() {
    String door = room(5, Map.of());
    String coupon = Api.create(10, Map.of("queue", door, "eligibility", "user.id.startsWith('a')"));
    refused(Api.claim(coupon, "alice"), "missing");
    claim(coupon, "alice", pass(door, "alice")).statusCode(201);
    Problems.is(claim(coupon, "bob", pass(door, "bob")), ProblemType.NOT_ELIGIBLE);
  }

  @Test
  void theCheckOfAClaimSaysThatAPassIsNeeded() {
    String door = room(5, Map.of());
    String coupon = Api.create(10, Map.of("queue", door));
    String check = Api.claim(coupon, "alice", "/check");
    Api.as("alice").get(check).then().body("outcome", equalTo("pass-required"));
    Api.admin().get(check).then().body("outcome", equalTo("depends-on-rule"));
    with(pass(door, "alice"), "alice").get(check).then().body("outcome", equalTo("claimable"));
  }

  @Test
  void aReservationNeedsAPassOfTheSalesQueue() {
    String door = room(2, Map.of());
    String sale = SaleApi.freshId();
    SaleApi.admin()
        .body(Map.of("id", sale, "name", "A sale", "queue", door))
        .post(SaleApi.SALES)
        .then()
        .statusCode(201)
        .body("queue", equalTo(door));
    SaleApi.item(sale, "a", 5);

    for (int i = 0; i < 2; i++) {
      refused(SaleApi.reserve(sale, "alice", "k", 1), "missing").body("queueId", equalTo(door));
    }
    String pass = pass(door, "alice");
    reserve(sale, "alice", pass, Map.of("itemId", "a", "quantity", 1)).statusCode(201);
    refused(reserve(sale, "bob", pass, Map.of("itemId", "a", "quantity", 1)), "other-user");
    // One that the fast path leaves to the resource.
    refused(
        SaleApi.as("bob")
            .header("Idempotency-Key", "k")
            .header("Accept", "application/json, */*")
            .body(SaleApi.body(Map.of("a", 1L)))
            .post(SaleApi.reservations(sale))
            .then(),
        "missing");
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("5 4 1 0");
  }

  private static ValidatableResponse reserve(
      String sale, String user, String pass, Map<String, Object> line) {
    return SaleApi.as(user)
        .header("Idempotency-Key", "k")
        .header("X-Queue-Pass", pass)
        .body(Map.of("items", List.of(line)))
        .post(SaleApi.reservations(sale))
        .then();
  }

  @Test
  void aDefinitionThatNamesNoQueueIsRefused() {
    Problems.is(Api.post(Api.order(5, Map.of("queue", "no-such"))), ProblemType.MALFORMED)
        .body("errors.field", contains("queue"));
    Problems.is(Api.post(Api.order(5, Map.of("queue", "no such"))), ProblemType.MALFORMED)
        .body("errors.field", contains("queue"));
    Problems.is(Api.patch(Api.create(5), Map.of("queue", "no-such")), ProblemType.MALFORMED);
    Problems.is(
        SaleApi.admin()
            .body(Map.of("name", "A sale", "queue", "no-such"))
            .post(SaleApi.SALES)
            .then(),
        ProblemType.MALFORMED);
    Api.anonymous().get("/api/v1/pass-keys").then().statusCode(200).body("keys", empty());
  }
}

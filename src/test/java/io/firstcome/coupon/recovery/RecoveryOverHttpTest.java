package io.firstcome.coupon.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.recovery.Loader;
import io.firstcome.redis.Keys;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.redis.client.Command;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Redis has lost is known again, and nothing is given out twice. */
@QuarkusTest
class RecoveryOverHttpTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TestHTTPResource("/")
  URI service;

  /** What is lost is sold again: otherwise nothing would be left of a small coupon. */
  private static final Map<String, Object> REISSUE = Map.of("onLoss", "REISSUE");

  private static final Map<String, Object> REISSUE_TO_SOME =
      Map.of("onLoss", "REISSUE", "audience", true);

  @RegisterExtension static final Stores stores = new Stores();
  private final Replica other = new Replica(stores);

  @Test
  void scriptsAreForgottenInMidSaleAndNobodyNotices() {
    String id = Api.create(100);
    for (int i = 1; i <= 30; i++) {
      if (i % 3 == 0) {
        stores.redis(Command.SCRIPT, "FLUSH");
      }
      Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i));
    }
    stores.redis(Command.SCRIPT, "FLUSH");
    Api.patch(id, Map.of("quantity", 90)).statusCode(200);
    stores.redis(Command.SCRIPT, "FLUSH");
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(30);
  }

  @Test
  void whatIsLostIsRefusedForAMomentAndThenKnownAgain() {
    String id = Api.create(3);
    Map<String, Object> claim = claimed(id, "alice");
    claimed(id, "bob");
    stores.awaitDrained(id);
    TreeMap<String, String> before = stores.claimsInRedis(id);
    long epoch = stores.epoch(id);
    stores.loseAll(id);

    assertThat(
            Problems.is(Api.claim(id, "alice"), ProblemType.LOADING)
                .extract()
                .header("Retry-After"))
        .matches("[12]");
    Response again = afterLoading(id, "alice");

    Problems.is(again.then(), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
    Api.put(id, "alice").statusCode(200).body("$", equalTo(claim));
    // One unit may have been issued and lost.
    Api.read(id).body("withheld", equalTo(1)).body("remaining", equalTo(0));
    Problems.is(Api.claim(id, "carol"), ProblemType.SOLD_OUT);
    Api.patch(id, REISSUE).body("withheld", equalTo(0)).body("state", equalTo("OPEN"));
    Api.claim(id, "carol").statusCode(201).body("sequence", equalTo(4));
    Problems.is(Api.claim(id, "dan"), ProblemType.SOLD_OUT);
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(3);
  }

  @Test
  void aReaderWaitsForTheLoad() {
    String id =
        Api.create(3, Map.of("opensAt", "2020-01-01T00:00:00.000001Z", "onLoss", "REISSUE"));
    Map<String, Object> claim = claimed(id, "alice");
    Api.patch(id, Map.of("name", "Ü", "quantity", 7, "closesAt", "2199-01-01T00:00:00Z"))
        .statusCode(200);
    Map<String, Object> paused = view(Api.change(id, "pause").extract().response());
    stores.awaitDrained(id);

    stores.loseAll(id);
    assertThat(view(Api.read(id).statusCode(200).extract().response())).isEqualTo(paused);
    stores.loseAll(id);
    Api.ownClaim(id, "alice").statusCode(200).body("$", equalTo(claim));
    stores.loseAll(id);
    Api.change(id, "resume").statusCode(200).body("state", equalTo("OPEN"));
    // Six units were left at each loss.
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(1 + 3 * 6 + 1));
  }

  @Test
  void theAudienceIsKnownAgain() {
    String id = Api.create(3, REISSUE_TO_SOME);
    Api.addToAudience(id, "alice", "bob", "carol").statusCode(200);
    Api.removeFromAudience(id, "carol").statusCode(200);
    Map<String, Object> claim = claimed(id, "alice");
    stores.awaitDrained(id);
    stores.loseAll(id);

    Problems.is(afterLoading(id, "alice").then(), ProblemType.ALREADY_CLAIMED)
        .body("claim", equalTo(claim));
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(4));
    Problems.is(Api.claim(id, "carol"), ProblemType.NOT_ELIGIBLE);
    Problems.is(Api.claim(id, "dan"), ProblemType.NOT_ELIGIBLE);
    Api.addToAudience(id, "dan").statusCode(200).body("size", equalTo(3));
  }

  @Test
  void theRuleIsKnownAgain() {
    String id = Api.create(9, Map.of("onLoss", "REISSUE", "eligibility", "user.id == 'nobody'"));
    Api.patch(id, Map.of("eligibility", "user.id == 'alice'")).statusCode(200);
    stores.awaitDrained(id);
    stores.loseAll(id);

    Problems.is(afterLoading(id, "bob").then(), ProblemType.NOT_ELIGIBLE);
    Api.claim(id, "alice").statusCode(201);
    Api.read(id).body("eligibility", equalTo("user.id == 'alice'"));
  }

  @Test
  void anEmptyAudienceIsStillAnAudience() {
    String id = Api.create(3, REISSUE_TO_SOME);
    stores.loseAll(id);
    Problems.is(afterLoading(id, "alice").then(), ProblemType.NOT_ELIGIBLE);
    Api.read(id).body("audience", equalTo(true));
  }

  @ParameterizedTest
  @ValueSource(strings = {"state", "claimants", "audience"})
  void aPartOfItLostIsALoss(String part) {
    String id = Api.create(3, REISSUE_TO_SOME);
    Api.addToAudience(id, "alice", "bob").statusCode(200);
    Map<String, Object> claim = claimed(id, "alice");
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);

    stores.redis(Command.DEL, "fc:{" + id + "}:" + part);

    Problems.is(Api.claim(id, "bob"), ProblemType.LOADING);
    assertThat(afterLoading(id, "bob").statusCode()).isEqualTo(201);
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
    assertThat(stores.claimsInRedis(id)).hasSize(2);
  }

  /** More than one page is staged of each. */
  @Test
  void thousandsAreKnownAgain() {
    String id = Api.create(5_000, REISSUE_TO_SOME);
    Object[] users = IntStream.range(0, 2_500).mapToObj(i -> "user" + i).toArray();
    Api.addToAudience(id, users).statusCode(200);
    stores.claim(id, IntStream.range(0, 1_999).mapToObj(i -> "user" + i).toList());
    // The drain learns of it.
    Api.claim(id, "user1999").statusCode(201);
    stores.awaitDrained(id);
    TreeMap<String, String> before = stores.claimsInRedis(id);
    stores.loseAll(id);

    assertThat(afterLoading(id, "user2400").jsonPath().getInt("sequence")).isEqualTo(5_001);
    before.put("user2400", stores.claimsInRedis(id).get("user2400"));
    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    assertThat(stores.redis(Command.SCARD, Keys.audience(id)).toLong()).isEqualTo(2_500);
    assertThat(stores.redis(Command.PTTL, Keys.claimants(id)).toLong()).isEqualTo(-1);
    assertThat(stores.redis(Command.PTTL, Keys.audience(id)).toLong()).isEqualTo(-1);
  }

  /** More than one page is staged, and pages end within a user's units. */
  @Test
  void theUnitsOfUsersAreKnownAgain() {
    String id = Api.create(3_000, Map.of("perUserLimit", 70, "onLoss", "REISSUE"));
    for (int i = 0; i < 37; i++) {
      Api.claim(id, "user" + i, 1 + (i * 31) % 60).statusCode(201);
    }
    Api.claim(id, "user0", 67).statusCode(201);
    int issued = Api.read(id).extract().path("issued");
    stores.awaitDrained(id);
    TreeMap<String, String> before = stores.claimsInRedis(id);
    assertThat(issued).isGreaterThan(1_000);
    stores.loseAll(id);

    Api.read(id).body("issued", equalTo(issued)).body("perUserLimit", equalTo(70));

    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    Problems.is(Api.claim(id, "user0", 67), ProblemType.ALREADY_CLAIMED);
    Api.claim(id, "user0", 70).statusCode(201).body("units.size()", equalTo(70));
    Problems.is(Api.claim(id, "user0", 71), ProblemType.LIMIT_REACHED);
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
    Api.assertClean("coupons/" + id);
  }

  /** What the ledger still holds is a decision that was told: it is not lost with the state. */
  @Test
  void aSurvivingLedgerIsDrainedFirst() {
    String id = Api.create(3, REISSUE);
    Stores.Hold hold = stores.holdDrain(id);
    Map<String, Object> claim = claimed(id, "alice");
    stores.redis(Command.DEL, Keys.state(id), Keys.claimants(id));

    Problems.is(Api.claim(id, "bob"), ProblemType.LOADING);
    assertThat(stores.redis(Command.EXISTS, Keys.state(id)).toInteger()).isZero();
    hold.close();

    assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(4);
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
  }

  @Test
  void manyCallersOnOneLostCouponLoadItOnce() {
    String id = Api.create(500, REISSUE);
    claimed(id, "alice");
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);
    stores.loseAll(id);

    List<HttpResponse<String>> answers = atOnce(id, 200);

    assertThat(answers).allMatch(a -> a.statusCode() == 503 || a.statusCode() == 201);
    assertThat(answers)
        .filteredOn(a -> a.statusCode() == 503)
        .isNotEmpty()
        .allMatch(a -> a.body().contains("urn:firstcome:problem:loading"))
        .allMatch(a -> a.headers().firstValue("Retry-After").isPresent());
    Problems.is(afterLoading(id, "alice").then(), ProblemType.ALREADY_CLAIMED);
    assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
  }

  @Test
  void manyReplicasLoadALostCouponOnce() {
    String id = Api.create(500);
    claimed(id, "alice");
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);
    List<Loader> replicas = IntStream.range(0, 4).mapToObj(i -> other.loader()).toList();
    try {
      stores.loseAll(id);
      List<CompletableFuture<Void>> loads =
          replicas.stream()
              .map(r -> r.await(id).onFailure().recoverWithNull().subscribeAsCompletionStage())
              .toList();
      loads.forEach(load -> load.orTimeout(20, TimeUnit.SECONDS).join());

      Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED);
      assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
    } finally {
      replicas.forEach(Loader::stop);
    }
  }

  @Test
  void manyCallersOnAnUnknownCouponAreAllToldSo() {
    List<HttpResponse<String>> answers = atOnce(Api.freshId(), 200);
    assertThat(answers)
        .allMatch(a -> a.statusCode() == 404)
        .allMatch(a -> a.body().contains("urn:firstcome:problem:unknown-coupon"));
  }

  @Test
  void anUnknownIdIsUsableAtOnceWhenItIsCreated() {
    for (int i = 0; i < 20; i++) {
      String id = Api.freshId();
      Problems.is(Api.claim(id, "alice"), ProblemType.UNKNOWN_COUPON);
      Problems.is(Api.read(id), ProblemType.UNKNOWN_COUPON);
      Api.create(1, Map.of("id", id));
      Api.claim(id, "alice").statusCode(201);
    }
  }

  /** Those who are too early ask while it is being created; none of them may make it unknown. */
  @Test
  void whoAsksWhileItIsCreatedDoesNotMakeItUnknown() {
    for (int i = 0; i < 20; i++) {
      String id = Api.freshId();
      List<CompletableFuture<HttpResponse<String>>> early =
          IntStream.range(0, 16).mapToObj(user -> claim(id, "early" + user)).toList();
      Api.create(100, Map.of("id", id));
      Api.claim(id, "alice").statusCode(201);
      early.forEach(CompletableFuture::join);
    }
  }

  /** What a slow look-up saw before the creation is old news. */
  @Test
  void aLookUpFromBeforeTheCreationDoesNotMakeACouponUnknown() {
    String id = Api.freshId();
    // One connection, which still sees what was there when its transaction began.
    Pool past = stores.mysql(1);
    Loader loader = other.loader(past);
    try {
      SqlConnection connection = past.getConnection().await().atMost(Stores.SOON);
      connection
          .query("START TRANSACTION WITH CONSISTENT SNAPSHOT")
          .execute()
          .await()
          .atMost(Stores.SOON);
      CompletableFuture<Void> lookUp = loader.await(id).subscribeAsCompletionStage();
      // Next in the queue for the connection: after the look-up it sees what is there now.
      CompletableFuture<Void> present =
          past.getConnection()
              .flatMap(c -> c.query("COMMIT").execute().eventually(c::close))
              .replaceWithVoid()
              .subscribeAsCompletionStage();
      insert(id);
      CompletableFuture<Void> created = loader.created(id).subscribeAsCompletionStage();
      connection.close().await().atMost(Stores.SOON);

      assertThatThrownBy(() -> lookUp.get(20, TimeUnit.SECONDS))
          .hasMessageContaining("unknown-coupon");
      present.orTimeout(20, TimeUnit.SECONDS).join();
      created.orTimeout(20, TimeUnit.SECONDS).join();
      Api.claim(id, "alice").statusCode(201);
      stores.awaitDrained(id);
      stores.loseAll(id);
      assertThatThrownBy(
              () ->
                  loader.refuseAndLoad(id, new NotLoadedException(id)).await().atMost(Stores.SOON))
          .hasMessageContaining("loading");
    } finally {
      loader.stop();
      past.close().await().atMost(Stores.SOON);
    }
  }

  @Test
  void whatIsUnknownIsAnsweredFromMemoryForAWhile() {
    String id = Api.freshId();
    Problems.is(Api.read(id), ProblemType.UNKNOWN_COUPON);
    // Behind the back of this replica, as another one would.
    insert(id);

    Problems.is(Api.read(id), ProblemType.UNKNOWN_COUPON);
    await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> Api.anonymous().get(Api.coupon(id)).statusCode() == 200);
  }

  /** Their numbers lie in the gap, and their units were withheld. */
  @Test
  void whatADrainerThatSleptThroughALossHadReadIsGivenBack() {
    String id = Api.create(3);
    Stores.Hold hold = stores.holdDrain(id);
    Map<String, Object> claim = claimed(id, "alice");
    claimed(id, "bob");
    List<LedgerEntry> read = ledger(id);
    assertThat(read).hasSize(2);

    stores.loseAll(id);
    hold.close();
    Problems.is(afterLoading(id, "carol").then(), ProblemType.SOLD_OUT);
    Api.read(id).body("withheld", equalTo(3)).body("issued", equalTo(0));
    assertThat(other.apply(id, read)).isEmpty();
    assertThat(other.apply(id, read)).as("once more").isEmpty();

    Api.read(id).body("withheld", equalTo(1)).body("issued", equalTo(2));
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
                    .body("claim", equalTo(claim)));
    Problems.is(Api.claim(id, "carol"), ProblemType.SOLD_OUT);
    assertThat(stores.claimsInMySql(id))
        .isEqualTo(stores.claimsInRedis(id))
        .containsOnlyKeys("alice", "bob");
  }

  /** Redis was started again, or it is another one, and holds all that it held. */
  @Test
  void whatAnotherServerHoldsIsVerifiedAndNothingIsLost() {
    String id = Api.create(3);
    Map<String, Object> claim = claimed(id, "alice");
    long epoch = stores.epoch(id);
    stores.redis(Command.HSET, Keys.state(id), "server", "another");

    Problems.is(Api.claim(id, "bob"), ProblemType.RECOVERING);
    assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(2);

    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    Api.read(id).body("withheld", equalTo(0)).body("remaining", equalTo(1));
    assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
    assertThat(gaps(id)).isEmpty();
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(2);
  }

  /** Nobody can tell what it does not hold: at REDIS that may have been told. */
  @Test
  void anotherServerIsNotBelievedWhereThatIsNotWanted() {
    String id = Api.create(3);
    Map<String, Object> claim = claimed(id, "alice");
    stores.awaitDrained(id);
    stores.redis(Command.HSET, Keys.state(id), "server", "another");

    other.disbelievingLoader().await(id).await().atMost(Duration.ofSeconds(10));

    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    assertThat(gaps(id)).containsExactly("2-3 lost");
    Api.read(id).body("withheld", equalTo(2)).body("remaining", equalTo(0));
    Problems.is(Api.claim(id, "bob"), ProblemType.SOLD_OUT);
  }

  @Test
  void anotherServerIsBelievedAtALevelThatKeepsWhatWasTold() {
    String id = Api.create(3, Map.of("acknowledge", "DATABASE"));
    claimed(id, "alice");
    stores.awaitDrained(id);
    stores.redis(Command.HSET, Keys.state(id), "server", "another");

    other.disbelievingLoader().await(id).await().atMost(Duration.ofSeconds(10));

    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(2));
    assertThat(gaps(id)).isEmpty();
  }

  @Test
  void aStateThatNamesNoServerIsVerifiedAndGoesOn() {
    String id = Api.create(3);
    claimed(id, "alice");
    stores.redis(
        Command.HDEL,
        Keys.state(id),
        "server",
        "ceiling",
        "lost",
        "gaps",
        "acknowledge",
        "onLoss",
        "rehearsal");
    stores.sql("UPDATE coupon SET lent = 0 WHERE id = ?", id);

    assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(2);
    assertThat(stores.coupon(id).getLong("lent")).isGreaterThan(5_000);
    assertThat(gaps(id)).isEmpty();
  }

  /** A failover to a replica that was behind: MySQL knows more. */
  @Test
  void anotherServerThatIsBehindMySqlIsLoadedAnew() {
    String id = Api.create(5);
    Map<String, Object> claim = claimed(id, "alice");
    claimed(id, "bob");
    stores.awaitDrained(id);
    stores.redis(Command.HDEL, Keys.claimants(id), "bob");
    stores.redis(
        Command.HSET,
        Keys.state(id),
        "sequence",
        "1",
        "issued",
        "1",
        "holders",
        "1",
        "server",
        "another");

    Problems.is(afterLoading(id, "bob").then(), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(2));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED).body("claim", equalTo(claim));
    Problems.is(Api.claim(id, "carol"), ProblemType.SOLD_OUT);
    assertThat(gaps(id)).containsExactly("3-5 lost");
    Api.read(id).body("withheld", equalTo(3));
  }

  @Test
  void ofACouponThatIsAcknowledgedByMySqlNothingIsWithheld() {
    String id = Api.create(5, Map.of("acknowledge", "DATABASE"));
    claimed(id, "alice");
    stores.awaitDrained(id);
    stores.loseAll(id);

    assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(6);
    assertThat(gaps(id)).containsExactly("2-5 never-told");
    Api.read(id).body("withheld", equalTo(0)).body("remaining", equalTo(3));
  }

  /** Units that are added after a loss are to be had. */
  @Test
  void noMoreIsWithheldThanWasLeftAtTheLoss() {
    String id = Api.create(5);
    claimed(id, "alice");
    stores.awaitDrained(id);
    stores.loseAll(id);
    Problems.is(afterLoading(id, "bob").then(), ProblemType.SOLD_OUT);

    Api.patch(id, Map.of("quantity", 6)).body("remaining", equalTo(1));
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(6));
    stores.awaitDrained(id);
    stores.loseAll(id);
    Problems.is(afterLoading(id, "carol").then(), ProblemType.SOLD_OUT);
    assertThat(gaps(id)).containsExactly("2-5 lost");
  }

  @Test
  void aRecoveryCanBeBegunByHand() {
    String id = Api.create(5);
    claimed(id, "alice");
    long epoch = stores.epoch(id);

    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);

    assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(2));
    Problems.is(
        Api.admin().post("/api/v1/admin/coupons/" + Api.freshId() + "/recover").then(),
        ProblemType.UNKNOWN_COUPON);
    Problems.is(
        Api.as("alice").post("/api/v1/admin/coupons/" + id + "/recover").then(),
        ProblemType.FORBIDDEN);
  }

  /** As where the drainer died between lending in MySQL and telling Redis. */
  @Test
  void whoIsRefusedForWantOfNumbersHasMoreLent() {
    String id = Api.create(5);
    claimed(id, "alice");
    stores.awaitDrained(id);
    stores.redis(Command.HSET, Keys.state(id), "ceiling", "1");

    Problems.is(Api.claim(id, "bob"), ProblemType.LEDGER_BEHIND);
    assertThat(afterLoading(id, "bob").jsonPath().getInt("sequence")).isEqualTo(2);
  }

  @Test
  void numbersAreLentAheadOfUse() {
    String id = Api.create(1_000_000);
    assertThat(stores.redis(Command.HGET, Keys.state(id), "ceiling").toLong()).isEqualTo(10_000);
    stores.claim(id, IntStream.range(0, 6_000).mapToObj(i -> "user" + i).toList());
    Api.claim(id, "last").statusCode(201);

    await()
        .atMost(Stores.SOON)
        .until(() -> stores.redis(Command.HGET, Keys.state(id), "ceiling").toLong() > 15_000);
    assertThat(stores.coupon(id).getLong("lent"))
        .isGreaterThanOrEqualTo(stores.redis(Command.HGET, Keys.state(id), "ceiling").toLong());
  }

  private static List<String> gaps(String id) {
    List<String> gaps = new ArrayList<>();
    stores
        .sql("SELECT first, last, reason FROM sequence_gap WHERE coupon_id = ? ORDER BY first", id)
        .forEach(row -> gaps.add(row.getLong(0) + "-" + row.getLong(1) + " " + row.getString(2)));
    return gaps;
  }

  /** Its transaction is open: the load waits for it, and finds what it wrote. */
  @Test
  void aDrainerThatIsAboutToCommitIsWaitedFor() throws Exception {
    String id = Api.create(3, REISSUE);
    Stores.Hold hold = stores.holdDrain(id);
    Map<String, Object> claim = claimed(id, "alice");
    List<LedgerEntry> read = ledger(id);
    CountDownLatch applied = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<List<DeadLetter>> drain =
        CompletableFuture.supplyAsync(
            () ->
                other
                    .transactions()
                    .run(
                        tx -> {
                          List<DeadLetter> refused = other.applier().apply(tx, id, read);
                          applied.countDown();
                          pass(goOn);
                          return refused;
                        }));
    pass(applied);

    stores.loseAll(id);
    hold.close();
    // Waits for the load for as long as a reader is patient.
    Problems.is(Api.read(id), ProblemType.LOADING);
    assertThat(stores.redis(Command.EXISTS, Keys.state(id)).toInteger()).isZero();
    goOn.countDown();

    assertThat(drain.get(20, TimeUnit.SECONDS)).isEmpty();
    Problems.is(afterLoading(id, "alice").then(), ProblemType.ALREADY_CLAIMED)
        .body("claim", equalTo(claim));
    Api.claim(id, "bob").statusCode(201).body("sequence", equalTo(4));
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(2);
  }

  @Test
  void lateEntriesAreConflictsWhereTheirUserHoldsAnother() {
    String id = Api.create(3, REISSUE);
    Stores.Hold hold = stores.holdDrain(id);
    claimed(id, "alice");
    List<LedgerEntry> late = ledger(id);
    stores.loseAll(id);
    hold.close();
    assertThat(afterLoading(id, "alice").jsonPath().getInt("sequence")).isEqualTo(4);

    for (LedgerEntry entry : late) {
      List<Object> args = new ArrayList<>(List.of(Keys.ledger(id), "*"));
      entry
          .fields()
          .forEach(
              (name, value) -> {
                args.add(name);
                args.add(value);
              });
      stores.redis(Command.XADD, args.toArray());
    }
    // The drain learns of it.
    claimed(id, "carol");
    stores.awaitDrained(id);

    List<Map<String, String>> dead = stream(Keys.deadLetters(id)).values().stream().toList();
    assertThat(dead).hasSize(1);
    assertThat(dead.get(0)).containsEntry("reason", "conflict").containsEntry("users", "alice");
    assertThat(stores.claimsInMySql(id))
        .isEqualTo(stores.claimsInRedis(id))
        .containsOnlyKeys("alice", "carol");
  }

  /** A loss in mid-sale, while all are asking: what is told afterwards holds in both stores. */
  @Test
  void aLossInMidSaleGivesNothingOutTwice() {
    String id = Api.create(100, REISSUE);
    // Not sold out before the loss: a gate that is shut may tell what was lost till it looks again.
    List<CompletableFuture<HttpResponse<String>>> running =
        IntStream.range(0, 90).mapToObj(i -> claim(id, "user" + i)).toList();
    stores.loseAll(id);
    running.forEach(CompletableFuture::join);
    afterLoading(id, "last");

    Set<Long> sequences = new HashSet<>();
    for (int i = 0; i < 150; i++) {
      Response answer = afterLoading(id, "user" + i);
      if (answer.statusCode() == 201) {
        assertThat(sequences.add(answer.jsonPath().getLong("sequence"))).isTrue();
      } else if (answer.asString().contains("already-claimed")) {
        assertThat(sequences.add(answer.jsonPath().getLong("claim.sequence"))).isTrue();
      }
    }
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(100);
  }

  private void insert(String id) {
    stores.sql(
        "INSERT INTO coupon (id, name, quantity, status, audience, version, epoch, creation)"
            + " VALUES (?, 'Other', 5, 'open', FALSE, 1, 0, REPEAT('0', 64))",
        id);
  }

  private Map<String, Object> claimed(String id, String user) {
    return Api.claim(id, user).statusCode(201).extract().jsonPath().getMap("$");
  }

  /** The first answer to a claim that is not "loading". */
  private static Response afterLoading(String id, String user) {
    return await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(() -> Api.as(user).post(Api.claims(id)), answer -> answer.statusCode() != 503);
  }

  private static Map<String, Object> view(Response coupon) {
    Map<String, Object> view = new LinkedHashMap<>(coupon.jsonPath().getMap("$"));
    view.remove("serverTime");
    return view;
  }

  private List<LedgerEntry> ledger(String id) {
    List<LedgerEntry> entries = new ArrayList<>();
    stream(Keys.ledger(id)).forEach((at, fields) -> entries.add(new LedgerEntry(at, fields)));
    return entries;
  }

  /** Id to fields. */
  private Map<String, Map<String, String>> stream(String key) {
    Map<String, Map<String, String>> stream = new LinkedHashMap<>();
    for (io.vertx.redis.client.Response entry : stores.redis(Command.XRANGE, key, "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      io.vertx.redis.client.Response flat = entry.get(1);
      for (int i = 0; i < flat.size(); i += 2) {
        fields.put(flat.get(i).toString(), flat.get(i + 1).toString());
      }
      stream.put(entry.get(0).toString(), fields);
    }
    return stream;
  }

  private List<HttpResponse<String>> atOnce(String id, int callers) {
    return IntStream.range(0, callers).mapToObj(i -> claim(id, "user" + i)).toList().stream()
        .map(CompletableFuture::join)
        .toList();
  }

  private CompletableFuture<HttpResponse<String>> claim(String id, String user) {
    HttpRequest request =
        Api.request(service.resolve(Api.claims(id)), user)
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.noBody())
            .build();
    return CLIENT.sendAsync(request, BodyHandlers.ofString());
  }

  private static void pass(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

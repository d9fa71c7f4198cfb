package io.firstcome.coupon.code;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.Stores;
import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.Peer;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes of units: who is shown them, and who may redeem by them. */
@QuarkusTest
class CodesOverHttpTest {

  private static final String SYMBOL = "[0-9A-HJKMNP-TV-Z]";
  private static final Map<String, Object> GENERATED = Map.of("codes", "GENERATED");

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void theHolderIsShownTheCodeByEveryAnswerAndNobodyElseByAny() {
    String id = Api.create(10, GENERATED);
    String code = code(Api.claim(id, "alice").statusCode(201));

    assertThat(code).matches("(%1$s{4}-){3}%1$s".formatted(SYMBOL));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
        .body("claim.code", equalTo(code));
    Api.put(id, "alice").statusCode(200).body("code", equalTo(code));
    Api.ownClaim(id, "alice").statusCode(200).body("code", equalTo(code));
    stores.awaitDrained(id);
    Api.as("alice")
        .get("/api/v1/me/coupons")
        .then()
        .body("units.findAll { it.couponId == '" + id + "' }.code", equalTo(List.of(code)));
    String seen =
        Api.admin().get(Api.claim(id, "alice", "")).asString()
            + Api.admin().get(Api.claims(id)).asString()
            + Api.admin().get(Api.claim(id, "alice", "/history")).asString()
            + Api.admin().get(Api.claim(id, "alice", "/check")).asString()
            + Api.read(id).body("codes", equalTo("GENERATED")).extract().asString()
            + redeem(id, Map.of("userId", "alice")).extract().asString();
    assertThat(seen).contains("alice").doesNotContain(code);
  }

  @Test
  void aCouponWithoutCodesSaysNothingOfThem() {
    String id = Api.create(10);

    Api.claim(id, "alice").statusCode(201).body("$", not(hasItem("code")));
    assertThat(Api.ownClaim(id, "alice").extract().asString()).doesNotContain("code\"");
    Api.read(id).body("codes", equalTo("NONE"));
    stores.awaitDrained(id);
    assertThat(codesInMySql(id)).isEmpty();
    Problems.is(redeem(id, Map.of("code", "7H3K-9QWE-1RTY-X")), ProblemType.MALFORMED);
  }

  /** Also the ninth, which the gate answers from memory. */
  @Test
  void allOfACrowdHaveCodesOfTheirOwn() {
    String id = Api.create(8, GENERATED);
    Set<String> codes = new HashSet<>();
    for (int i = 0; i < 8; i++) {
      codes.add(code(Api.claim(id, "user-" + i).statusCode(201)));
    }
    Problems.is(Api.claim(id, "late"), ProblemType.SOLD_OUT);
    double before = Api.fromMemory();
    await()
        .atMost(Stores.SOON)
        .until(
            () -> {
              String again = Api.claim(id, "user-3").extract().path("claim.code");
              assertThat(codes).contains(again);
              return Api.fromMemory() > before;
            });

    assertThat(codes).hasSize(8);
  }

  @Test
  void eachOfSeveralUnitsHasACode() {
    String id = Api.create(10, Map.of("codes", "GENERATED", "perUserLimit", 3, "codePrefix", "A1"));
    Api.claim(id, "bob").statusCode(201);
    List<String> codes =
        Api.claim(id, "alice", 3).statusCode(201).extract().jsonPath().getList("units.code");

    assertThat(new HashSet<>(codes)).hasSize(3).allMatch(code -> code.startsWith("A1-"));
    redeem(id, Map.of("code", codes.get(1))).statusCode(201).body("sequence", equalTo(3));
    Problems.is(redeem(id, "order-2", Map.of("code", codes.get(1))), ProblemType.ALREADY_REDEEMED);
    revoke(id, "alice", 2);
    Api.ownClaim(id, "alice")
        .body("units.code", equalTo(Arrays.asList(null, codes.get(1), codes.get(2))));
    Problems.is(redeem(id, "order-3", Map.of("code", codes.get(0))), ProblemType.REVOKED);
  }

  @Test
  void aUnitIsRedeemedByItsCodeAsItIsTyped() {
    String id = Api.create(10, GENERATED);
    String code = code(Api.claim(id, "alice"));
    String typed = code.toLowerCase().replace("-", " ").replace('0', 'o').replace('1', 'l');

    redeem(id, Map.of("code", typed))
        .statusCode(201)
        .body("userId", equalTo("alice"))
        .body("sequence", equalTo(1));
    redeem(id, Map.of("code", code, "userId", "alice")).statusCode(200);
    redeem(id, Map.of("userId", "alice")).statusCode(200);
    Api.ownClaim(id, "alice").body("state", equalTo("REDEEMED")).body("code", equalTo(code));
    Api.assertClean("coupons/" + id);
  }

  /** Redemption is as exact as by user. */
  @Test
  void sixtyFourCallersRedeemACodeOnce() {
    String id = Api.create(10, GENERATED);
    String code = code(Api.claim(id, "alice"));

    List<CompletableFuture<Integer>> calls = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      String order = "order-" + i;
      calls.add(
          CompletableFuture.supplyAsync(
              () -> redeem(id, order, Map.of("code", code)).extract().statusCode()));
    }

    assertThat(calls.stream().map(CompletableFuture::join).filter(status -> status == 201))
        .hasSize(1);
  }

  /** It is in Redis alone, and the drain is held up: the code is waited for. */
  @Test
  void aCodeIsRedeemedBeforeItsClaimIsWrittenBehind() throws Exception {
    String id = Api.create(10, GENERATED);
    Api.claim(id, "bob").statusCode(201);
    stores.awaitDrained(id);
    CompletableFuture<Integer> redeemed;
    try (Stores.Hold held = stores.holdDrain(id)) {
      String code = code(Api.claim(id, "alice"));
      redeemed =
          CompletableFuture.supplyAsync(
              () -> redeem(id, Map.of("code", code)).extract().statusCode());
      await().pollDelay(Duration.ofMillis(300)).until(() -> !redeemed.isDone());
    }

    // The lease of a drainer that is gone may outlast the patience.
    assertThat(redeemed.get()).isIn(201, 503);
  }

  @Test
  void noSuchCodeAndNotYoursAreOneAnswerInOneTime() {
    String id = Api.create(10, GENERATED);
    String alices = code(Api.claim(id, "alice"));
    String bobs = code(Api.claim(id, "bob"));
    String elsewhere = Api.create(10, GENERATED);
    String other = code(Api.claim(elsewhere, "alice"));
    stores.awaitDrained(id);
    List<Map<String, Object>> wrong =
        List.of(
            Map.of("code", other),
            Map.of("code", other, "userId", "alice"),
            Map.of("code", bobs, "userId", "alice"),
            Map.of("code", alices, "userId", "nobody"),
            Map.of("code", alices, "sequence", 2),
            Map.of("code", "mistyped"));

    Set<String> answers = new HashSet<>();
    Map<Integer, Duration> fastest = new HashMap<>();
    for (int round = 0; round < 5; round++) {
      for (int i = 0; i < wrong.size(); i++) {
        long began = System.nanoTime();
        ValidatableResponse answer = redeem(id, wrong.get(i));
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        Problems.is(answer, ProblemType.UNKNOWN_CODE);
        answers.add(answer.extract().asString());
        fastest.merge(i, took, (a, b) -> a.compareTo(b) < 0 ? a : b);
      }
    }
    assertThat(answers).hasSize(1);
    // A busy machine makes an answer later, by whole periods; none is earlier.
    assertThat(fastest.values())
        .allMatch(took -> took.compareTo(Duration.ofMillis(250)) >= 0)
        .allMatch(took -> took.compareTo(Duration.ofMillis(490)) < 0);
    redeem(id, Map.of("code", alices)).statusCode(201);
  }

  @Test
  void aCallerTriesSoManyWrongCodes() {
    String id = Api.create(200, GENERATED);
    String right = code(Api.claim(id, "alice"));
    CodeFormat format = new CodeFormat("", 12);
    List<String> others =
        IntStream.range(0, 30).mapToObj(i -> code(Api.claim(id, "user-" + i))).toList();
    List<CompletableFuture<Integer>> wrong = new ArrayList<>();
    List<CompletableFuture<Integer>> rightOnes = new ArrayList<>();
    ExecutorService few = Executors.newFixedThreadPool(8);
    for (int i = 0; i < 300; i++) {
      String guess = format.code(Digests.random(32));
      wrong.add(CompletableFuture.supplyAsync(() -> attempt(id, guess), few));
      if (i >= 200 && i % 10 == 0) {
        String other = others.get(i / 10);
        rightOnes.add(CompletableFuture.supplyAsync(() -> attempt(id, other), few));
      }
    }
    List<Integer> statuses = wrong.stream().map(CompletableFuture::join).toList();
    few.shutdown();

    assertThat(statuses).contains(404, 429).containsOnly(404, 429);
    assertThat(statuses.stream().filter(status -> status == 404).count())
        .isGreaterThanOrEqualTo(100L);
    // Not even a right one, for a while; others go on, and this one by user.
    assertThat(rightOnes.stream().map(CompletableFuture::join)).contains(429);
    redeem("guesser-" + id, id, "order-1", Map.of("userId", "alice")).statusCode(201);
    redeem("another", id, "order-1", Map.of("code", right)).statusCode(200);
  }

  private static int attempt(String id, String code) {
    return redeem("guesser-" + id, id, "order-2", Map.of("code", code)).extract().statusCode();
  }

  @Test
  void aShardedCouponHasOneCodeForEachNumber() {
    String id = Api.create(40, Map.of("codes", "GENERATED", "shards", 4));
    Map<String, String> codes = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      codes.put("user-" + i, code(Api.claim(id, "user-" + i).statusCode(201)));
    }

    assertThat(new HashSet<>(codes.values())).hasSize(20);
    codes.forEach(
        (user, code) -> {
          Api.ownClaim(id, user).body("code", equalTo(code));
          redeem(id, "order-" + user, Map.of("code", code))
              .statusCode(201)
              .body("userId", equalTo(user));
        });
    Api.as("user-7")
        .get("/api/v1/me/coupons")
        .then()
        .body(
            "units.findAll { it.couponId == '" + id + "' }.code",
            equalTo(List.of(codes.get("user-7"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SUMMER-26", ""})
  void aSharedCodeIsThatOfAllAndNeedsTheUser(String given) {
    Map<String, Object> more = new HashMap<>(Map.of("codes", "SHARED"));
    if (!given.isEmpty()) {
      more.put("sharedCode", given);
    }
    String id = Api.create(10, more);
    String code = code(Api.claim(id, "alice"));

    if (!given.isEmpty()) {
      assertThat(code).isEqualTo(given);
    }
    assertThat(code(Api.claim(id, "bob"))).isEqualTo(code);
    Problems.is(redeem(id, Map.of("code", code)), ProblemType.MALFORMED);
    Problems.is(
        redeem(id, Map.of("code", code + "x", "userId", "alice")), ProblemType.UNKNOWN_CODE);
    redeem(id, Map.of("code", code.toLowerCase(), "userId", "alice")).statusCode(201);
    redeem(id, "order-2", Map.of("code", code, "userId", "bob")).statusCode(201);
    Problems.is(
        redeem(id, "order-3", Map.of("code", code, "userId", "carol")), ProblemType.NO_CLAIM);
  }

  /** Neither store tells a code, or the key that it is derived from. */
  @Test
  void nobodyReadsCodesInTheStores() {
    String id = Api.create(10, GENERATED);
    String code = code(Api.claim(id, "alice"));
    stores.awaitDrained(id);

    StringBuilder redis = new StringBuilder();
    for (Response key : stores.redis(Command.KEYS, "*" + id + "*")) {
      redis.append(key).append('\n');
    }
    redis.append(stores.redis(Command.HGETALL, Keys.state(id)));
    redis.append(stores.redis(Command.HGETALL, Keys.claimants(id)));
    String row = stores.coupon(id).toJson().toString() + codesInMySql(id);

    String plain = code.replace("-", "");
    assertThat(redis.toString()).contains("alice").doesNotContain(code, plain);
    assertThat(row).contains("code_key").doesNotContain(code, plain);
    assertThat(redis.toString()).doesNotContain(stores.coupon(id).getString("code_key"));
    assertThat(codesInMySql(id)).hasSize(1);
  }

  @Test
  void theSameCodesComeBackAfterALossOfRedis() {
    String id = Api.create(10, GENERATED);
    String code = code(Api.claim(id, "alice"));
    stores.awaitDrained(id);

    stores.loseAll(id);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> Api.ownClaim(id, "alice").body("code", equalTo(code)));
    redeem(id, Map.of("code", code)).statusCode(201);
    Api.assertClean("coupons/" + id);
  }

  /** What is drained twice, and by two drainers, has one row. */
  @Test
  void anEntryThatIsAppliedAgainAddsNoCode() {
    String id = Api.create(10, GENERATED);
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    List<String> before = codesInMySql(id);
    Row claim = stores.sql("SELECT * FROM claim WHERE coupon_id = ?", id).iterator().next();
    var entry = Replica.claim(stores.epoch(id), 2, "bob");
    Replica replica = new Replica(stores);

    assertThat(replica.apply(id, List.of(entry))).isEmpty();
    assertThat(replica.apply(id, List.of(entry))).isEmpty();

    assertThat(claim.getLong("sequence")).isEqualTo(1);
    assertThat(codesInMySql(id)).hasSize(2).containsAll(before);
  }

  /** The codes stay when the key of the deployment is replaced, and the old one is not needed. */
  @Test
  void theKeyOfTheDeploymentIsReplaced() {
    String id = Api.create(10, GENERATED);
    String code = code(Api.claim(id, "alice"));
    String old = TestCodes.key();
    String next = Base64.getEncoder().encodeToString(Digests.random(32));
    Peer peer = new Peer(stores.scripts(), stores.mysql().getDelegate());
    SqlTransactions mysql = peer.transactions();
    assertThat(codeBy(peer, id, List.of(old))).isEqualTo(code);

    try {
      assertThat(rotation(mysql, List.of(next, old)).reseal()).isPositive();

      assertThat(codeBy(peer, id, List.of(next))).isEqualTo(code);
      assertThat(codeBy(peer, id, List.of(next, old))).isEqualTo(code);
      assertThat(codeBy(peer, id, List.of(old, next))).isEqualTo(code);
      assertThat(rotation(mysql, List.of(next)).missing()).isEmpty();
      assertThat(rotation(mysql, List.of(old)).missing()).hasSize(1);
      assertThat(rotation(mysql, List.of()).missing()).hasSize(1);
    } finally {
      rotation(mysql, List.of(old, next)).reseal();
    }
    assertThat(rotation(mysql, List.of(old)).missing()).isEmpty();
  }

  private static KeyRotation rotation(SqlTransactions mysql, List<String> keys) {
    return new KeyRotation(new DeploymentKeys(keys), mysql, TestCodes.config());
  }

  private static String codeBy(Peer peer, String id, List<String> keys) {
    return TestCodes.books(stores.mysql(), peer.calls(), keys)
        .of(id)
        .await()
        .atMost(Stores.SOON)
        .code(1);
  }

  @ParameterizedTest
  @CsvSource({
    "codes, GENERATE, 10",
    "codePrefix, SUMMER, 10",
    "codePrefix, save, 10",
    "codePrefix, ABCDEFG, 10",
    "codeLength, 11, 10",
    "codeLength, 25, 10",
    "codeLength, 15, 1000001",
    "sharedCode, SUMMER-26, 10"
  })
  void aCodeThatIsNotSafeIsRefusedWithTheReason(String field, String value, long quantity) {
    Map<String, Object> more = new HashMap<>(GENERATED);
    more.put(field, field.equals("codeLength") ? (Object) Integer.valueOf(value) : value);

    Problems.is(Api.post(Api.order(quantity, more)), ProblemType.MALFORMED);
  }

  @Test
  void whatIsSaidOfCodesThatThereAreNotIsRefused() {
    for (String field : List.of("codePrefix", "sharedCode")) {
      Problems.is(Api.post(Api.order(1, Map.of(field, "SAVE"))), ProblemType.MALFORMED)
          .body("errors.field", equalTo(List.of(field)));
    }
    Problems.is(Api.post(Api.order(1, Map.of("codeLength", 12))), ProblemType.MALFORMED);
  }

  @Test
  void manyUnitsHaveLongerCodes() {
    String id = Api.create(1_000_001, GENERATED);
    assertThat(code(Api.claim(id, "alice"))).matches("(%1$s{4}-){4}%1$s".formatted(SYMBOL));
    String few = Api.create(10, GENERATED);

    Api.patch(few, Map.of("quantity", 1_000_000)).statusCode(200);
    Problems.is(Api.patch(few, Map.of("quantity", 1_000_001)), ProblemType.MALFORMED)
        .body("errors.field", equalTo(List.of("quantity")));
    Api.patch(id, Map.of("quantity", 2_000_000)).statusCode(200);
    Api.patch(Api.create(10), Map.of("quantity", 1_000_001)).statusCode(200);
  }

  @Test
  void theSameOrderIsTheSameCouponAndAnotherOfCodesIsNot() {
    Map<String, Object> order = Api.order(5, Map.of("codes", "GENERATED", "codePrefix", "SAVE"));
    Api.post(order).statusCode(201);
    Api.post(order).statusCode(200).body("codes", equalTo("GENERATED"));
    order.remove("codePrefix");
    Problems.is(Api.post(order), ProblemType.COUPON_EXISTS);
  }

  @Test
  void aRedemptionNamesAUnit() {
    String id = Api.create(10, GENERATED);

    Problems.is(redeem(id, Map.of()), ProblemType.MALFORMED);
    Problems.is(redeem(id, Map.of("code", "")), ProblemType.MALFORMED);
    Problems.is(redeem(id, Map.of("code", "\u00e4")), ProblemType.MALFORMED);
    Problems.is(redeem(id, Map.of("code", "A".repeat(81))), ProblemType.MALFORMED);
    Problems.is(
        redeem(Api.freshId(), Map.of("code", "7H3K-9QWE-1RTY-X")), ProblemType.UNKNOWN_COUPON);
    Api.claim(id, "alice").statusCode(201).body("state", nullValue());
  }

  private static String code(ValidatableResponse claim) {
    Map<String, Object> body = claim.extract().jsonPath().getMap("$");
    return (String) body.get("code");
  }

  private static List<String> codesInMySql(String id) {
    List<String> rows = new ArrayList<>();
    stores
        .sql("SELECT sequence, fingerprint, sealed FROM coupon_code WHERE coupon_id = ?", id)
        .forEach(row -> rows.add(row.toJson().toString()));
    return rows;
  }

  private static ValidatableResponse redeem(String id, Map<String, Object> what) {
    return redeem(id, "order-1", what);
  }

  private static ValidatableResponse redeem(String id, String order, Map<String, Object> what) {
    return redeem("shop", id, order, what);
  }

  private static ValidatableResponse redeem(
      String caller, String id, String order, Map<String, Object> what) {
    Map<String, Object> body = new HashMap<>(what);
    body.put("orderReference", order);
    return Api.as(caller)
        .header("X-User-Groups", "service")
        .contentType("application/json")
        .body(body)
        .post(Api.coupon(id) + "/redemptions")
        .then();
  }

  private static void revoke(String id, String user, long sequence) {
    Api.admin()
        .contentType("application/json")
        .body(Map.of("reason", "A robot", "sequence", sequence))
        .post(Api.claim(id, user, "/revoke"))
        .then()
        .statusCode(200);
  }
}

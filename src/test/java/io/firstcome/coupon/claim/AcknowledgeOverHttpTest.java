package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.ReplicatedServers;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Shard;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.OwnDrainer;
import io.firstcome.local.LocalMySql;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.mysql.Micros;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A winner is told when what they are told is as safe as was ordered, and not before. */
@QuarkusTest
@TestProfile(ReplicatedServers.Patient.class)
class AcknowledgeOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();
  private final Replica other = new Replica(stores);

  @Test
  void whatIsToldAtReplicaIsOnTheReplicaThen() {
    String id = create(20, "REPLICA");
    try (RealRedis replica = RealRedis.at(ServersUnderTest.setting(ReplicatedServers.REPLICA))) {
      for (int i = 1; i <= 20; i++) {
        Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i));
        assertThat(replica.send(Command.HGET, Keys.claimants(id), "user" + i)).isNotNull();
      }
    }
    Problems.is(Api.claim(id, "late"), ProblemType.SOLD_OUT);
    Problems.is(Api.claim(id, "user3"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(3));
  }

  @Test
  void whileTheReplicaHangsNobodyIsToldAndAskingAgainTellsTheSame() {
    String id = create(1, "REPLICA");
    String fast = create(5, "REDIS");
    try (ReplicatedServers.Frozen frozen =
        ReplicatedServers.freeze(ReplicatedServers.REPLICA_PID)) {
      assertThat(
              Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED)
                  .extract()
                  .header("Retry-After"))
          .matches("[12]");
      // It was issued, which nobody may be told yet.
      assertThat(stores.claimsInRedis(id)).containsOnlyKeys("alice");
      Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
      Problems.is(Api.put(id, "alice"), ProblemType.NOT_SECURED);
      Problems.is(Api.ownClaim(id, "alice"), ProblemType.NOT_SECURED);
      awaitShut(id);
      Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
      Api.claim(fast, "alice").statusCode(201);
    }

    ValidatableResponse told = untilTold(() -> Api.claim(id, "alice"));

    Problems.is(told, ProblemType.ALREADY_CLAIMED).body("claim.sequence", equalTo(1));
    assertThat(Stores.holding(told.extract().path("claim")))
        .isEqualTo(stores.claimsInRedis(id).get("alice"));
    Api.put(id, "alice").statusCode(200).body("sequence", equalTo(1));
    Api.ownClaim(id, "alice").statusCode(200).body("sequence", equalTo(1));
    assertThat(Api.metric("firstcome_acknowledge_not_secured_total", "replica")).isGreaterThan(3);
  }

  /** A primary that was cut off must not take from the next one what that has told. */
  @Test
  void whereNoReplicaFollowsNothingIsTakenOver() {
    String id = create(5, "REPLICA");
    String fast = create(5, "REDIS");
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    long epoch = stores.epoch(id);
    try (ReplicatedServers.Frozen frozen =
        ReplicatedServers.freeze(ReplicatedServers.REPLICA_PID)) {
      Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(503);
      Problems.is(Api.claim(id, "bob"), ProblemType.RECOVERING);
      assertThat(stores.epoch(id)).isEqualTo(epoch);
      Api.admin().post("/api/v1/admin/coupons/" + fast + "/recover").then().statusCode(204);
    }

    untilTold(() -> Api.claim(id, "bob")).statusCode(201).body("sequence", equalTo(2));
    assertThat(stores.epoch(id)).isEqualTo(epoch + 1);
  }

  /** Whoever would load it waits for a replica: what is written meanwhile is not for it to read. */
  @Test
  void whereNoReplicaFollowsNothingIsWrittenLate() {
    String id = create(5, "REPLICA");
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    List<LedgerEntry> entries = List.of(Replica.claim(stores.epoch(id), 2, "zoe"));
    stores.loseAll(id);
    Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").then().statusCode(204);
    Replica other = new Replica(stores);
    try (ReplicatedServers.Frozen frozen =
        ReplicatedServers.freeze(ReplicatedServers.REPLICA_PID)) {
      stores.loseAll(id);
      CompletableFuture<Integer> recovery =
          CompletableFuture.supplyAsync(
              () -> Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").statusCode());
      do {
        assertThatThrownBy(() -> other.apply(id, entries)).isInstanceOf(NotLoadedException.class);
      } while (!recovery.isDone());
      assertThat(recovery.join()).isEqualTo(503);
      assertThat(stores.claimsInMySql(id)).containsOnlyKeys("alice");
    }

    untilTold(() -> Api.ownClaim(id, "alice")).statusCode(200);
    assertThat(other.apply(id, entries)).isEmpty();
    untilTold(() -> Api.ownClaim(id, "zoe")).statusCode(200).body("sequence", equalTo(2));
  }

  @Test
  void aServerThatIsTakenForAnotherFromNowOnIsFoundOut() {
    String id = create(100, "REPLICA");
    // Until each event loop has met the server as it is now.
    for (int i = 0; i < 20; i++) {
      String user = "early" + i;
      untilTold(() -> Api.claim(id, user));
    }

    // As when a first replica comes: no connection is lost.
    stores.redis(Command.DEBUG, "CHANGE-REPL-ID");

    for (int i = 0; i < 20; i++) {
      String user = "later" + i;
      untilTold(() -> Api.claim(id, user));
    }
    assertThat(stores.claimsInRedis(id)).hasSize(40);
  }

  @Test
  void whatIsToldAtDatabaseIsInMySqlThen() {
    String id = create(20, "DATABASE");
    for (int i = 1; i <= 20; i++) {
      Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i));
      assertThat(stores.claimsInMySql(id)).hasSize(i).containsKey("user" + i);
    }
    Problems.is(Api.claim(id, "late"), ProblemType.SOLD_OUT);
    for (int i = 20; i > 0; i--) {
      Problems.is(Api.claim(id, "user" + i), ProblemType.ALREADY_CLAIMED)
          .body("claim.sequence", equalTo(i));
    }
  }

  @Test
  void severalUnitsAreToldOnceMySqlHasThemAll() {
    String id = Api.create(20, Map.of("acknowledge", "DATABASE", "perUserLimit", 5));
    Api.claim(id, "alice", 3).statusCode(201);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(1);
    try (Stores.Hold hold = stores.holdDrain(id)) {
      Problems.is(Api.claim(id, "alice", 5), ProblemType.NOT_SECURED);
      // What alice held before is not told either: with it would go what is not secured.
      Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
      Problems.is(Api.ownClaim(id, "alice"), ProblemType.NOT_SECURED);
    }

    Problems.is(untilTold(() -> Api.claim(id, "alice", 5)), ProblemType.ALREADY_CLAIMED)
        .body("claim.units.sequence", equalTo(List.of(1, 2, 3, 4, 5)));
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
  }

  @Test
  void manyAtOnceAreAllToldOnceMySqlHasThem() {
    String id = create(50, "DATABASE");
    List<CompletableFuture<String>> claims =
        IntStream.rangeClosed(1, 60)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        // On a busy machine MySQL may have it too late for the first answer.
                        () -> outcome(untilTold(() -> Api.claim(id, "user" + i)))))
            .toList();

    Map<String, Long> outcomes =
        claims.stream()
            .map(CompletableFuture::join)
            .collect(Collectors.groupingBy(outcome -> outcome, Collectors.counting()));

    assertThat(outcomes).isEqualTo(Map.of("told", 50L, "refused", 10L));
    assertThat(stores.claimsInMySql(id)).hasSize(50).isEqualTo(stores.claimsInRedis(id));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 1})
  void whileNobodyDrainsNobodyIsToldWhatTheyHold(int quantity) {
    String id = create(quantity, "DATABASE");
    Stores.Hold hold = stores.holdDrain(id);
    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
    if (quantity == 1) {
      awaitShut(id);
    }
    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
    Problems.is(Api.put(id, "alice"), ProblemType.NOT_SECURED);
    Problems.is(Api.ownClaim(id, "alice"), ProblemType.NOT_SECURED);
    Problems.is(Api.ownClaim(id, "bob"), ProblemType.NO_CLAIM);
    assertThat(stores.claimsInMySql(id)).isEmpty();

    hold.close();

    Problems.is(untilTold(() -> Api.claim(id, "alice")), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(1));
    Api.ownClaim(id, "alice").statusCode(200).body("sequence", equalTo(1));
  }

  @Test
  void anotherReplicaThatDrainsTellsThisOne() {
    String id = create(10, "DATABASE");
    try (OwnDrainer drainer = other.drainer(other.applier())) {
      for (int i = 1; i <= 10; i++) {
        drainer.takeOver(id);
        Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i));
      }
    }
  }

  @Test
  void anAnnouncementThatIsLostCostsTimeAndNotTheAnswer() throws Exception {
    String id = create(10, "DATABASE");
    try (Stores.Hold hold = stores.holdDrain(id)) {
      CompletableFuture<ValidatableResponse> claim =
          CompletableFuture.supplyAsync(() -> Api.claim(id, "alice"));
      await().atMost(Stores.SOON).until(() -> stores.undrained(id) == 1);
      // As a drainer does that dies before it says so.
      insert(id, "alice");

      claim.get(20, TimeUnit.SECONDS).statusCode(201).body("sequence", equalTo(1));
      Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED);
    }
  }

  @Test
  void whatMySqlRefusesIsNeverAcknowledged() {
    String id = create(10, "DATABASE");
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, issued_at) VALUES (?, 1, 'eve', NOW(6))",
        id);

    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
    stores.awaitDrained(id);
    assertThat(stores.redis(Command.XLEN, Keys.deadLetters(id)).toInteger()).isOne();
    // Those after it are, and they do not stand for it.
    for (int i = 2; i <= 5; i++) {
      Api.claim(id, "user" + i).statusCode(201).body("sequence", equalTo(i));
    }
    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
    Problems.is(Api.ownClaim(id, "alice"), ProblemType.NOT_SECURED);
  }

  @Test
  void whileMySqlIsAwayNoUnitIsSpentAndWhoIsSecuredIsTold() {
    String id = create(10, "DATABASE");
    String fast = create(10, "REDIS");
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    try (ReplicatedServers.Frozen frozen = ReplicatedServers.freeze(ReplicatedServers.MYSQL_PID)) {
      await().atMost(Stores.SOON).until(() -> Api.metric("firstcome_mysql_up", "") == 0);

      for (int i = 0; i < 3; i++) {
        Problems.is(Api.claim(id, "bob"), ProblemType.DATABASE_UNAVAILABLE);
      }
      assertThat(stores.claimsInRedis(id)).containsOnlyKeys("alice");
      assertThat(stores.undrained(id)).isZero();
      Problems.is(untilTold(() -> Api.claim(id, "alice")), ProblemType.ALREADY_CLAIMED)
          .body("claim.sequence", equalTo(1));
      Api.claim(fast, "bob").statusCode(201);
    }

    untilTold(() -> Api.claim(id, "bob")).statusCode(201).body("sequence", equalTo(2));
  }

  /** The old primary of a switchover answers whatever is read. */
  @Test
  void whileMySqlIsReadOnlyNoUnitIsSpentAndAChangeIs503() {
    String id = create(10, "DATABASE");
    Api.claim(id, "alice").statusCode(201);
    stores.awaitDrained(id);
    String jdbcUrl = ServersUnderTest.setting("quarkus.datasource.jdbc.url");
    LocalMySql.administerAt(jdbcUrl, "SET GLOBAL read_only = ON");
    try {
      await().atMost(Stores.SOON).until(() -> Api.metric("firstcome_mysql_up", "") == 0);

      Problems.is(Api.claim(id, "bob"), ProblemType.DATABASE_UNAVAILABLE);
      assertThat(stores.claimsInRedis(id)).containsOnlyKeys("alice");
      Problems.is(
          Api.post(Map.of("id", id + "-2", "name", "x", "quantity", 1)),
          ProblemType.DATABASE_UNAVAILABLE);
    } finally {
      LocalMySql.administerAt(jdbcUrl, "SET GLOBAL read_only = OFF");
    }

    untilTold(() -> Api.claim(id, "bob")).statusCode(201).body("sequence", equalTo(2));
  }

  @Test
  void whileMySqlIsAwayAShardThatIsSoldOutTakesNothingFromOthers() {
    String id = Api.create(8, Map.of("shards", 2));
    Map<Integer, List<String>> users =
        IntStream.range(0, 20)
            .mapToObj(i -> "user" + i)
            .collect(Collectors.groupingBy(user -> Shard.ofUser(id, 2, user).index()));
    users.get(0).subList(0, 4).forEach(user -> Api.claim(id, user).statusCode(201));
    String late = users.get(0).get(4);
    try (ReplicatedServers.Frozen frozen = ReplicatedServers.freeze(ReplicatedServers.MYSQL_PID)) {
      await().atMost(Stores.SOON).until(() -> Api.metric("firstcome_mysql_up", "") == 0);

      Problems.is(Api.claim(id, late), ProblemType.DATABASE_UNAVAILABLE);
      Problems.is(Api.claim(id, late), ProblemType.DATABASE_UNAVAILABLE);
      users.get(1).subList(0, 4).forEach(user -> Api.claim(id, user).statusCode(201));
      Problems.is(Api.claim(id, late), ProblemType.SOLD_OUT);
    }
    Problems.is(untilTold(() -> Api.claim(id, late)), ProblemType.SOLD_OUT);
  }

  private void insert(String id, String user) {
    Claim claim = Claim.ofHolding(id, user, stores.claimsInRedis(id).get(user));
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, issued_at) VALUES (?, ?, ?, ?)",
        id,
        claim.sequence(),
        user,
        Micros.toDateTime(claim.issuedAt()));
  }

  private static String create(int quantity, String level) {
    return Api.create(quantity, Map.of("acknowledge", level));
  }

  /** Asks others until they are refused from memory. */
  private static void awaitShut(String id) {
    double before = Api.fromMemory();
    await()
        .atMost(Stores.SOON)
        .until(
            () -> {
              Problems.is(Api.claim(id, "late"), ProblemType.SOLD_OUT);
              return Api.fromMemory() > before;
            });
  }

  /** The first answer that is not a 503. */
  private static ValidatableResponse untilTold(Supplier<ValidatableResponse> ask) {
    return await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(10))
        .until(ask::get, response -> response.extract().statusCode() != 503);
  }

  /** Whether the user was told of a claim, by whichever of their requests. */
  private static String outcome(ValidatableResponse response) {
    boolean told =
        response.extract().statusCode() == 201 || response.extract().path("claim") != null;
    return told ? "told" : "refused";
  }
}

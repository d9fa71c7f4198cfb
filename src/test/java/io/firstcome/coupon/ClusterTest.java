package io.firstcome.coupon;

import static io.firstcome.coupon.Crowd.await;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.ReplicatedServers.Frozen;
import io.firstcome.coupon.model.Shard;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Campaigns on several shards of a Redis Cluster, whose slots move and whose nodes die. */
@QuarkusTest
@TestProfile(RedisCluster.Profile.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(240)
class ClusterTest {

  private static final int UNITS = 300;
  private static final int USERS = 400;
  private static final int AT_ONCE = 250;

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  @Order(1)
  void campaignsOfAllShardsAreDecidedDrainedAndLoadedAgain() {
    Map<String, String> byShard = oneOfEachShard(Map.of("onLoss", "REISSUE"));
    assertThat(byShard).hasSize(3);
    byShard.forEach(
        (primary, id) -> {
          Api.claim(id, "alice").statusCode(201).body("sequence", equalTo(1));
          Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED);
          try (RealRedis redis = RealRedis.at(primary)) {
            await()
                .atMost(Stores.SOON)
                .until(() -> redis.send(Command.XLEN, Keys.ledger(id)).toLong() == 0);
            assertThat(stores.claimsInMySql(id)).containsOnlyKeys("alice");
            redis.send(Command.DEL, Keys.state(id));
          }
          await()
              .atMost(Stores.SOON)
              .until(() -> Api.claim(id, "bob").extract().statusCode() / 100 == 2);
          Api.ownClaim(id, "alice").statusCode(200).body("sequence", equalTo(1));
        });
  }

  @Test
  @Order(2)
  void changesAreHeardOfFromEveryShard() {
    oneOfEachShard()
        .forEach(
            (primary, id) -> {
              Api.patch(id, Map.of("quantity", 1)).statusCode(200);
              Api.claim(id, "alice").statusCode(201);
              double before = Api.fromMemory();
              await()
                  .atMost(Stores.SOON)
                  .until(
                      () -> {
                        Problems.is(Api.claim(id, "bob"), ProblemType.SOLD_OUT);
                        return Api.fromMemory() > before;
                      });
              Api.patch(id, Map.of("quantity", 2)).statusCode(200);
              await()
                  .atMost(Stores.SOON)
                  .until(() -> Api.claim(id, "bob").extract().statusCode() / 100 == 2);
            });
  }

  @Test
  @Order(3)
  void stockIsReservedAndConfirmed() {
    String sale = "s-" + UUID.randomUUID();
    by("operator", "admin").body(Map.of("id", sale, "name", "A")).post("/api/v1/sales");
    String items = "/api/v1/sales/" + sale + "/items";
    by("operator", "admin").body(Map.of("id", "a", "name", "A", "quantity", 9)).post(items);
    String reservations = "/api/v1/sales/" + sale + "/reservations";
    String id = reserve(reservations, "k1").statusCode(201).extract().path("id");
    reserve(reservations, "k2").statusCode(201);
    by("payments", "service").post(reservations + "/" + id + "/confirm").then().statusCode(200);
    Map<String, Object> item = given().get(items + "/a").then().extract().path("");
    assertThat(item)
        .containsEntry("available", 5)
        .containsEntry("held", 2)
        .containsEntry("sold", 2);
  }

  @Test
  @Order(3)
  void aClaimWaitsForTheReplicaOfItsShard() {
    oneOfEachShard(Map.of("acknowledge", "REPLICA"))
        .forEach(
            (primary, id) -> {
              Api.claim(id, "alice").statusCode(201);
              Api.claim(id, "bob").statusCode(201);
            });
  }

  @Test
  @Order(4)
  void aSaleGoesOnWhenItsSlotIsMovedToAnotherShard() throws InterruptedException {
    String id = Api.create(UNITS);
    int slot = slot(id);
    String from = primary(slot);
    String to =
        primaries().stream().filter(primary -> !primary.equals(from)).findFirst().orElseThrow();
    Crowd crowd = new Crowd(id, USERS, AT_ONCE);
    crowd.awaitHolders(UNITS / 3);
    move(slot, from, to);
    crowd.letIn();

    crowd.awaitEnd();

    await().atMost(Stores.SOON).until(() -> primary(slot).equals(to));
    assertThat(crowd.assertExactly(UNITS, stores, to)).as("withheld").isZero();
  }

  @Test
  @Order(4)
  void aCampaignOverAllNodesIsSoldOutOnceEachUnitIsIssuedThoughASlotMoves() {
    String id = Api.create(60, Map.of("shards", 6));
    List<String> shards = Shard.all(id, 6).stream().map(Shard::id).toList();
    assertThat(shards.stream().map(shard -> primary(slot(shard))).distinct().count())
        .isGreaterThan(1);
    List<Integer> numbers = new ArrayList<>(claimAll(id, 0, 40));
    int slot = slot(shards.get(0));
    String from = primary(slot);
    move(
        slot,
        from,
        primaries().stream().filter(node -> !node.equals(from)).findFirst().orElseThrow());
    numbers.addAll(claimAll(id, 40, 90));

    assertThat(numbers).hasSize(60).doesNotHaveDuplicates();
    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                shards.stream().mapToInt(shard -> stores.claimsInMySql(shard).size()).sum() == 60);
  }

  /** The numbers of those who were issued one. */
  private static List<Integer> claimAll(String id, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> CompletableFuture.supplyAsync(() -> untilTold(id, "user" + i)))
        .toList()
        .stream()
        .map(CompletableFuture::join)
        .filter(
            answer ->
                answer.extract().path("claim.sequence") != null
                    || answer.extract().statusCode() == 201)
        .map(
            answer ->
                answer.extract().statusCode() == 201
                    ? answer.extract().<Integer>path("sequence")
                    : answer.extract().<Integer>path("claim.sequence"))
        .toList();
  }

  private static ValidatableResponse untilTold(String id, String user) {
    return await()
        .atMost(Stores.SOON)
        .until(() -> Api.claim(id, user), answer -> answer.extract().statusCode() != 503);
  }

  @Test
  @Order(5)
  void whereAShardHangsOthersWaitForNobodyAndItsSalesGoOnWithItsReplica()
      throws InterruptedException {
    Map<String, String> byShard = oneOfEachShard();
    String id = Api.create(UNITS);
    int slot = slot(id);
    String hung = primary(slot);
    long hungPid = Crowd.pid(hung);
    byShard.remove(hung);
    Crowd crowd = new Crowd(id, USERS, AT_ONCE);
    crowd.awaitHolders(UNITS / 3);

    // The replica first: what is decided until the primary hangs as well is lost.
    Frozen replica = ReplicatedServers.freeze(Crowd.pid(replica(slot)));
    ReplicatedServers.freeze(hungPid);
    byShard.forEach(
        (primary, other) -> {
          await()
              .atMost(Stores.SOON)
              .until(() -> Api.put(other, "dora").extract().statusCode() != 503);
          try (RealRedis redis = RealRedis.at(primary)) {
            await()
                .atMost(Stores.SOON)
                .until(() -> redis.send(Command.XLEN, Keys.ledger(other)).toLong() == 0);
          }
          assertThat(stores.claimsInMySql(other)).containsOnlyKeys("dora");
        });
    Crowd.kill(hungPid);
    replica.close();
    crowd.letIn();
    crowd.awaitEnd();

    await().atMost(Stores.SOON).until(() -> !primary(slot).equals(hung));
    crowd.assertExactly(UNITS, stores, primary(slot));
  }

  /** By primary. */
  private static Map<String, String> oneOfEachShard() {
    return oneOfEachShard(Map.of());
  }

  private static Map<String, String> oneOfEachShard(Map<String, Object> more) {
    Map<String, String> ids = new HashMap<>();
    int shards = primaries().size();
    while (ids.size() < shards) {
      String id = Api.freshId();
      if (ids.putIfAbsent(primary(slot(id)), id) == null) {
        Map<String, Object> order = Api.order(10, more);
        order.put("id", id);
        Api.post(order).statusCode(201);
      }
    }
    return ids;
  }

  /** As an operator's tool does it. */
  private static void move(int slot, String from, String to) {
    try (RealRedis source = RealRedis.at(from);
        RealRedis target = RealRedis.at(to)) {
      String sourceId = source.send(Command.CLUSTER, "MYID").toString();
      String targetId = target.send(Command.CLUSTER, "MYID").toString();
      target.send(Command.CLUSTER, "SETSLOT", slot, "IMPORTING", sourceId);
      source.send(Command.CLUSTER, "SETSLOT", slot, "MIGRATING", targetId);
      for (Response keys = some(source, slot); keys.size() > 0; keys = some(source, slot)) {
        for (Response key : keys) {
          source.send(Command.MIGRATE, "127.0.0.1", port(to), key.toString(), 0, 5_000);
        }
      }
      target.send(Command.CLUSTER, "SETSLOT", slot, "NODE", targetId);
      source.send(Command.CLUSTER, "SETSLOT", slot, "NODE", targetId);
    }
  }

  private static Response some(RealRedis source, int slot) {
    return source.send(Command.CLUSTER, "GETKEYSINSLOT", slot, 1);
  }

  private static int port(String uri) {
    return Integer.parseInt(uri.substring(uri.lastIndexOf(':') + 1));
  }

  private static int slot(String couponId) {
    return ask("KEYSLOT", Keys.state(couponId)).toInteger();
  }

  private static String primary(int slot) {
    return uri(range(slot).get(2));
  }

  private static String replica(int slot) {
    return uri(range(slot).get(3));
  }

  private static Response range(int slot) {
    for (Response range : ask("SLOTS")) {
      if (range.get(0).toInteger() <= slot && slot <= range.get(1).toInteger()) {
        return range;
      }
    }
    throw new AssertionError("Nobody has slot " + slot);
  }

  private static List<String> primaries() {
    List<String> all = new ArrayList<>();
    ask("SLOTS").forEach(range -> all.add(uri(range.get(2))));
    return all.stream().distinct().toList();
  }

  private static String uri(Response node) {
    return "redis://" + node.get(0) + ":" + node.get(1);
  }

  /** The first node that is there. */
  private static Response ask(Object... words) {
    for (int i = 0; i < 6; i++) {
      try (RealRedis node = RealRedis.at(ServersUnderTest.setting("node." + i))) {
        return node.send(Command.CLUSTER, words);
      } catch (RuntimeException e) {
        // It was killed.
      }
    }
    throw new AssertionError("No node answers");
  }

  private static RequestSpecification by(String user, String groups) {
    return given()
        .urlEncodingEnabled(false)
        .contentType("application/json")
        .header("X-User-Id", user)
        .header("X-User-Groups", groups);
  }

  private static ValidatableResponse reserve(String reservations, String key) {
    return by("alice", "")
        .header("Idempotency-Key", key)
        .body(Map.of("items", List.of(Map.of("itemId", "a", "quantity", 2))))
        .post(reservations)
        .then();
  }
}

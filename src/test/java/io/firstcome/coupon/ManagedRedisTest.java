package io.firstcome.coupon;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All that a replica does, on a Redis as one hires it, see {@link ManagedRedis}. */
@QuarkusTest
@TestProfile(ManagedRedis.Profile.class)
class ManagedRedisTest {

  @RegisterExtension static final Stores stores = new Stores();

  /** Also what a replica does by itself, and says nothing of. */
  @AfterEach
  void nothingWasDenied() {
    Response denied = stores.redis(Command.ACL, "LOG");
    assertThat(denied).as("commands, keys and channels that the rule lacks").isEmpty();
  }

  @Test
  void claimsAreDecidedDrainedAndLoadedAgain() {
    String id = Api.create(2, Map.of("audience", true, "onLoss", "REISSUE"));
    Api.addToAudience(id, "alice", "bob", "carol").statusCode(200);
    Api.removeFromAudience(id, "carol").statusCode(200);
    Api.claim(id, "alice").statusCode(201).body("sequence", equalTo(1));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED);
    Problems.is(Api.claim(id, "carol"), ProblemType.NOT_ELIGIBLE);
    awaitDrained("{" + id + "}");
    assertThat(stores.claimsInMySql(id)).containsOnlyKeys("alice");

    stores.redis(Command.DEL, ManagedRedis.PREFIX + ":{" + id + "}:state");

    await().atMost(Stores.SOON).until(() -> Api.claim(id, "bob").extract().statusCode() / 100 == 2);
    Api.ownClaim(id, "alice").statusCode(200).body("sequence", equalTo(1));
  }

  @Test
  void claimsAreToldWhenMySqlHasThemAndReplicasAreWaitedFor() {
    Api.claim(Api.create(1, Map.of("acknowledge", "DATABASE")), "alice").statusCode(201);
    // This one has none.
    String id = Api.create(1, Map.of("acknowledge", "REPLICA"));
    Problems.is(Api.claim(id, "alice"), ProblemType.NOT_SECURED);
  }

  @Test
  void changesAreHeardOfAtOnce() {
    String id = Api.create(1);
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

    Api.claim(id, "bob").statusCode(201);
  }

  @Test
  void unitsAreReservedConfirmedGivenBackAndLoadedAgain() {
    String sale = "s-" + UUID.randomUUID();
    String items = "/api/v1/sales/" + sale + "/items";
    by("operator", "admin").body(Map.of("id", sale, "name", "A")).post("/api/v1/sales");
    by("operator", "admin").body(Map.of("id", "a", "name", "A", "quantity", 9)).post(items);
    String kept = reserve(sale, "k1", 600).statusCode(201).extract().path("id");
    String left = reserve(sale, "k2", 600).statusCode(201).extract().path("id");
    reserve(sale, "k3", 1).statusCode(201);
    reserve(sale, "k4", 600).statusCode(201);
    String reservations = "/api/v1/sales/" + sale + "/reservations/";
    by("payments", "service").post(reservations + kept + "/confirm").then().statusCode(200);
    by("alice", "").post(reservations + left + "/cancel").then().statusCode(200);
    by("operator", "admin")
        .header("Idempotency-Key", "r1")
        .body(Map.of("quantity", 1, "reason", "Found"))
        .post(items + "/a/restock")
        .then()
        .statusCode(200);

    // Held is what k4 holds: k3 has run out, and nobody asked.
    await().atMost(Stores.SOON).until(() -> numbers(items).equals("10 6 2 2"));

    awaitDrained("{sale:" + sale + "}");
    stores.redis(Command.DEL, ManagedRedis.PREFIX + ":{sale:" + sale + "}:sale");
    await()
        .atMost(Stores.SOON)
        .until(() -> reserve(sale, "k1", 600).extract().statusCode() / 100 == 2);
    assertThat(numbers(items)).isEqualTo("10 6 2 2");
  }

  @Test
  void everyKeyBeginsWithThePrefix() {
    Api.claim(Api.create(1), "alice").statusCode(201);

    assertThat(stores.redis(Command.KEYS, "*"))
        .isNotEmpty()
        .allSatisfy(key -> assertThat(key.toString()).startsWith(ManagedRedis.PREFIX + ":{"));
  }

  @Test
  void everyConnectionIsEncryptedAndOfThatUser() {
    String id = Api.create(2);
    Api.claim(id, "alice").statusCode(201);
    // By a connection of the event loop: the first of a coupon that it did not know goes by the
    // pool.
    Api.claim(id, "bob").statusCode(201);

    // A connection that is being made has not said yet who it is.
    await().atMost(Stores.SOON).untilAsserted(this::everyClientIsWhoItShouldBe);
  }

  private void everyClientIsWhoItShouldBe() {
    // Its own connections, the subscription, the pool; the only others are this test's.
    List<String> clients = stores.redis(Command.CLIENT, "LIST").toString().lines().toList();
    String plain = ":" + stores.redisPort() + " ";
    assertThat(clients.stream().filter(client -> !laddr(client).endsWith(plain)))
        .hasSizeGreaterThanOrEqualTo(3)
        .allSatisfy(client -> assertThat(client).contains(" user=firstcome "));
    assertThat(clients.stream().filter(client -> laddr(client).endsWith(plain)))
        .allSatisfy(client -> assertThat(client).contains(" user=default "));
    assertThat(clients).anySatisfy(client -> assertThat(client).contains(" psub=1 "));
  }

  @Test
  void aServerThatForbidsConfigTellsItsPolicyByInfo() {
    assertThatThrownBy(() -> stores.redis(Command.CONFIG, "GET", "maxmemory-policy"))
        .hasMessageContaining("unknown command");

    management()
        .get("/q/health/ready")
        .then()
        .statusCode(200)
        .body("checks.data.'maxmemory-policy'", hasItem("noeviction"));
  }

  private static String laddr(String client) {
    int from = client.indexOf("laddr=");
    return client.substring(from, client.indexOf(' ', from) + 1);
  }

  private static void awaitDrained(String tag) {
    await()
        .atMost(Stores.SOON)
        .until(
            () ->
                stores.redis(Command.XLEN, ManagedRedis.PREFIX + ":" + tag + ":ledger").toLong()
                    == 0);
  }

  private static RequestSpecification by(String user, String groups) {
    return given()
        .urlEncodingEnabled(false)
        .contentType("application/json")
        .header("X-User-Id", user)
        .header("X-User-Groups", groups);
  }

  private static ValidatableResponse reserve(String sale, String key, int ttlSeconds) {
    return by("alice", "")
        .header("Idempotency-Key", key)
        .body(
            Map.of(
                "items", List.of(Map.of("itemId", "a", "quantity", 2)), "ttlSeconds", ttlSeconds))
        .post("/api/v1/sales/" + sale + "/reservations")
        .then();
  }

  private static String numbers(String items) {
    Map<String, Object> item = given().get(items + "/a").then().extract().path("");
    return "%s %s %s %s"
        .formatted(item.get("total"), item.get("available"), item.get("held"), item.get("sold"));
  }
}

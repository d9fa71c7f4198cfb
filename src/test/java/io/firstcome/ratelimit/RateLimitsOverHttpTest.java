package io.firstcome.ratelimit;

import static io.firstcome.Management.management;
import static io.firstcome.http.identity.Guarded.OF_ADDRESS;
import static io.firstcome.http.identity.Guarded.OF_ADDRESS_AT_REPLICA;
import static io.firstcome.http.identity.Guarded.OF_USER;
import static io.firstcome.http.identity.Guarded.OF_USER_AT_REPLICA;
import static io.firstcome.http.identity.Guarded.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.matchesPattern;

import io.firstcome.Operation;
import io.firstcome.coupon.Stores;
import io.firstcome.http.identity.Guarded;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Users, and addresses, that ask too often are told to wait; on either way of a request. */
@QuarkusTest
@TestProfile(Guarded.class)
public class RateLimitsOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  /** An address that no other test has, as the proxy that the test is says it. */
  private final String address =
      "2001:db8:" + UUID.randomUUID().toString().substring(9, 18).replace('-', ':');

  private final String user = "u-" + UUID.randomUUID();

  @Test
  void aUserWhoAsksTooOftenIsToldToWaitAndOthersAreNot() {
    String coupon = coupon();
    claim(coupon, user).statusCode(201);
    for (int i = 1; i < OF_USER; i++) {
      claim(coupon, user).statusCode(409);
    }

    for (int i = 0; i < 20; i++) {
      Problems.is(claim(coupon, user), ProblemType.TOO_MANY_REQUESTS)
          .header("Retry-After", matchesPattern("[0-9]{4,5}"));
    }
    claim(coupon, user + "-other").statusCode(201);
  }

  @Test
  void bothWaysOfAClaimTakeFromOneBucket() {
    String coupon = coupon();
    claim(coupon, user).statusCode(201);
    put(coupon).statusCode(200);
    longWay(coupon).statusCode(409);

    Problems.is(claim(coupon, user), ProblemType.TOO_MANY_REQUESTS);
    Problems.is(put(coupon), ProblemType.TOO_MANY_REQUESTS);
    Problems.is(longWay(coupon), ProblemType.TOO_MANY_REQUESTS);
  }

  @Test
  void reservationsTakeFromTheSameBucket() {
    String sale = sale();
    reserve(sale, "k1", "application/json").statusCode(201);
    reserve(sale, "k2", "application/json, */*;q=0.9").statusCode(201);
    claim(coupon(), user).statusCode(201);

    Problems.is(reserve(sale, "k3", "application/json"), ProblemType.TOO_MANY_REQUESTS);
    Problems.is(reserve(sale, "k3", "application/json, */*;q=0.9"), ProblemType.TOO_MANY_REQUESTS);
    as("operator").get("/api/v1/sales/" + sale + "/items/a").then().body(containsString("18"));
  }

  @Test
  void joiningAQueueTakesFromTheSameBucket() {
    String queue = "/api/v1/queues/" + queue();
    as(user).post(queue + "/entries").then().statusCode(201);
    as(user).post(queue + "/entries").then().statusCode(200);
    claim(coupon(), user).statusCode(201);

    Problems.is(as(user).post(queue + "/entries").then(), ProblemType.TOO_MANY_REQUESTS);
    as(user).get(queue + "/entries/" + user).then().statusCode(200);
  }

  @Test
  void payingTakesFromTheSameBucketAndServicesPayForMany() {
    pay(as(user), "k1").statusCode(402);
    pay(as(user), "k2").statusCode(402);
    claim(coupon(), user).statusCode(201);

    Problems.is(pay(as(user), "k3"), ProblemType.TOO_MANY_REQUESTS);
    String service = "service-of-" + user;
    for (int i = 0; i < 10; i++) {
      pay(as(service).header("X-User-Groups", "service"), "k" + i).statusCode(402);
    }
  }

  private static ValidatableResponse pay(RequestSpecification caller, String key) {
    return caller
        .header("Idempotency-Key", key)
        .body("{\"amount\":1,\"currency\":\"EUR\",\"provider\":\"WALLET\"}")
        .post("/api/v1/payments")
        .then();
  }

  /** The host's part of an IPv6 address is anybody's to choose. */
  @Test
  void anAddressThatAsksTooOftenIsToldToWaitWhoeverAsks() {
    String coupon = coupon();
    for (int i = 0; i < OF_ADDRESS; i++) {
      claimFrom(address + "::" + i, coupon, user + i).statusCode(201);
    }

    Problems.is(claimFrom(address + "::99", coupon, user), ProblemType.TOO_MANY_REQUESTS);
    Problems.is(
        claimFrom("192.0.2.1, " + address + "::1", coupon, user), ProblemType.TOO_MANY_REQUESTS);
    claimFrom(address.replace("db8", "db9") + "::1", coupon, user).statusCode(201);
  }

  @Test
  void whoIsRefusedAsAUserTakesNothingFromTheAddress() {
    String coupon = coupon();
    for (int i = 0; i < OF_USER + 2 * OF_ADDRESS; i++) {
      claimFrom(address + "::1", coupon, user);
    }

    for (int i = 0; i < OF_ADDRESS - OF_USER; i++) {
      claimFrom(address + "::1", coupon, user + i).statusCode(201);
    }
    Problems.is(claimFrom(address + "::1", coupon, "last"), ProblemType.TOO_MANY_REQUESTS);
  }

  /** Whoever has no right credentials; those who have are limited where a decision is made. */
  @TestFactory
  Stream<DynamicTest> theDocumentedStatusIsSentByEveryOperation() {
    String from = address + "::1";
    for (int i = 0; i < OF_ADDRESS; i++) {
      forged(from).post("/api/v1/coupons/none/claims").then().statusCode(401);
    }
    return Operation.all().stream()
        // A stream by the number of those of its address: see the tests of streams.
        .filter(operation -> !operation.path().endsWith("/live"))
        .map(
            operation ->
                DynamicTest.dynamicTest(
                    operation.toString(),
                    () -> {
                      assertThat(operation.statuses()).contains("429");
                      // Without a user only a large body has its credentials looked at.
                      Problems.is(
                          forged(from)
                              .body("{}" + (operation.isPublic() ? " ".repeat(70_000) : ""))
                              .request(operation.method(), operation.ofNothing())
                              .then(),
                          ProblemType.TOO_MANY_REQUESTS);
                    }));
  }

  private static RequestSpecification forged(String from) {
    return RestAssured.given()
        .noFilters()
        .header("X-Gateway-Secret", "of-somebody-else-entirely")
        .header("X-User-Id", "op")
        .header("X-User-Groups", "admin")
        .header("X-Forwarded-For", from)
        .header("Idempotency-Key", "k")
        .contentType("application/json")
        .body("{}");
  }

  @Test
  void whatIsRefusedIsCounted() {
    String coupon = coupon();
    for (int i = 0; i <= OF_USER; i++) {
      claim(coupon, user);
    }

    // A coupon that is not yet watched is counted among the others.
    assertThat(management().get("/q/metrics").asString())
        .containsPattern("firstcome_limit_refused_total\\{[^}]*limit=\"user\"[^}]*} [1-9]")
        .containsPattern(
            "firstcome_claims_total\\{coupon=\"(_other|" + coupon + ")\",[^}]*too-many-requests");
  }

  @Test
  void aBucketThatCannotBeAskedRefusesNobody() {
    String coupon = coupon();
    stores.redis(Command.HSET, Keys.bucket("user", user), "no", "bucket");
    claim(coupon, user).statusCode(201);
    for (int i = 0; i < 2 * OF_USER && i < OF_ADDRESS - 1; i++) {
      claim(coupon, user).statusCode(409);
    }
  }

  /** Nobody limited who asked, unless it was set: 548 reservations a second on one connection. */
  @Test
  void aReplicaLimitsByItselfWhatRedisDoesNot() {
    String coupon = coupon();
    String from = address + "::1";
    for (String one : new String[] {user, user + "-other"}) {
      stores.redis(Command.HSET, Keys.bucket("user", one), "no", "bucket");
    }
    spoilBucket(stores, from);
    claimFrom(from, coupon, user).statusCode(201);
    for (int i = 1; i < OF_USER_AT_REPLICA; i++) {
      claimFrom(from, coupon, user).statusCode(409);
    }

    Problems.is(claimFrom(from, coupon, user), ProblemType.TOO_MANY_REQUESTS)
        .header("Retry-After", matchesPattern("[0-9]{4,5}"));
    claimFrom(from, coupon, user + "-other").statusCode(201);
    for (int i = OF_USER_AT_REPLICA + 1; i < OF_ADDRESS_AT_REPLICA; i++) {
      claimFrom(from, coupon, user + "-other");
    }
    Problems.is(claimFrom(from, coupon, user + "-other"), ProblemType.TOO_MANY_REQUESTS);
  }

  /** From now on Redis cannot say what this address may do. */
  public static void spoilBucket(Stores stores, String address) {
    stores.redis(
        Command.HSET,
        Keys.bucket("address", Addresses.group(Addresses.parse(address))),
        "no",
        "bucket");
  }

  /** What asks for no decision has no limit. */
  @Test
  void readingIsNotLimited() {
    String coupon = coupon();
    for (int i = 0; i < 2 * OF_ADDRESS; i++) {
      as(user).get("/api/v1/coupons/" + coupon).then().statusCode(200);
    }
    claim(coupon, user).statusCode(201);
  }

  private RequestSpecification as(String user) {
    return given()
        .header("X-User-Id", user)
        .header("X-Forwarded-For", address + "::1")
        .contentType("application/json");
  }

  private RequestSpecification admin() {
    return as("operator").header("X-User-Groups", "admin");
  }

  private String coupon() {
    String id = "h-" + UUID.randomUUID();
    admin()
        .body(Map.of("id", id, "name", "A coupon", "quantity", 100))
        .post("/api/v1/coupons")
        .then()
        .statusCode(201);
    return id;
  }

  private String sale() {
    String id = "s-" + UUID.randomUUID();
    admin().body(Map.of("id", id, "name", "A sale")).post("/api/v1/sales").then().statusCode(201);
    admin()
        .body(Map.of("id", "a", "name", "An item", "quantity", 20))
        .post("/api/v1/sales/" + id + "/items")
        .then()
        .statusCode(201);
    return id;
  }

  private String queue() {
    String id = "q-" + UUID.randomUUID();
    as("operator")
        .header("X-User-Groups", "admin")
        .body(Map.of("id", id, "name", "A booth", "event", id, "capacity", 1))
        .post("/api/v1/queues")
        .then()
        .statusCode(201);
    return id;
  }

  private ValidatableResponse claim(String coupon, String user) {
    return claimFrom(address + "::1", coupon, user);
  }

  private ValidatableResponse claimFrom(String address, String coupon, String user) {
    return given()
        .header("X-User-Id", user)
        .header("X-Forwarded-For", address)
        .post("/api/v1/coupons/" + coupon + "/claims")
        .then();
  }

  /** A body, which nobody needs, makes it take the long way. */
  private ValidatableResponse longWay(String coupon) {
    return as(user).body(" ").post("/api/v1/coupons/" + coupon + "/claims").then();
  }

  private ValidatableResponse put(String coupon) {
    return as(user).put("/api/v1/coupons/" + coupon + "/claims/" + user).then();
  }

  private ValidatableResponse reserve(String sale, String key, String accept) {
    return as(user)
        .accept(accept)
        .header("Idempotency-Key", key)
        .body("{\"items\":[{\"itemId\":\"a\",\"quantity\":1}]}")
        .post("/api/v1/sales/" + sale + "/reservations")
        .then();
  }
}

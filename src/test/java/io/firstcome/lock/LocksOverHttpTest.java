package io.firstcome.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Locks of operators' jobs. */
@QuarkusTest
class LocksOverHttpTest {

  private final String name = "job-" + UUID.randomUUID();

  private ValidatableResponse acquire(Map<String, Object> order) {
    return post("", order);
  }

  private ValidatableResponse post(String path, Map<String, Object> body) {
    return post(Api.as("a-job").header("X-User-Groups", "service"), path, body);
  }

  private ValidatableResponse post(RequestSpecification as, String path, Map<String, Object> body) {
    return as.contentType("application/json")
        .body(body)
        .post("/api/v1/locks/" + name + path)
        .then();
  }

  @Test
  void aJobHoldsItUntilItReleasesIt() {
    ValidatableResponse first = acquire(Map.of("leaseSeconds", 60)).statusCode(200);
    String token = first.body("name", equalTo(name)).extract().path("token");
    long fence = first.extract().jsonPath().getLong("fence");
    assertThat(first.extract().jsonPath().getLong("leaseMillis")).isBetween(50_000L, 60_000L);

    Problems.is(acquire(Map.of("leaseSeconds", 60)), ProblemType.LOCKED);
    post("/extend", Map.of("token", token, "leaseSeconds", 600))
        .statusCode(200)
        .body("fence", equalTo(fence));
    post("/release", Map.of("token", token)).statusCode(204);
    Problems.is(post("/release", Map.of("token", token)), ProblemType.LOCK_LOST);
    Problems.is(
        post("/extend", Map.of("token", token, "leaseSeconds", 600)), ProblemType.LOCK_LOST);

    assertThat(acquire(Map.of("leaseSeconds", 60)).extract().jsonPath().getLong("fence"))
        .isGreaterThan(fence);
  }

  @Test
  void whoWaitsGetsItWhenItIsReleased() {
    String token = acquire(Map.of("leaseSeconds", 60)).extract().path("token");
    CompletableFuture<Integer> waiter =
        CompletableFuture.supplyAsync(
            () -> acquire(Map.of("leaseSeconds", 60, "waitSeconds", 20)).extract().statusCode());
    await().atMost(Stores.SOON).until(() -> Api.metric("firstcome_lock_waiting", "") > 0);

    post("/release", Map.of("token", token)).statusCode(204);

    assertThat(waiter.orTimeout(10, TimeUnit.SECONDS).join()).isEqualTo(200);
  }

  @Test
  void aLeaseThatIsNotExtendedEnds() {
    String token = acquire(Map.of("leaseSeconds", 1)).extract().path("token");

    acquire(Map.of("leaseSeconds", 60, "waitSeconds", 10)).statusCode(200);

    Problems.is(post("/extend", Map.of("token", token, "leaseSeconds", 60)), ProblemType.LOCK_LOST);
  }

  @Test
  void theSameTokenGetsTheSameLock() {
    Map<String, Object> order = Map.of("leaseSeconds", 60, "token", UUID.randomUUID().toString());
    long fence = acquire(order).statusCode(200).extract().jsonPath().getLong("fence");

    acquire(order).statusCode(200).body("fence", equalTo(fence));
  }

  @Test
  void soManyHoldItAsThereArePermits() {
    Map<String, Object> order = Map.of("leaseSeconds", 60, "permits", 3);
    List<String> tokens =
        IntStream.range(0, 3)
            .mapToObj(i -> acquire(order).statusCode(200).extract().<String>path("token"))
            .toList();
    Problems.is(acquire(order), ProblemType.LOCKED);
    Problems.is(acquire(Map.of("leaseSeconds", 60)), ProblemType.LOCKED);

    post("/release", Map.of("token", tokens.get(1))).statusCode(204);

    acquire(order).statusCode(200);
  }

  @ParameterizedTest
  @CsvSource({
    "leaseSeconds, 0",
    "leaseSeconds, 3601",
    "waitSeconds, 21",
    "waitSeconds, -1",
    "permits, 0",
    "permits, 101",
    "token, short"
  })
  void whatIsOverALimitIsRefused(String member, String value) {
    Map<String, Object> order = new HashMap<>(Map.of("leaseSeconds", 60));
    order.put(member, member.equals("token") ? value : Integer.valueOf(value));

    Problems.is(acquire(order), ProblemType.MALFORMED).body("errors.field", hasItem(member));
  }

  @Test
  void usersAndOperatorsHaveNoLocks() {
    for (String role : List.of("none", "operator", "auditor")) {
      Problems.is(
          post(Api.as("somebody").header("X-User-Groups", role), "", Map.of("leaseSeconds", 60)),
          ProblemType.FORBIDDEN);
    }
  }
}

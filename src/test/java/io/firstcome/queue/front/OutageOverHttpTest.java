package io.firstcome.queue.front;

import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Queues while Redis is away. */
@QuarkusTest
@TestProfile(WithoutRedis.Apart.class)
class OutageOverHttpTest {

  private static final String QUEUES = "/api/v1/queues/";
  private static final String TO = "https://shop.example/";

  @RegisterExtension static final Stores stores = new Stores();

  private static void room(String id, String whenAway) {
    SaleApi.admin()
        .body(
            Map.of(
                "id",
                id,
                "name",
                "A room",
                "mode",
                "ROOM",
                "event",
                "outage",
                "capacity",
                1,
                "perSecond",
                100,
                "whenAway",
                whenAway))
        .post("/api/v1/queues")
        .then()
        .statusCode(201)
        .body("whenAway", equalTo(whenAway));
  }

  private static RequestSpecification browser() {
    return Api.anonymous().redirects().follow(false);
  }

  @Test
  void anOpenQueueLetsInWhileRedisIsAwayAndAClosedOneDoesNot() {
    room("open", "OPEN");
    room("closed", "CLOSED");
    Api.as("alice").post(QUEUES + "closed/entries").then().statusCode(201);
    String pass =
        Api.as("alice").post(QUEUES + "closed/entries/alice/pass").then().extract().path("pass");
    Problems.is(Api.as("bob").post(QUEUES + "open/entries/bob/pass").then(), ProblemType.NO_ENTRY);
    Api.anonymous().get(QUEUES + "open/status").then().statusCode(200);
    try {
      stores.redis(Command.SHUTDOWN, "NOSAVE");
    } catch (RuntimeException gone) {
      // It hangs up without an answer.
    }

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                Api.as("bob")
                    .post(QUEUES + "open/entries/bob/pass")
                    .then()
                    .statusCode(200)
                    .body("userId", equalTo("bob")));
    browser().get(QUEUES + "open/visit?to=" + TO).then().statusCode(303).header("Location", TO);
    Problems.is(
        Api.as("bob").post(QUEUES + "closed/entries/bob/pass").then(),
        ProblemType.REDIS_UNAVAILABLE);
    browser()
        .get(QUEUES + "closed/visit?to=" + TO)
        .then()
        .statusCode(503)
        .body(containsString("tries again by itself"));
    // What was issued before is checked all the same.
    Api.anonymous()
        .header("X-Queue-Pass", pass)
        .get(QUEUES + "closed/check")
        .then()
        .statusCode(200)
        .header("X-Queue-User", "alice");
    // The last status that was read is told.
    Api.anonymous().get(QUEUES + "open/status").then().statusCode(200);
  }
}

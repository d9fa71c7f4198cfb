package io.firstcome.queue.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.greaterThan;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.live.Watcher;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The status of queues that everybody may read, and what follows from it for one who waits. */
@QuarkusTest
class BoardOverHttpTest {

  private static final String QUEUES = "/api/v1/queues/";

  private static String room(Map<String, Object> more) {
    String id = "b-" + UUID.randomUUID();
    Map<String, Object> body = new HashMap<>(Map.of("id", id, "name", "A room", "mode", "ROOM"));
    body.put("event", id);
    body.put("capacity", 1);
    body.put("perSecond", 1_000);
    body.putAll(more);
    SaleApi.admin().body(body).post("/api/v1/queues").then().statusCode(201);
    return id;
  }

  private static ValidatableResponse join(String queue, String user) {
    return Api.as(user).post(QUEUES + queue + "/entries").then();
  }

  private static ValidatableResponse status(String queue) {
    return Api.anonymous().get(QUEUES + queue + "/status").then();
  }

  private static ValidatableResponse operate(String queue, String verb) {
    return SaleApi.admin().post(QUEUES + queue + "/" + verb).then().statusCode(200);
  }

  @Test
  void aPlaceAndTheHeadTellHowManyAreAhead() {
    String door = room(Map.of());
    join(door, "alice").body("state", equalTo("INSIDE")).body("place", nullValue());
    for (int i = 1; i <= 3; i++) {
      join(door, "user-" + i).body("ahead", equalTo(i - 1));
    }
    int place =
        join(door, "user-3").body("askAgainSeconds", greaterThan(1)).extract().path("place");

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> {
              int head = status(door).statusCode(200).extract().path("head");
              assertThat(place - head).isEqualTo(2);
            });
    Api.as("alice").post(QUEUES + door + "/entries/alice/leave").then().statusCode(200);
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                status(door)
                    .body("head", equalTo(place - 1))
                    .body("waiting", equalTo(2))
                    .body("occupied", equalTo(1))
                    .body("capacity", equalTo(1)));
  }

  @Test
  void theStatusIsCacheableForASecondAndNotSentAgainWhileItIsTheSame() {
    String door = room(Map.of());
    String tag =
        status(door)
            .statusCode(200)
            .header("Cache-Control", "public, max-age=1")
            .header("ETag", notNullValue())
            .extract()
            .header("ETag");

    Api.anonymous()
        .header("If-None-Match", tag)
        .get(QUEUES + door + "/status")
        .then()
        .statusCode(304)
        .header("ETag", tag);
    join(door, "alice").statusCode(201);
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                Api.anonymous()
                    .header("If-None-Match", tag)
                    .get(QUEUES + door + "/status")
                    .then()
                    .statusCode(200)
                    .body("occupied", equalTo(1)));
    Problems.is(status("no-such"), ProblemType.UNKNOWN_QUEUE);
  }

  @Test
  void aFrozenQueueKeepsPlacesAndLetsNobodyInUntilItIsThawed() {
    String door = room(Map.of());
    join(door, "alice").body("state", equalTo("INSIDE"));
    operate(door, "freeze").body("status", equalTo("FROZEN"));
    join(door, "bob").statusCode(201).body("state", equalTo("WAITING"));
    Api.as("alice").post(QUEUES + door + "/entries/alice/leave").then().statusCode(200);
    SaleApi.anonymous().get(QUEUES + door).then().body("inside", equalTo(0));
    Problems.is(
            SaleApi.service().body(Map.of("count", 1)).post(QUEUES + door + "/call-next").then(),
            ProblemType.QUEUE_NOT_OPEN)
        .body("queueStatus", equalTo("FROZEN"));
    await().atMost(Stores.SOON).untilAsserted(() -> status(door).body("status", equalTo("FROZEN")));

    operate(door, "resume");
    Api.as("bob").get(QUEUES + door + "/entries/bob").then().body("state", equalTo("INSIDE"));
  }

  @Test
  void theOperatorsMessageReachesThoseWhoWaitAndIsTakenAway() {
    String door = room(Map.of("message", "Open at ten."));
    status(door).body("message", equalTo("Open at ten."));
    SaleApi.admin()
        .body(Map.of("message", "A little later."))
        .patch(QUEUES + door)
        .then()
        .statusCode(200)
        .body("message", equalTo("A little later."))
        .body("name", equalTo("A room"));
    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> status(door).body("message", equalTo("A little later.")));
    Map<String, Object> none = new HashMap<>();
    none.put("message", null);
    SaleApi.admin().body(none).patch(QUEUES + door).then().body("message", nullValue());
    await().atMost(Stores.SOON).untilAsserted(() -> status(door).body("message", nullValue()));
  }

  @Test
  void theEstimateIsByTheMeasuredPace() {
    String door = room(Map.of("capacity", 1_000, "perSecond", 5));
    for (int i = 0; i < 40; i++) {
      join(door, "user-" + i).statusCode(201);
    }
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> {
              Map<String, Object> now = status(door).extract().path("");
              assertThat(now.get("placesPerSecond")).isNotNull();
              assertThat(((Number) now.get("placesPerSecond")).doubleValue()).isBetween(2.0, 12.0);
              assertThat(((Number) now.get("waitSeconds")).longValue()).isBetween(1L, 20L);
            });
  }

  @Test
  void beforeTheOpeningNoPlaceIsTold() {
    String door = room(Map.of("opensAt", Instant.now().plusSeconds(3_600).toString()));
    join(door, "alice").body("place", nullValue()).body("ahead", nullValue());
    status(door)
        .body("opened", equalTo(false))
        .body("opensAt", notNullValue())
        .body("placesPerSecond", nullValue());
  }

  @Test
  void aStreamTellsEachChange() {
    String door = room(Map.of());
    try (Watcher watcher = new Watcher(QUEUES + door + "/live")) {
      await().atMost(Stores.SOON).until(() -> watcher.events().size() == 1);
      join(door, "alice").statusCode(201);
      await().atMost(Stores.SOON).until(() -> watcher.events().size() >= 2);
      assertThat(watcher.events().get(watcher.events().size() - 1).toString())
          .contains("\"occupied\":1");
    }
  }
}

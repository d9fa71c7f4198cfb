package io.firstcome.queue;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.containsInAnyOrder;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Stores;
import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.queue.model.DrawnOrder;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues at the booths of an event, as users, staff and operators call them. */
@QuarkusTest
class QueueOverHttpTest {

  private static final String QUEUES = "/api/v1/queues";

  @RegisterExtension static final Stores stores = new Stores();

  private final String event = "e-" + UUID.randomUUID();

  private String queue(long capacity) {
    return queue(capacity, Map.of());
  }

  private String queue(long capacity, Map<String, Object> more) {
    String id = "q-" + UUID.randomUUID();
    newQueue(id, capacity, more).statusCode(201);
    return id;
  }

  private ValidatableResponse newQueue(String id, long capacity, Map<String, Object> more) {
    Map<String, Object> body = new HashMap<>(Map.of("id", id, "name", "A booth"));
    body.put("event", event);
    body.put("capacity", capacity);
    body.putAll(more);
    return SaleApi.admin().body(body).post(QUEUES).then();
  }

  private static ValidatableResponse join(String queue, String user) {
    return SaleApi.as(user).post(QUEUES + "/" + queue + "/entries").then();
  }

  private static ValidatableResponse call(String queue, int count) {
    return staff().body(Map.of("count", count)).post(QUEUES + "/" + queue + "/call-next").then();
  }

  private static ValidatableResponse move(String queue, String user, String move) {
    return staff().post(QUEUES + "/" + queue + "/entries/" + user + "/" + move).then();
  }

  private static RequestSpecification staff() {
    return SaleApi.service();
  }

  private static ValidatableResponse entry(String queue, String user) {
    return SaleApi.as(user).get(QUEUES + "/" + queue + "/entries/" + user).then();
  }

  /** {@code waiting called inside}. */
  private static String numbers(String queue) {
    Map<String, Object> view =
        SaleApi.anonymous().get(QUEUES + "/" + queue).then().statusCode(200).extract().path("");
    return view.get("waiting") + " " + view.get("called") + " " + view.get("inside");
  }

  private static List<Integer> atOnce(int times, Callable<Integer> request) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(times);
    try {
      List<Integer> answers = new ArrayList<>();
      for (Future<Integer> answer :
          threads.invokeAll(IntStream.range(0, times).mapToObj(i -> request).toList())) {
        answers.add(answer.get());
      }
      return answers;
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void tenJoinsOfAUserAtOnceLeaveThemInTwoQueuesAtMost() throws Exception {
    List<String> queues = List.of(queue(5), queue(5), queue(5));
    List<Callable<Integer>> joins = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String queue = queues.get(i % 3);
      joins.add(() -> join(queue, "alice").extract().statusCode());
    }
    ExecutorService threads = Executors.newFixedThreadPool(10);
    List<Integer> answers = new ArrayList<>();
    for (Future<Integer> answer : threads.invokeAll(joins)) {
      answers.add(answer.get());
    }
    threads.shutdownNow();

    assertThat(answers.stream().filter(status -> status == 201)).hasSize(2);
    assertThat(answers).allMatch(status -> status == 201 || status == 200 || status == 409);
    List<String> joined =
        queues.stream()
            .filter(queue -> entry(queue, "alice").extract().statusCode() == 200)
            .toList();
    assertThat(joined).hasSize(2);
    String other =
        queues.stream().filter(queue -> !joined.contains(queue)).findFirst().orElseThrow();
    Problems.is(join(other, "alice"), ProblemType.TOO_MANY_ENTRIES)
        .body("entries.queueId", containsInAnyOrder(joined.toArray()));
    move(joined.get(0), "alice", "leave").statusCode(200).body("state", equalTo("LEFT"));
    join(other, "alice").statusCode(201);
  }

  @Test
  void twoStaffWhoCallAtOnceFillTheOnePlaceThatIsLeft() throws Exception {
    String queue = queue(50);
    for (int i = 1; i <= 60; i++) {
      join(queue, "user-" + i).statusCode(201).body("number", equalTo(i));
    }
    call(queue, 49).statusCode(200).body("called.size()", equalTo(49));
    for (int i = 1; i <= 49; i++) {
      move(queue, "user-" + i, "enter").statusCode(200);
    }

    List<Integer> called =
        atOnce(2, () -> call(queue, 1).statusCode(200).extract().path("called.size()"));

    assertThat(called).containsExactlyInAnyOrder(0, 1);
    assertThat(numbers(queue)).isEqualTo("10 1 49");
    entry(queue, "user-50").body("state", equalTo("CALLED"));
  }

  @Test
  void enteringAndCompletingCountOnceHoweverOftenTheyAreClicked() throws Exception {
    String queue = queue(2);
    join(queue, "alice").statusCode(201);
    Problems.is(move(queue, "alice", "enter"), ProblemType.ENTRY_STATE)
        .body("entry.state", equalTo("WAITING"));
    call(queue, 1).body("called.userId", contains("alice"));

    assertThat(atOnce(5, () -> move(queue, "alice", "enter").extract().statusCode()))
        .containsOnly(200);
    assertThat(numbers(queue)).isEqualTo("0 0 1");
    assertThat(atOnce(5, () -> move(queue, "alice", "complete").extract().statusCode()))
        .containsOnly(200);
    assertThat(numbers(queue)).isEqualTo("0 0 0");
    Problems.is(move(queue, "alice", "leave"), ProblemType.ENTRY_STATE);
    awaitInMySql(queue, Map.of("alice", "COMPLETED"));
    assertThat(rows(queue)).hasSize(1);
    assertThat(metric("firstcome_queue_moves_total{move=\"completed\"}")).isPositive();
  }

  @Test
  void whoDoesNotComeInTimeIsANoShowByItselfAndTheNextIsCalled() {
    String queue = queue(1, Map.of("autoCall", true, "callTimeoutSeconds", 1));
    join(queue, "alice").body("state", equalTo("CALLED"));
    join(queue, "bob").body("state", equalTo("WAITING")).body("ahead", equalTo(0));

    awaitInMySql(queue, Map.of("alice", "NO_SHOW", "bob", "NO_SHOW"));
    entry(queue, "alice").body("state", equalTo("NO_SHOW"));
    assertThat(numbers(queue)).isEqualTo("0 0 0");
  }

  @Test
  void aQueueIsPausedResumedDrainedAndClosed() {
    String queue = queue(2);
    join(queue, "alice").statusCode(201);
    operate(queue, "pause").body("status", equalTo("PAUSED"));
    Problems.is(join(queue, "bob"), ProblemType.QUEUE_NOT_OPEN).body("status", equalTo(409));
    Problems.is(call(queue, 1), ProblemType.QUEUE_NOT_OPEN).body("queueStatus", equalTo("PAUSED"));
    operate(queue, "resume").body("status", equalTo("OPEN"));
    join(queue, "bob").statusCode(201);
    operate(queue, "drain").body("status", equalTo("DRAINING"));
    Problems.is(join(queue, "carol"), ProblemType.QUEUE_NOT_OPEN);
    call(queue, 1).body("called.userId", contains("alice"));
    operate(queue, "close").body("status", equalTo("CLOSED"));
    Problems.is(
        SaleApi.admin().post(QUEUES + "/" + queue + "/resume").then(), ProblemType.QUEUE_NOT_OPEN);
    Problems.is(move(queue, "alice", "enter"), ProblemType.QUEUE_NOT_OPEN);
    move(queue, "alice", "leave").statusCode(200);
  }

  private static ValidatableResponse operate(String queue, String what) {
    return SaleApi.admin().post(QUEUES + "/" + queue + "/" + what).then().statusCode(200);
  }

  @Test
  void aQueueIsCreatedOnceReadListedAndChanged() {
    String queue = queue(2);
    newQueue(queue, 2, Map.of()).statusCode(200).body("id", equalTo(queue));
    Problems.is(newQueue(queue, 3, Map.of()), ProblemType.QUEUE_EXISTS);
    SaleApi.anonymous()
        .get(QUEUES + "?event=" + event)
        .then()
        .statusCode(200)
        .body("queues.id", contains(queue))
        .body("next", nullValue());
    SaleApi.admin()
        .body(Map.of("name", "Another", "capacity", 3, "callTimeoutSeconds", 9, "autoCall", true))
        .patch(QUEUES + "/" + queue)
        .then()
        .statusCode(200)
        .body("name", equalTo("Another"))
        .body("capacity", equalTo(3))
        .body("callTimeoutSeconds", equalTo(9))
        .body("maxActive", equalTo(2));
    for (String user : List.of("alice", "bob", "carol")) {
      join(queue, user).body("state", equalTo("CALLED"));
    }
    Problems.is(
            SaleApi.admin().body(Map.of("capacity", 2)).patch(QUEUES + "/" + queue).then(),
            ProblemType.CAPACITY_BELOW_OCCUPIED)
        .body("called", equalTo(3));
    Problems.is(join("q-" + UUID.randomUUID(), "alice"), ProblemType.UNKNOWN_QUEUE);
    Problems.is(entry(queue, "nobody"), ProblemType.NO_ENTRY);
  }

  @Test
  void staffListWhoIsCalledAndPageByNumber() {
    String queue = queue(3);
    for (String user : List.of("alice", "bob", "carol", "dan")) {
      join(queue, user).statusCode(201);
    }
    call(queue, 3).statusCode(200);
    stores.awaitDrained(Keys.event(event));

    String called = entries(queue, "?limit=2").statusCode(200).extract().path("next");
    entries(queue, "?limit=2").body("entries.userId", contains("alice", "bob"));
    entries(queue, "?limit=2&after=" + called)
        .body("entries.userId", contains("carol"))
        .body("entries[0].enterBefore", notNullValue())
        .body("next", nullValue());
    entries(queue, "?state=WAITING").body("entries.number", contains(4));
    entries(queue, "?state=LEFT").statusCode(200).body("entries", empty());
    Problems.is(entries(queue, "?state=LOST"), ProblemType.MALFORMED);
    Problems.is(entries(queue, "?after=-1"), ProblemType.MALFORMED);
    Problems.is(entries("q-" + UUID.randomUUID(), ""), ProblemType.UNKNOWN_QUEUE);
    Problems.is(
        SaleApi.as("alice").get(QUEUES + "/" + queue + "/entries").then(), ProblemType.FORBIDDEN);
  }

  private static ValidatableResponse entries(String queue, String query) {
    return staff().get(QUEUES + "/" + queue + "/entries" + query).then();
  }

  @Test
  void anEntryIsOnlyForItsUserAndForStaff() {
    String queue = queue(1);
    join(queue, "alice").statusCode(201);
    String path = QUEUES + "/" + queue + "/entries/alice";

    Problems.is(SaleApi.as("bob").get(path).then(), ProblemType.FORBIDDEN);
    Problems.is(SaleApi.as("bob").post(path + "/leave").then(), ProblemType.FORBIDDEN);
    Problems.is(SaleApi.as("alice").post(path + "/enter").then(), ProblemType.FORBIDDEN);
    Problems.is(
        SaleApi.as("alice")
            .body(Map.of("count", 1))
            .post(QUEUES + "/" + queue + "/call-next")
            .then(),
        ProblemType.FORBIDDEN);
    Problems.is(
        SaleApi.anonymous().post(QUEUES + "/" + queue + "/entries").then(),
        ProblemType.UNAUTHENTICATED);
    staff().get(path).then().statusCode(200).body("userId", equalTo("alice"));
    SaleApi.as("alice").post(path + "/leave").then().statusCode(200);
  }

  @ParameterizedTest
  @CsvSource({
    "capacity, 0",
    "capacity, 1000001",
    "capacity, 1.5",
    "capacity, null",
    "maxActive, 0",
    "maxActive, 101",
    "callTimeoutSeconds, 0",
    "callTimeoutSeconds, 86401",
    "mode, \"ROOMY\"",
    "event, \"No Event\"",
    "name, \" \"",
    "autoCall, 1",
    "surprise, 1"
  })
  void aWrongFieldOfANewQueueIsNamed(String field, String value) {
    String body =
        "{\"name\":\"A\",\"event\":\"e\",\"capacity\":1}"
            .replaceAll("\"" + field + "\":[^,}]*,?", "")
            .replaceAll(",}", "}");
    String json = body.substring(0, body.length() - 1) + ",\"" + field + "\":" + value + "}";
    Problems.is(SaleApi.admin().body(json).post(QUEUES).then(), ProblemType.MALFORMED)
        .body("errors.field", contains(field));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "501", "-1", "\"1\"", "1.5"})
  void howManyAreCalledIsAWholeNumberWithinItsLimits(String count) {
    String queue = queue(1);
    Problems.is(
            staff()
                .body("{\"count\":" + count + "}")
                .post(QUEUES + "/" + queue + "/call-next")
                .then(),
            ProblemType.MALFORMED)
        .body("errors.field", contains("count"));
    Problems.is(
        staff().post(QUEUES + "/" + queue + "/entries/a%20b/enter").then(), ProblemType.MALFORMED);
    Problems.is(staff().post(QUEUES + "/NO/entries/a/enter").then(), ProblemType.MALFORMED);
    Problems.is(
        staff().post(QUEUES + "/" + queue + "/entries/a/enter?number=0").then(),
        ProblemType.MALFORMED);
  }

  /** An entry but for when to ask again, which is random. */
  private static Map<String, Object> lasting(ValidatableResponse entry) {
    Map<String, Object> all = new HashMap<>(entry.extract().<Map<String, Object>>path(""));
    all.remove("askAgainSeconds");
    return all;
  }

  @Test
  void afterALossOfRedisTheQueueGoesOnInTheSameOrder() {
    String queue = queue(3);
    String other = queue(1);
    IntStream.rangeClosed(1, 150).forEach(i -> join(queue, "user-" + i).statusCode(201));
    join(other, "user-7").statusCode(201);
    call(queue, 3);
    move(queue, "user-1", "enter").statusCode(200);
    move(queue, "user-1", "complete").statusCode(200);
    move(queue, "user-2", "enter").statusCode(200);
    move(queue, "user-5", "leave").statusCode(200);
    join(queue, "user-5").statusCode(201).body("number", equalTo(151));
    stores.awaitDrained(Keys.event(event));
    Map<String, Object> third = lasting(entry(queue, "user-3"));

    loseAll();

    assertThat(lasting(untilLoaded(() -> entry(queue, "user-3")))).isEqualTo(third);
    assertThat(numbers(queue)).isEqualTo("147 1 1");
    move(queue, "user-2", "enter").statusCode(200).body("state", equalTo("INSIDE"));
    move(queue, "user-1", "complete").statusCode(200).body("state", equalTo("COMPLETED"));
    call(queue, 5).body("called.userId", contains("user-4"));
    move(queue, "user-2", "complete").statusCode(200);
    move(queue, "user-4", "no-show").statusCode(200);
    call(queue, 5).body("called.userId", contains("user-6", "user-7"));
    join(queue, "user-152").body("number", equalTo(152));
    String third3 = queue(1);
    Problems.is(join(third3, "user-7"), ProblemType.TOO_MANY_ENTRIES);
    audited().body("findings", empty()).body("compared", equalTo(true));
  }

  @Test
  void aSurvivingLedgerIsDrainedFirst() {
    String queue = queue(2);
    join(queue, "alice").statusCode(201);
    Stores.Hold hold = stores.holdDrain(Keys.event(event));
    join(queue, "bob").statusCode(201);
    call(queue, 1).body("called.userId", contains("alice"));
    stores.redis(Command.DEL, Keys.eventState(Keys.event(event)));

    Problems.is(join(queue, "carol"), ProblemType.LOADING);
    hold.close();

    untilLoaded(() -> join(queue, "carol")).statusCode(201).body("number", equalTo(3));
    move(queue, "alice", "enter").statusCode(200);
    call(queue, 2).body("called.userId", contains("bob"));
  }

  @Test
  void whatIsToldAtDatabaseIsInMySqlThenAndLostWithNoRedis() {
    String queue = queue(2, Map.of("acknowledge", "DATABASE"));
    for (String user : List.of("alice", "bob", "carol")) {
      join(queue, user).statusCode(201);
      assertThat(rows(queue)).containsEntry(user, "WAITING");
    }
    call(queue, 2).statusCode(200);
    assertThat(rows(queue)).containsEntry("alice", "CALLED").containsEntry("bob", "CALLED");
    move(queue, "alice", "enter").statusCode(200);
    assertThat(rows(queue)).containsEntry("alice", "INSIDE");
    move(queue, "bob", "leave").statusCode(200);

    loseAll();

    untilLoaded(() -> entry(queue, "alice")).statusCode(200).body("state", equalTo("INSIDE"));
    entry(queue, "bob").body("state", equalTo("LEFT"));
    assertThat(numbers(queue)).isEqualTo("1 0 1");
  }

  @Test
  void aRoomOpensAtItsTimeLetsInAsDrawnAndGoesOnAfterALossOfRedis() throws Exception {
    Instant opensAt = Instant.now().plusSeconds(10);
    String room =
        queue(
            2,
            Map.of(
                "mode",
                "ROOM",
                "perSecond",
                100,
                "opensAt",
                opensAt.toString(),
                "acknowledge",
                "DATABASE"));
    for (int i = 1; i <= 20; i++) {
      join(room, "user-" + i)
          .statusCode(201)
          .body("state", equalTo("WAITING"))
          .body("ahead", nullValue());
    }
    Problems.is(call(room, 1), ProblemType.QUEUE_NOT_OPEN).body("queueStatus", equalTo("UNOPENED"));
    String commitment =
        SaleApi.anonymous()
            .get(QUEUES + "/" + room)
            .then()
            .body("seed", nullValue())
            .extract()
            .path("commitment");
    await().atMost(Stores.SOON).until(() -> numbers(room).equals("18 2 0"));
    String seed =
        SaleApi.anonymous()
            .get(QUEUES + "/" + room)
            .then()
            .body("drawn", equalTo(20))
            .extract()
            .path("seed");
    assertThat(Digests.of(seed)).isEqualTo(commitment);
    DrawnOrder order = new DrawnOrder(seed, 20);
    for (int i = 1; i <= 20; i++) {
      long place = order.placeOf(i);
      entry(room, "user-" + i)
          .body("state", equalTo(place <= 2 ? "INSIDE" : "WAITING"))
          .body("ahead", place <= 2 ? nullValue() : equalTo((int) place - 3));
    }

    loseAll();

    for (int i = 1; i <= 20; i++) {
      String user = "user-" + i;
      long place = order.placeOf(i);
      untilLoaded(() -> entry(room, user))
          .body("state", equalTo(place <= 2 ? "INSIDE" : "WAITING"))
          .body("ahead", place <= 2 ? nullValue() : equalTo((int) place - 3));
    }
    String first =
        IntStream.rangeClosed(1, 20)
            .filter(i -> order.placeOf(i) == 1)
            .mapToObj(i -> "user-" + i)
            .findFirst()
            .orElseThrow();
    move(room, first, "complete").statusCode(200);
    await().atMost(Stores.SOON).until(() -> numbers(room).equals("17 1 1"));
    audited().body("findings", empty()).body("compared", equalTo(true));
  }

  @ParameterizedTest
  @CsvSource({
    "ROOM, capacity, 1, perSecond", "ROOM, perSecond, 0, perSecond",
    "ROOM, perSecond, 100001, perSecond", "CALLED, perSecond, 1, perSecond",
    "CALLED, opensAt, \"2026-01-01T00:00:00Z\", opensAt", "CALLED, insideSeconds, 1, insideSeconds",
    "CALLED, graceSeconds, 100, graceSeconds"
  })
  void whatAModeDoesNotHaveIsNamed(String mode, String field, String value, String named) {
    String json =
        "{\"name\":\"A\",\"event\":\"e\",\"mode\":\"%s\",\"capacity\":1,\"%s\":%s}"
            .formatted(mode, field, value)
            .replace("\"capacity\":1,\"capacity\":1", "\"capacity\":1");
    Problems.is(SaleApi.admin().body(json).post(QUEUES).then(), ProblemType.MALFORMED)
        .body("errors.field", contains(named));
  }

  @Test
  void anErasedUserKeepsTheirPlaceUnderAPseudonym() {
    String queue = queue(1);
    String user = "user-" + UUID.randomUUID();
    join(queue, user).statusCode(201);
    join(queue, "bob").statusCode(201);

    SaleApi.admin()
        .delete("/api/v1/admin/users/" + user)
        .then()
        .statusCode(200)
        .body("erased.events", equalTo(1));

    Problems.is(entry(queue, user), ProblemType.NO_ENTRY);
    assertThat(rows(queue)).hasSize(2).doesNotContainKey(user);
    String called = call(queue, 1).extract().path("called[0].userId");
    assertThat(called).startsWith("erased-");
    audited().body("findings", empty());
  }

  @Test
  void anAuditFindsWhatMySqlLostAndWhatIsWrongThereAndARepairMendsBoth() {
    String queue = queue(2);
    for (String user : List.of("alice", "bob", "carol")) {
      join(queue, user).statusCode(201);
    }
    call(queue, 1).statusCode(200);
    stores.awaitDrained(Keys.event(event));
    stores.sql("DELETE FROM queue_entry WHERE queue_id = ? AND user_id = 'carol'", queue);
    stores.sql(
        "UPDATE queue_entry SET state = 'LEFT' WHERE queue_id = ? AND user_id = 'bob'", queue);
    stores.sql("UPDATE queue SET capacity = 9 WHERE id = ?", queue);

    audited()
        .body("counts.missing-in-mysql", equalTo(1))
        .body("counts.record-differs", equalTo(1))
        .body("counts.definition-differs", equalTo(1));
    SaleApi.admin()
        .post("/api/v1/admin/audit/events/" + event + "/repair")
        .then()
        .statusCode(200)
        .body("after.findings", empty());

    assertThat(rows(queue)).isEqualTo(Map.of("alice", "CALLED", "bob", "LEFT", "carol", "WAITING"));
    entry(queue, "bob").body("state", equalTo("LEFT"));
    SaleApi.admin().post("/api/v1/admin/events/" + event + "/recover").then().statusCode(204);
    assertThat(numbers(queue)).isEqualTo("1 1 0");
  }

  @Test
  void whatEndedLongAgoIsInMySqlAloneAndIsNotLoadedAgain() {
    String queue = queue(2);
    for (String user : List.of("alice", "bob", "carol")) {
      join(queue, user).statusCode(201);
      move(queue, user, "leave").statusCode(200);
    }
    join(queue, "dan").statusCode(201);
    join(queue, "bob").body("number", equalTo(5));
    stores.awaitDrained(Keys.event(event));
    stores.sql(
        "UPDATE queue_entry SET ended_at = ended_at - INTERVAL 2 HOUR"
            + " WHERE queue_id = ? AND user_id <> 'carol'",
        queue);

    loseAll();

    untilLoaded(() -> entry(queue, "carol")).statusCode(200).body("state", equalTo("LEFT"));
    Problems.is(entry(queue, "alice"), ProblemType.NO_ENTRY);
    entry(queue, "bob").statusCode(200).body("state", equalTo("WAITING"));
    assertThat(numbers(queue)).isEqualTo("2 0 0");
    assertThat(rows(queue)).containsEntry("alice", "LEFT");
    audited().body("findings", empty()).body("compared", equalTo(true));
    join(queue, "alice").statusCode(201).body("number", equalTo(6));
  }

  @Test
  void whoHasNoCredentialsIsKnownByTheSecretTheirClientMade() {
    String door = queue(2, Map.of("mode", "ROOM", "perSecond", 1_000));
    String entries = QUEUES + "/" + door + "/entries";
    String secret = secret();
    Problems.is(SaleApi.anonymous().post(entries).then(), ProblemType.UNAUTHENTICATED);

    String user = visitor(secret).post(entries).then().statusCode(201).extract().path("userId");

    assertThat(user).startsWith("visitor:").doesNotContain(secret);
    visitor(secret).post(entries).then().statusCode(200).body("userId", equalTo(user));
    String own = entries + "/" + user;
    visitor(secret).get(own).then().statusCode(200).body("state", equalTo("INSIDE"));
    String pass = visitor(secret).post(own + "/pass").then().statusCode(200).extract().path("pass");
    SaleApi.anonymous()
        .header("X-Queue-Pass", pass)
        .get(QUEUES + "/" + door + "/check")
        .then()
        .statusCode(200)
        .header("X-Queue-User", equalTo(user));
    for (String path : List.of("", "/pass", "/leave")) {
      RequestSpecification other = visitor(secret());
      Problems.is(
          (path.isEmpty() ? other.get(own) : other.post(own + path)).then(), ProblemType.FORBIDDEN);
    }
    Problems.is(visitor(secret).get(entries).then(), ProblemType.FORBIDDEN);
    stores.awaitDrained(Keys.event(event));
    assertThat(rows(door)).containsOnlyKeys(user);
    visitor(secret).post(own + "/leave").then().statusCode(200);
    // An identity goes before a secret.
    SaleApi.as("alice")
        .header("X-Visitor-Secret", secret)
        .post(entries)
        .then()
        .statusCode(201)
        .body("userId", equalTo("alice"));
  }

  @Test
  void aVisitorsSecretCountsForEntriesAloneAndIsThirtyTwoBytes() {
    String door = queue(1);
    String entries = QUEUES + "/" + door + "/entries";
    for (String wrong : List.of("x", "A".repeat(42), "A".repeat(44), "A".repeat(42) + "=")) {
      Problems.is(visitor(wrong).post(entries).then(), ProblemType.MALFORMED)
          .body("errors.field", contains("X-Visitor-Secret"));
    }
    Problems.is(
        visitor(secret()).header("X-Visitor-Secret", secret()).post(entries).then(),
        ProblemType.MALFORMED);
    for (String path : List.of("/api/v1/coupons/any/claims", QUEUES + "/" + door + "/call-next")) {
      Problems.is(
          visitor(secret()).body(Map.of("count", 1)).post(path).then(),
          ProblemType.UNAUTHENTICATED);
    }
    assertThat(numbers(door)).isEqualTo("0 0 0");
  }

  private static RequestSpecification visitor(String secret) {
    return SaleApi.anonymous().header("X-Visitor-Secret", secret);
  }

  private static String secret() {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Digests.random(32));
  }

  @Test
  void aCrowdThatJoinsAtOnceIsDecidedInBatchesAndEveryoneHasOnePlace() throws Exception {
    String queue = queue(1);
    join(queue, "first").statusCode(201).body("number", equalTo(1));
    AtomicInteger next = new AtomicInteger();

    // Each user twice.
    List<Integer> answers =
        atOnce(
            60,
            () -> {
              String user = "user-" + next.getAndIncrement() / 2;
              return join(queue, user).extract().statusCode();
            });

    assertThat(answers).containsOnly(200, 201);
    assertThat(answers).filteredOn(status -> status == 201).hasSize(30);
    assertThat(numbers(queue)).isEqualTo("31 0 0");
    stores.awaitDrained(Keys.event(event));
    assertThat(rows(queue)).hasSize(31);
    long groups =
        stores
            .sql("SELECT COUNT(DISTINCT joined_at) FROM queue_entry WHERE queue_id = ?", queue)
            .iterator()
            .next()
            .getLong(0);
    assertThat(groups).as("calls that let users join").isLessThan(31);
  }

  @Test
  void theNumbersOfAQueueAreMetrics() {
    String queue = queue(7);
    join(queue, "alice").statusCode(201);
    join(queue, "bob").statusCode(201);
    call(queue, 1).statusCode(200);
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> {
              assertThat(metric("firstcome_queue_waiting{queue=\"" + queue + "\"}")).isEqualTo(1);
              assertThat(metric("firstcome_queue_called{queue=\"" + queue + "\"}")).isEqualTo(1);
              assertThat(metric("firstcome_queue_capacity{queue=\"" + queue + "\"}")).isEqualTo(7);
              assertThat(metric("firstcome_queue_open{queue=\"" + queue + "\"}")).isEqualTo(1);
            });
    String of = "{queue=\"" + queue + "\"}";
    assertThat(metric("firstcome_queue_waited_seconds_count" + of)).isEqualTo(1);
    assertThat(metric("firstcome_queue_waited_seconds_sum" + of)).isBetween(0.000_001, 60.0);
    assertThat(metric("firstcome_queue_abandoned_total" + of)).isZero();
    move(queue, "alice", "leave").statusCode(200);
    move(queue, "bob", "leave").statusCode(200);
    SaleApi.admin().post(QUEUES + "/" + queue + "/freeze").then().statusCode(200);
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () -> {
              assertThat(metric("firstcome_queue_open" + of)).isZero();
              // Alice was called before she left.
              assertThat(metric("firstcome_queue_abandoned_total" + of)).isEqualTo(1);
            });
    assertThat(metric("firstcome_queue_waited_seconds_count" + of)).isEqualTo(1);
  }

  @Test
  void thoseWhoWaitInARoomThatOpensSoonAreExpectedClaimants() {
    String door =
        queue(
            2,
            Map.of(
                "mode",
                "ROOM",
                "perSecond",
                1,
                "opensAt",
                Instant.now().plus(Duration.ofMinutes(5)).toString()));
    String later =
        queue(
            2,
            Map.of(
                "mode",
                "ROOM",
                "perSecond",
                1,
                "opensAt",
                Instant.now().plus(Duration.ofDays(1)).toString()));
    String booth = queue(2);
    double before = metric("firstcome_expected_claimants");
    for (int i = 0; i < 30; i++) {
      join(door, "user-" + i).statusCode(201);
      join(later, "user-" + i).statusCode(201);
      join(booth, "visitor-" + i).statusCode(201);
    }

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                // Rooms of other tests may change a little.
                assertThat(metric("firstcome_expected_claimants") - before).isBetween(20.0, 40.0));
    SaleApi.admin().post(QUEUES + "/" + door + "/close").then().statusCode(200);
    await()
        .atMost(Stores.SOON)
        .until(() -> metric("firstcome_expected_claimants") - before, left -> left < 10);
  }

  private ValidatableResponse audited() {
    return SaleApi.admin().get("/api/v1/admin/audit/events/" + event).then().statusCode(200);
  }

  /** -1 where there is none. */
  private static double metric(String name) {
    return management()
        .get("/q/metrics")
        .asString()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElse(-1);
  }

  /** Users to states, in MySQL. */
  private static Map<String, String> rows(String queue) {
    Map<String, String> rows = new TreeMap<>();
    for (Row row :
        stores.sql(
            "SELECT user_id, state FROM queue_entry WHERE queue_id = ? ORDER BY number", queue)) {
      rows.put(row.getString(0), row.getString(1));
    }
    return rows;
  }

  private static void awaitInMySql(String queue, Map<String, String> states) {
    await().atMost(Stores.SOON).untilAsserted(() -> assertThat(rows(queue)).isEqualTo(states));
  }

  private void loseAll() {
    List<String> keys = new ArrayList<>(Keys.ofEvent(Keys.event(event)));
    keys.add(Keys.drainLease(Keys.event(event)));
    stores.redis(Command.DEL, keys.toArray());
  }

  /** The first answer that is not a 503. */
  private static ValidatableResponse untilLoaded(Supplier<ValidatableResponse> ask) {
    return await()
        .atMost(Stores.SOON)
        .until(ask::get, response -> response.extract().statusCode() != 503);
  }
}

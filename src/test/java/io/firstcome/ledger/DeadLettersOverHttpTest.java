package io.firstcome.ledger;

import static io.firstcome.ledger.LedgerFixture.SOON;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.local.ServersUnderTest;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@QuarkusTest
class DeadLettersOverHttpTest {

  private static final String PATH = "/api/v1/admin/ledgers/{ledger}/dead-letters";

  private static RealRedis redis;

  @BeforeAll
  static void connect() {
    redis = RealRedis.at(ServersUnderTest.setting("quarkus.redis.hosts"));
  }

  @AfterAll
  static void disconnect() {
    redis.close();
  }

  private final String ledger = RealRedis.freshTag();

  @Test
  void areListedPageByPage() {
    String first = bury("alice");
    String second = bury("bob");

    admin()
        .get(PATH + "?limit=1", ledger)
        .then()
        .statusCode(200)
        .body("deadLetters", hasSize(1))
        .body("deadLetters[0].id", equalTo(first))
        .body("deadLetters[0].reason", equalTo("conflict"))
        .body("deadLetters[0].detail", equalTo("taken"))
        .body("deadLetters[0].at", endsWith("Z"))
        .body("deadLetters[0].entry.users", equalTo("alice"))
        .body("deadLetters[0].entry.reason", nullValue())
        .body("next", equalTo(first));
    admin()
        .get(PATH + "?after=" + first, ledger)
        .then()
        .statusCode(200)
        .body("deadLetters.id", equalTo(List.of(second)))
        .body("next", nullValue());
  }

  @Test
  void oneIsReplayedAndJudgedAnew() {
    String id = bury("alice");

    admin()
        .post(PATH + "/{id}/replay", ledger, id)
        .then()
        .statusCode(202)
        .body("replayed", equalTo(1));

    // MySQL has no such coupon.
    await().atMost(SOON).until(() -> firstReason().equals("foreign-key"));
    admin()
        .post(PATH + "/{id}/replay", ledger, id)
        .then()
        .statusCode(404)
        .contentType("application/problem+json")
        .body("type", equalTo("urn:firstcome:problem:unknown-dead-letter"));
  }

  @Test
  void allAreReplayed() {
    for (int i = 0; i < 250; i++) {
      bury("user-" + i);
    }

    admin().post(PATH + "/replay", ledger).then().statusCode(202).body("replayed", equalTo(250));
    await()
        .atMost(SOON)
        .until(() -> send(Command.XLEN, Keys.deadLetters(ledger)).toInteger() == 250);
    await().atMost(SOON).until(() -> firstReason().equals("foreign-key"));
  }

  /** What an operator wrote, or another release: it ended the list, a replay and an erasure. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "reason conflict",
        "reason conflict detail taken",
        "detail taken reason conflict format 1 kind claims",
        "reason no-such-reason detail taken format 1 kind claims users alice",
        "note alice",
        "reason alice detail alice",
        "'' ''",
      })
  void whatIsNoDeadLetterIsListedReplayedAndErasedAsOne(String fields) {
    String ledger = coupon();
    List<Object> add = new ArrayList<>(List.of(Keys.deadLetters(ledger), "*"));
    for (String word : fields.split(" ")) {
      add.add(word.replace("''", ""));
    }
    String id = send(Command.XADD, add.toArray()).toString();

    admin()
        .get(PATH, ledger)
        .then()
        .statusCode(200)
        .body("deadLetters.id", equalTo(List.of(id)))
        .body("deadLetters[0].reason", notNullValue());
    admin().delete("/api/v1/admin/users/alice").then().statusCode(200);
    assertThat(text(Keys.deadLetters(ledger))).doesNotContain("alice");

    admin().post(PATH + "/replay", ledger).then().statusCode(202).body("replayed", equalTo(1));
    await().atMost(SOON).until(() -> firstReason(ledger).equals("malformed"));
    admin().get("/api/v1/admin/audit/coupons/{id}", ledger).then().statusCode(200);
  }

  private static String coupon() {
    String id = "letters-" + UUID.randomUUID();
    admin()
        .contentType("application/json")
        .body("{\"id\":\"%s\",\"name\":\"Letters\",\"quantity\":3}".formatted(id))
        .post("/api/v1/coupons")
        .then()
        .statusCode(201);
    return id;
  }

  private String text(String stream) {
    return send(Command.XRANGE, stream, "-", "+").toString();
  }

  @Test
  void whereThereAreNoneNoneAreReplayed() {
    admin().get(PATH, ledger).then().statusCode(200).body("deadLetters", hasSize(0));
    admin().post(PATH + "/replay", ledger).then().statusCode(202).body("replayed", equalTo(0));
  }

  @Test
  void areForTheOperatorOnly() {
    given().get(PATH, ledger).then().statusCode(401);
    given().header("X-User-Id", "alice").get(PATH, ledger).then().statusCode(403);
    given().header("X-User-Id", "alice").post(PATH + "/replay", ledger).then().statusCode(403);
    given().header("X-User-Id", "alice").post(PATH + "/1-1/replay", ledger).then().statusCode(403);
  }

  @ParameterizedTest
  @CsvSource({
    "UPPER, ''",
    "a_b, ''",
    "ok, ?limit=0",
    "ok, ?limit=1001",
    "ok, ?limit=abc",
    "ok, ?after=-",
    "ok, ?after=(1-1",
    "ok, ?after=99999999999999999999-1"
  })
  void nonsenseIsRefused(String name, String query) {
    admin()
        .get(PATH + query, name)
        .then()
        .statusCode(400)
        .contentType("application/problem+json")
        .body("errors", notNullValue());
  }

  private String firstReason() {
    return firstReason(ledger);
  }

  private String firstReason(String ledger) {
    Response letters = send(Command.XRANGE, Keys.deadLetters(ledger), "-", "+", "COUNT", 1);
    return letters.size() == 0 ? "" : letters.get(0).get(1).get(1).toString();
  }

  private String bury(String user) {
    return send(
            Command.XADD,
            Keys.deadLetters(ledger),
            "*",
            "reason",
            "conflict",
            "detail",
            "taken",
            "format",
            1,
            "kind",
            "claims",
            "epoch",
            1,
            "at",
            1_700_000_000_000_000L,
            "first",
            1,
            "users",
            user)
        .toString();
  }

  private Response send(Command command, Object... args) {
    return redis.send(command, args);
  }

  private static RequestSpecification admin() {
    return given().header("X-User-Id", "op").header("X-User-Groups", "admin");
  }
}

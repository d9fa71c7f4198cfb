package io.firstcome.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.notNullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.Peer;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The history of definitions. */
@QuarkusTest
class HistoryOverHttpTest {

  private static final String HISTORY = "/api/v1/admin/history";

  @RegisterExtension static final Stores stores = new Stores();

  /** Nobody else's changes are this one's. */
  private final String olga = "olga-" + UUID.randomUUID();

  @Test
  void everyChangeOfACouponIsARowWithWhoWhenFromWhereWhatAndWhy() {
    String id = Api.freshId();
    json(by(olga).header("X-Reason", "  The summer sale "), Api.order(10, Map.of("id", id)))
        .post(Api.COUPONS)
        .then()
        .statusCode(201);
    json(by(olga), Map.of("quantity", 12, "name", "Grown")).patch(Api.coupon(id));
    by(olga).header("X-Reason", "Wrong price").post(Api.coupon(id) + "/pause");
    by(olga).post(Api.coupon(id) + "/close").then().statusCode(200);

    history("subject=" + id)
        .body("changes.action", equalTo(List.of("close", "pause", "change", "create")))
        .body("changes.actor", equalTo(List.of(olga, olga, olga, olga)))
        .body("changes.outcome", equalTo(List.of("DONE", "DONE", "DONE", "DONE")))
        .body("changes.type", equalTo(List.of("coupon", "coupon", "coupon", "coupon")))
        .body("changes[3].reason", equalTo("The summer sale"))
        .body("changes[3].after.quantity", equalTo(10))
        .body("changes[3].address", notNullValue())
        .body("changes[3].at", notNullValue())
        .body("changes[1].reason", equalTo("Wrong price"))
        .body("changes[1].before", equalTo(Map.of("state", "OPEN", "version", 2)))
        .body("changes[1].after", equalTo(Map.of("state", "PAUSED", "version", 3)))
        .body(
            "changes[2].before", equalTo(Map.of("name", "A coupon", "quantity", 10, "version", 1)))
        .body("changes[2].after", equalTo(Map.of("name", "Grown", "quantity", 12, "version", 2)));
  }

  @Test
  void salesItemsQueuesAudiencesAndWhatOperatorsDoAreInItToo() {
    String sale = Api.freshId();
    json(by(olga), Map.of("id", sale, "name", "A sale")).post("/api/v1/sales");
    String items = "/api/v1/sales/" + sale + "/items";
    json(by(olga), Map.of("id", "a", "name", "An item", "quantity", 5)).post(items);
    json(by(olga).header("Idempotency-Key", "k"), Map.of("quantity", 2, "reason", "found"))
        .post(items + "/a/restock")
        .then()
        .statusCode(200);
    by(olga).post("/api/v1/admin/audit/sales/" + sale + "/repair").then().statusCode(200);
    by(olga).post("/api/v1/admin/sales/" + sale + "/recover").then().statusCode(204);
    String queue = Api.freshId();
    json(by(olga), Map.of("id", queue, "name", "A booth", "event", Api.freshId(), "capacity", 3))
        .post("/api/v1/queues")
        .then()
        .statusCode(201);
    by(olga).post("/api/v1/queues/" + queue + "/pause").then().statusCode(200);
    String coupon = Api.create(10, Map.of("audience", true));
    json(by(olga), Map.of("users", List.of("alice", "bob"))).put(Api.coupon(coupon) + "/audience");
    by(olga).post("/api/v1/admin/ledgers/" + coupon + "/dead-letters/replay");

    history("actor=" + olga)
        .body(
            "changes.collect { it.type + ' ' + it.subject + ' ' + it.action }.reverse()",
            equalTo(
                List.of(
                    "sale " + sale + " create",
                    "item " + sale + "/a create",
                    "item " + sale + "/a restock",
                    "sale " + sale + " repair",
                    "sale " + sale + " recover",
                    "queue " + queue + " create",
                    "queue " + queue + " pause",
                    "coupon " + coupon + " audience-add",
                    "ledger " + coupon + " replay")))
        .body("changes[1].after", equalTo(Map.of("changed", 2, "size", 2)))
        .body("changes.find { it.action == 'restock' }.after", not(equalTo(Map.of())));
  }

  @Test
  void unitsThatAreTakenCallsAndCreditsAreInItAndNameNobody() {
    String alice = "alice-" + UUID.randomUUID();
    String coupon = Api.create(10, Map.of("codes", "GENERATED"));
    Api.claim(coupon, alice).statusCode(201);
    json(by(olga).header("X-Reason", "A robot"), Map.of("reason", "Claimed by a script"))
        .post(Api.coupon(coupon) + "/claims/" + alice + "/revoke")
        .then()
        .statusCode(200);
    String queue = Api.freshId();
    json(by(olga), Map.of("id", queue, "name", "A booth", "event", Api.freshId(), "capacity", 3))
        .post("/api/v1/queues")
        .then()
        .statusCode(201);
    Api.as(alice).post("/api/v1/queues/" + queue + "/entries").then().statusCode(201);
    json(root(), Map.of("count", 2))
        .post("/api/v1/queues/" + queue + "/call-next")
        .then()
        .statusCode(200);
    credit(alice, "k", 100).statusCode(201);
    credit(alice, "k", 100).statusCode(201);
    credit(alice, "k", 101).statusCode(422);

    history("actor=" + olga)
        .body(
            "changes.collect { it.type + ' ' + it.subject + ' ' + it.action }.reverse()",
            equalTo(
                List.of(
                    "coupon " + coupon + " revoke",
                    "queue " + queue + " create",
                    "queue " + queue + " call-next",
                    "wallet null credit")))
        .body("changes.outcome.unique()", equalTo(List.of("DONE")))
        .body("changes[0].after.amount", equalTo(100))
        .body("changes[0].after.currency", equalTo("EUR"))
        .body("changes[1].after", equalTo(Map.of("called", 1)))
        .body("changes[2].after.name", equalTo("A booth"))
        .body("changes[3].reason", equalTo("A robot"))
        .body("changes[3].after.sequence", equalTo(1));
    assertThat(history("actor=" + olga).extract().asString()).doesNotContain(alice, "\"code\"");
    int entry = history("actor=" + olga).extract().path("changes[0].after.entry");
    assertThat(
            stores
                .sql("SELECT user_id FROM wallet_entry WHERE id = ?", entry)
                .iterator()
                .next()
                .getString(0))
        .isEqualTo(alice);
  }

  /** Neither is there without the other, whatever fails. */
  @Test
  void whatIsOneTransactionOfMySqlIsNotDoneIfItsRowCannotBeWritten() {
    String trigger = "cursed_" + olga.substring(5).replace("-", "");
    String sale = Api.freshId();
    json(by("otto"), Map.of("id", sale, "name", "A sale")).post("/api/v1/sales");
    String alice = "alice-" + UUID.randomUUID();
    Map<String, Object> item = item("a");
    Map<String, Object> queue =
        Map.of("id", Api.freshId(), "name", "A booth", "event", Api.freshId(), "capacity", 3);
    Map<String, Object> series =
        Map.of(
            "id",
            "s-" + olga.substring(5, 13),
            "name",
            "A series",
            "template",
            Map.of("name", "A drop", "quantity", 5),
            "schedule",
            Map.of("zone", "UTC", "instants", List.of("2199-07-01T10:00:00Z")));
    Map<String, Object> coupon = Api.order(10, Map.of());
    Map<String, Object> other = Map.of("id", Api.freshId(), "name", "Another sale");
    json(by("otto"), item("b")).post("/api/v1/sales/" + sale + "/items").then().statusCode(201);
    administer(
        ("CREATE TRIGGER %s BEFORE INSERT ON admin_change FOR EACH ROW IF NEW.actor = '%s' THEN"
                + " SIGNAL SQLSTATE '45000'; END IF")
            .formatted(trigger, olga));
    try {
      credit(alice, "k", 100).statusCode(500);
      json(by(olga), coupon).post(Api.COUPONS).then().statusCode(500);
      json(by(olga), other).post("/api/v1/sales").then().statusCode(500);
      json(by(olga), Map.of("name", "New"))
          .patch("/api/v1/sales/" + sale + "/items/b")
          .then()
          .statusCode(500);
      json(by(olga), item).post("/api/v1/sales/" + sale + "/items").then().statusCode(500);
      json(by(olga), queue).post("/api/v1/queues").then().statusCode(500);
      json(by(olga), series).post("/api/v1/series").then().statusCode(500);
    } finally {
      administer("DROP TRIGGER " + trigger);
    }
    history("actor=" + olga).body("changes", empty());
    Api.as(alice).get("/api/v1/wallets/" + alice).then().statusCode(404);
    Api.anonymous().get("/api/v1/sales/" + sale + "/items/a").then().statusCode(404);
    Api.anonymous().get("/api/v1/queues/" + queue.get("id")).then().statusCode(404);
    Api.anonymous().get("/api/v1/series/" + series.get("id")).then().statusCode(404);

    Api.read(coupon.get("id").toString()).statusCode(404);
    Api.anonymous().get("/api/v1/sales/" + other.get("id")).then().statusCode(404);
    Api.anonymous()
        .get("/api/v1/sales/" + sale + "/items/b")
        .then()
        .body("name", equalTo("An item"));

    json(by(olga), coupon).post(Api.COUPONS).then().statusCode(201);
    json(by(olga), other).post("/api/v1/sales").then().statusCode(201);
    json(by(olga), Map.of("name", "New"))
        .patch("/api/v1/sales/" + sale + "/items/b")
        .then()
        .statusCode(200);
    credit(alice, "k", 100).statusCode(201);
    json(by(olga), item).post("/api/v1/sales/" + sale + "/items").then().statusCode(201);
    json(by(olga), queue).post("/api/v1/queues").then().statusCode(201);
    json(by(olga), series).post("/api/v1/series").then().statusCode(201);
    for (int i = 0; i < 2; i++) {
      by(olga).post("/api/v1/series/" + series.get("id") + "/stop").then().statusCode(200);
    }
    history("actor=" + olga)
        .body(
            "changes.collect { it.type + ' ' + it.action }.reverse()",
            equalTo(
                List.of(
                    "coupon create",
                    "sale create",
                    "item change",
                    "wallet credit",
                    "item create",
                    "queue create",
                    "series create",
                    "series stop")))
        .body("changes[3].subject", equalTo(sale + "/a"))
        .body("changes[5].before", equalTo(Map.of("name", "An item")))
        .body("changes[5].after", equalTo(Map.of("name", "New")));
  }

  private ValidatableResponse credit(String user, String key, long amount) {
    return json(root().header("Idempotency-Key", key), Map.of("amount", amount, "currency", "EUR"))
        .post("/api/v1/wallets/" + user + "/credits")
        .then();
  }

  private static Map<String, Object> item(String id) {
    return Map.of("id", id, "name", "An item", "quantity", 5);
  }

  /** What MySQL does not prepare. */
  private static void administer(String sql) {
    stores.mysql().query(sql).execute().await().indefinitely();
  }

  private RequestSpecification root() {
    return Api.as(olga).header("X-User-Groups", "admin");
  }

  /** A page of a pool's codes is a change as any other, and names none of them. */
  @Test
  void anUploadOfCodesIsCounted() {
    String id = Api.create(3, Map.of("codes", "POOL"));
    Api.lines(by(olga).header("X-Reason", "From the printer"), "text/csv", "SECRET-1\nSECRET-2\n")
        .post(Api.coupon(id) + "/codes")
        .then()
        .statusCode(200);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                history("actor=" + olga)
                    .body("changes.action", equalTo(List.of("codes-add")))
                    .body("changes.outcome", equalTo(List.of("DONE")))
                    .body("changes[0].reason", equalTo("From the printer"))
                    .body("changes[0].after.added", equalTo(2)));
    assertThat(history("actor=" + olga).extract().asString()).doesNotContain("SECRET");
  }

  @Test
  void whatIsRefusedOrRepeatedLeavesNothing() {
    Map<String, Object> order = Api.order(10, Map.of());
    json(by(olga), order).post(Api.COUPONS).then().statusCode(201);
    json(by(olga), order).post(Api.COUPONS).then().statusCode(200);
    String id = order.get("id").toString();
    json(by(olga), Map.of("quantity", 0)).patch(Api.coupon(id)).then().statusCode(400);
    by(olga).post(Api.coupon(Api.freshId()) + "/pause").then().statusCode(404);
    Problems.is(
        by(olga).header("X-Reason", "x".repeat(201)).post(Api.coupon(id) + "/pause").then(),
        ProblemType.MALFORMED);
    json(Api.as(olga), Map.of("quantity", 9)).patch(Api.coupon(id)).then().statusCode(403);
    Api.as(olga).post(Api.coupon(id) + "/pause").then().statusCode(403);

    history("actor=" + olga).body("changes.action", equalTo(List.of("create")));
    assertThat(stores.sql("SELECT id FROM admin_change WHERE actor = ?", olga).size()).isEqualTo(1);
  }

  @Test
  void theErasureOfAUserIsARowThatDoesNotNameThemAndLeavesTheOthers() {
    String user = "user-" + UUID.randomUUID();
    String id = Api.create(10, Map.of("audience", true));
    json(by(olga), Map.of("users", List.of(user))).put(Api.coupon(id) + "/audience");
    Api.as(olga)
        .header("X-User-Groups", "eraser")
        .delete("/api/v1/admin/users/" + user)
        .then()
        .statusCode(200);

    history("actor=" + olga)
        .body("changes.action", equalTo(List.of("erase", "audience-add")))
        .body("changes[0].type", equalTo("user"))
        .body("changes[0].after.erased.coupons", equalTo(1));
    StringBuilder rows = new StringBuilder();
    stores
        .sql("SELECT * FROM admin_change WHERE actor = ?", olga)
        .forEach(row -> rows.append(row.toJson()));
    assertThat(rows.toString()).contains(olga).doesNotContain(user);
  }

  @Test
  void aPageIsFilteredAndGoesOn() {
    String id = Api.freshId();
    json(by(olga), Api.order(10, Map.of("id", id))).post(Api.COUPONS);
    for (String verb : List.of("pause", "resume", "pause", "resume")) {
      by(olga).post(Api.coupon(id) + "/" + verb);
    }

    int next =
        history("subject=" + id + "&limit=2")
            .body("changes.action", equalTo(List.of("resume", "pause")))
            .extract()
            .path("next");
    history("subject=" + id + "&before=" + next)
        .body("changes.action", equalTo(List.of("resume", "pause", "create")));
    history("subject=" + id + "&action=pause").body("changes", hasSize(2));
    history("subject=" + id + "&type=sale").body("changes", empty());
    history("subject=" + id + "&from=2199-01-01T00:00:00Z").body("changes", empty());
    history("subject=" + id + "&from=2020-01-01T00:00:00Z&to=2199-01-01T00:00:00Z")
        .body("changes", hasSize(5));
    Api.as("ada").header("X-User-Groups", "auditor").get(HISTORY).then().statusCode(200);
    Problems.is(Api.as("ada").get(HISTORY).then(), ProblemType.FORBIDDEN);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "type=A",
        "action=a_b",
        "from=yesterday",
        "to=2026-13-01T00:00:00Z",
        "limit=0",
        "subject=a%20b"
      })
  void aFilterThatIsNoneIsRefused(String query) {
    Problems.is(Api.admin().get(HISTORY + "?" + query).then(), ProblemType.MALFORMED);
  }

  @Test
  void whatIsOlderThanItIsKeptIsRemoved() {
    String id = Api.freshId();
    json(by(olga), Api.order(10, Map.of("id", id))).post(Api.COUPONS);
    by(olga).post(Api.coupon(id) + "/pause");
    stores.sql(
        "UPDATE admin_change SET changed_at = UTC_TIMESTAMP(6) - INTERVAL 401 DAY"
            + " WHERE actor = ? AND action = 'create'",
        olga);
    Peer peer = new Peer(stores.scripts(), stores.mysql().getDelegate());

    new HistorySweep(peer.transactions(), Peer.settings(HistoryConfig.class)).sweep();

    history("subject=" + id).body("changes.action", equalTo(List.of("pause")));
  }

  private static ValidatableResponse history(String query) {
    return Api.admin().get(HISTORY + "?" + query).then().statusCode(200);
  }

  private static RequestSpecification by(String actor) {
    return Api.as(actor).header("X-User-Groups", "operator");
  }

  private static RequestSpecification json(RequestSpecification as, Object body) {
    return as.contentType("application/json").body(body);
  }
}

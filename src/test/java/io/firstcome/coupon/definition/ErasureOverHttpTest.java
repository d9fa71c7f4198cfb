package io.firstcome.coupon.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Replica;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ExtractableResponse;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A user is erased everywhere, and nothing else changes. */
@QuarkusTest
class ErasureOverHttpTest {

  private static final String SALES = "/api/v1/sales";

  @RegisterExtension static final Stores stores = new Stores();

  private final String user = "f:" + "0".repeat(82) + ":*[" + UUID.randomUUID() + "@a.b]";

  @Test
  void aClaimantIsErasedAndTheNumberStays() {
    String id = Api.create(3, Map.of("audience", true));
    Api.addToAudience(id, "first", user, "third").statusCode(200);
    Api.claim(id, "first").statusCode(201);
    Api.claim(id, user).statusCode(201).body("sequence", equalTo(2));
    Api.claim(id, "third").statusCode(201);
    // A gate that has shut knows the winners by heart.
    Problems.is(Api.claim(id, "nobody"), ProblemType.SOLD_OUT);
    Problems.is(Api.claim(id, user), ProblemType.ALREADY_CLAIMED);
    stores.awaitDrained(id);
    TreeMap<String, String> before = stores.claimsInMySql(id);

    erase().body("erased.coupons", equalTo(1));

    TreeMap<String, String> after = stores.claimsInMySql(id);
    assertThat(after).hasSize(3).doesNotContainKey(user).isEqualTo(stores.claimsInRedis(id));
    assertThat(after.values()).containsExactlyInAnyOrderElementsOf(before.values());
    assertThat(stores.audience(id)).isEqualTo(3);
    assertThat(stores.redis(Command.SISMEMBER, Keys.audience(id), user).toInteger()).isZero();
    assertThat(dump(id)).doesNotContain(user);
    Api.ownClaim(id, user).statusCode(404);
    // Nobody tells it from memory either.
    Problems.is(Api.claim(id, user), ProblemType.SOLD_OUT);
    Api.assertClean("coupons/" + id);
    erase().body("erased.coupons", equalTo(0));
  }

  @Test
  void whoHoldsSeveralUnitsIsErasedFromEach() {
    String id = Api.create(5, Map.of("perUserLimit", 3));
    Api.claim(id, user, 3).statusCode(201);

    erase().body("erased.coupons", equalTo(1));

    assertThat(dump(id)).doesNotContain(user);
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id)).hasSize(1);
    Api.read(id).body("issued", equalTo(3));
    Api.assertClean("coupons/" + id);
  }

  /** The entries of before the erasure are applied once more, as after a crash of the drainer. */
  @Test
  void applyingTheLedgerAgainDoesNotBringTheUserBack() {
    String id = Api.create(5);
    List<LedgerEntry> entries;
    try (Stores.Hold hold = stores.holdDrain(id)) {
      Api.claim(id, user).statusCode(201);
      Api.claim(id, "other").statusCode(201);
      // Answered once it is in MySQL, so not while nobody drains; asking again tells.
      CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
      scripts.erase(id, user, "erased-for-a-test", false).await().atMost(Stores.SOON);
      entries = entries(id);
    }
    stores.awaitDrained(id);
    TreeMap<String, String> once = stores.claimsInMySql(id);
    assertThat(once).containsOnlyKeys("erased-for-a-test", "other");

    assertThat(new Replica(stores).apply(id, entries)).isEmpty();
    assertThat(stores.claimsInMySql(id)).isEqualTo(once);
    erase().body("erased.coupons", equalTo(0));
  }

  @Test
  void aDeadLetterNamesTheUserNoMore() {
    String id = Api.create(5);
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, issued_at)"
            + " VALUES (?, 1, 'ghost', UTC_TIMESTAMP(6))",
        id);
    Api.claim(id, user).statusCode(201);
    stores.awaitDrained(id);
    assertThat(dump(id)).contains(user);
    Api.admin().get("/api/v1/admin/audit/coupons/" + id).then().statusCode(200);

    erase().body("erased.coupons", equalTo(1));
    assertThat(dump(id)).doesNotContain(user);
    Api.admin()
        .get("/api/v1/admin/ledgers/" + id + "/dead-letters")
        .then()
        .body("deadLetters.reason", equalTo(List.of("conflict")));
    assertThat(stores.redis(Command.EXISTS, Keys.audit(id)).toInteger()).isZero();
  }

  @Test
  void whoReservedIsErasedAndTheStockStays() {
    String hot = "s-" + UUID.randomUUID();
    String inMySql = "s-" + UUID.randomUUID();
    for (String strategy : List.of("HOT", "CONDITIONAL")) {
      String sale = strategy.equals("HOT") ? hot : inMySql;
      json().body(Map.of("id", sale, "name", "A sale")).post(SALES).then().statusCode(201);
      json()
          .body(
              Map.of(
                  "id",
                  strategy.toLowerCase(Locale.ROOT),
                  "name",
                  "An item",
                  "quantity",
                  10,
                  "strategy",
                  strategy,
                  "userLimit",
                  4))
          .post(SALES + "/" + sale + "/items")
          .then()
          .statusCode(201);
    }
    Map<String, String> held =
        Map.of(
            hot, reserve(hot, "hot", "k1", 3, 201).path("id"),
            inMySql, reserve(inMySql, "conditional", "k2", 2, 201).path("id"));
    reserve(hot, "hot", "k3", 2, 409);

    erase().body("erased.sales", equalTo(2));

    held.forEach(
        (sale, reservation) -> {
          assertThat(stores.sql("SELECT user_id FROM reservation WHERE sale_id = ?", sale).size())
              .isEqualTo(1);
          for (String table : List.of("reservation", "item_taker", "stock_request")) {
            assertThat(
                    stores
                        .sql(
                            "SELECT 1 FROM " + table + " WHERE sale_id = ? AND user_id = ?",
                            sale,
                            user)
                        .size())
                .as(table)
                .isZero();
          }
          assertThat(dump(Keys.sale(sale))).doesNotContain(user);
          Api.assertClean("sales/" + sale);
          // The units come back, whoever held them.
          Api.admin()
              .post(SALES + "/" + sale + "/reservations/" + reservation + "/cancel")
              .then()
              .statusCode(200);
          stores.awaitDrained(Keys.sale(sale));
          Api.assertClean("sales/" + sale);
        });
    erase().body("erased.sales", equalTo(0));
  }

  @Test
  void theOperatorAloneErases() {
    Problems.is(Api.as("alice").delete("/api/v1/admin/users/alice").then(), ProblemType.FORBIDDEN);
    Problems.is(
        Api.admin().delete("/api/v1/admin/users/" + "a".repeat(129)).then(), ProblemType.MALFORMED);
  }

  private ValidatableResponse erase() {
    return Api.admin().delete("/api/v1/admin/users/" + Api.encoded(user)).then().statusCode(200);
  }

  private ExtractableResponse<io.restassured.response.Response> reserve(
      String sale, String item, String key, int units, int status) {
    return Api.as(user)
        .contentType("application/json")
        .header("Idempotency-Key", key)
        .body(Map.of("items", List.of(Map.of("itemId", item, "quantity", units))))
        .post(SALES + "/" + sale + "/reservations")
        .then()
        .statusCode(status)
        .extract();
  }

  private static RequestSpecification json() {
    return Api.admin().contentType("application/json");
  }

  private static List<LedgerEntry> entries(String tag) {
    List<LedgerEntry> entries = new ArrayList<>();
    for (Response entry : stores.redis(Command.XRANGE, Keys.ledger(tag), "-", "+")) {
      Map<String, String> fields = new LinkedHashMap<>();
      Response flat = entry.get(1);
      for (int i = 0; i < flat.size(); i += 2) {
        fields.put(flat.get(i).toString(), flat.get(i + 1).toString());
      }
      entries.add(new LedgerEntry(entry.get(0).toString(), fields));
    }
    return entries;
  }

  /** All that Redis has under a tag, as text. */
  private static String dump(String tag) {
    StringBuilder all = new StringBuilder();
    for (Response key : stores.redis(Command.KEYS, "fc:{" + tag + "}:*")) {
      String name = key.toString();
      all.append(name)
          .append(' ')
          .append(
              switch (stores.redis(Command.TYPE, name).toString()) {
                case "hash" -> stores.redis(Command.HGETALL, name);
                case "set" -> stores.redis(Command.SMEMBERS, name);
                case "zset" -> stores.redis(Command.ZRANGE, name, 0, -1);
                case "stream" -> stores.redis(Command.XRANGE, name, "-", "+");
                default -> stores.redis(Command.GET, name);
              })
          .append('\n');
    }
    return all.toString();
  }
}

package io.firstcome.coupon.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasItems;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is wrong with a coupon is found, and repaired where it can be. */
@QuarkusTest
class CouponAuditOverHttpTest {

  private static final String AUDIT = "/api/v1/admin/audit";

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aSoundCouponHasNoFindings() {
    String id = claimed(5, 3);
    audit(id)
        .body("compared", equalTo(true))
        .body("note", nullValue())
        .body("checked", equalTo(6))
        .body("counts", equalTo(Map.of()))
        .body("findings", empty());
    repair(id).body("steps", empty()).body("after.findings", empty());
  }

  /** Read in several chunks, and whole batches are gone. */
  @Test
  void claimsThatMySqlLacksAreAppendedAgain() {
    String id = Api.create(3_000);
    stores.claim(id, IntStream.range(0, 3_000).mapToObj(i -> "user-" + i).toList());
    stores.awaitDrained(id);
    TreeMap<String, String> before = stores.claimsInMySql(id);
    assertThat(before).hasSize(3_000);

    // As a restored backup: all since, the epoch and the definition are as they were.
    Api.patch(id, Map.of("quantity", 4_000)).statusCode(200);
    stores.awaitDrained(id);
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND sequence > 1200", id);
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND sequence = 7", id);
    stores.sql(
        "UPDATE coupon SET epoch = epoch - 1, version = version - 1, quantity = 3000 WHERE id = ?",
        id);

    audit(id)
        .body("compared", equalTo(true))
        .body("counts.missing-in-mysql", equalTo(1_801))
        .body("counts.gap", equalTo(2))
        .body("counts.epoch-behind", equalTo(1))
        .body("counts.definition-differs", equalTo(1))
        .body("findings.where", hasItems("7", "1201-3000"))
        .body("findings.size()", equalTo(25 + 2 + 1 + 1));
    repair(id)
        .body("steps.what", hasItems("missing-in-mysql", "epoch-behind", "definition-differs"))
        .body("after.findings", empty());
    assertThat(stores.claimsInMySql(id)).isEqualTo(before);
    assertThat(stores.coupon(id).getLong("quantity")).isEqualTo(4_000);
    repair(id).body("steps", empty());

    Api.claim(id, "one-more").statusCode(201).body("sequence", equalTo(3_001));
    stores.awaitDrained(id);
    audit(id).body("findings", empty());
  }

  @Test
  void aClaimThatRedisLacksIsGivenBack() {
    String id = claimed(5, 3);
    stores.redis(Command.HDEL, Keys.claimants(id), "user-1");
    audit(id).body("findings.what", hasItem("state-not-whole"));

    // So that the state still looks whole, and one who asks again would get a second number.
    stores.redis(Command.HSET, Keys.state(id), "holders", "2");
    audit(id)
        .body("counts", equalTo(Map.of("issued-differs", 1, "missing-in-redis", 1)))
        .body("findings.where", hasItem("user-1"));
    repair(id)
        .body("steps.what", equalTo(List.of("missing-in-redis", "issued-differs")))
        .body("after.findings", empty());
    Problems.is(Api.claim(id, "user-1"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(2));
    Api.read(id).body("remaining", equalTo(2));
  }

  @Test
  void unitsThatAStoreLacksAreGivenBack() {
    String id = Api.create(20, Map.of("perUserLimit", 5));
    for (String user : List.of("user-0", "user-1", "user-2")) {
      Api.claim(id, user, 3).statusCode(201);
    }
    Api.claim(id, "user-0", 4).statusCode(201);
    stores.awaitDrained(id);
    TreeMap<String, String> before = stores.claimsInRedis(id);
    audit(id).body("counts", equalTo(Map.of()));
    // Of one user MySQL lost a unit in the middle, of one all; of one Redis lost all but the first.
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND sequence IN (2, 7, 8, 9)", id);
    stores.redis(Command.HSET, Keys.claimants(id), "user-1", before.get("user-1").substring(2, 20));

    audit(id)
        .body("counts.missing-in-mysql", equalTo(2))
        .body("counts.record-differs", equalTo(1))
        .body("findings.where", hasItems("user-0", "user-1", "user-2"));
    repair(id).body("after.findings", empty());

    assertThat(stores.claimsInMySql(id)).isEqualTo(before);
    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    Api.read(id).body("issued", equalTo(10));
    // A whole claim that Redis lacks.
    stores.redis(Command.HDEL, Keys.claimants(id), "user-1");
    stores.redis(Command.HINCRBY, Keys.state(id), "holders", "-1");
    repair(id).body("after.findings", empty());
    assertThat(stores.claimsInRedis(id)).isEqualTo(before);
    Api.read(id).body("issued", equalTo(10));
  }

  @Test
  void aStateThatIsNotWholeIsLoadedAnew() {
    String id = claimed(5, 3);
    stores.redis(Command.HDEL, Keys.claimants(id), "user-1");
    repair(id)
        .body("steps.what", equalTo(List.of("state-not-whole")))
        .body("after.findings", empty());
    Api.ownClaim(id, "user-1").statusCode(200).body("sequence", equalTo(2));
  }

  @Test
  void whatAnotherServerHoldsIsNotJudgedBeforeItIsVerified() {
    String id = claimed(5, 3);
    stores.redis(Command.HSET, Keys.state(id), "server", "another:server");
    audit(id)
        .body("compared", equalTo(false))
        .body("note", containsString("restarted or failed over"))
        .body("findings", empty());
    repair(id).body("after.compared", equalTo(true)).body("after.findings", empty());
    Api.claim(id, "one-more").statusCode(201).body("sequence", equalTo(4));
  }

  @Test
  void aClaimThatRedisTellsOtherwiseIsToldAsMySqlHasIt() {
    String id = claimed(5, 3);
    stores.redis(Command.HSET, Keys.claimants(id), "user-1", "77:1700000000000000");
    audit(id)
        .body("counts", equalTo(Map.of("record-differs", 1)))
        .body("findings.where", equalTo(List.of("user-1")));
    repair(id).body("after.findings", empty());
    Api.ownClaim(id, "user-1").statusCode(200).body("sequence", equalTo(2));
  }

  /** Whose number it is nobody can tell by the stores alone. */
  @Test
  void aNumberThatTwoHaveIsLeftToTheOperator() {
    String id = claimed(5, 3);
    stores.redis(Command.HSET, Keys.claimants(id), "thief", "2:1700000000000000");
    stores.redis(Command.HSET, Keys.state(id), "holders", "4", "issued", "4", "sequence", "4");
    audit(id)
        .body("counts.number-taken", equalTo(1))
        .body("findings.find { it.what == 'number-taken' }.where", equalTo("thief"))
        .body("findings.find { it.what == 'number-taken' }.repairable", equalTo(false));
    repair(id).body("steps", empty()).body("after.counts.number-taken", equalTo(1));
  }

  @Test
  void whatMySqlHasAboveTheQuantityIsNotGivenToRedis() {
    String id = claimed(3, 3);
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, issued_at)"
            + " VALUES (?, 9, 'ghost', UTC_TIMESTAMP(6))",
        id);
    audit(id)
        .body("findings.what", hasItems("claims-above-quantity", "missing-in-redis", "gap"))
        .body("findings.where", hasItems("ghost", "4-8"));
    repair(id).body("steps", empty()).body("after.counts.claims-above-quantity", equalTo(1));
    Problems.is(Api.claim(id, "another"), ProblemType.SOLD_OUT);

    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND sequence = 9", id);
    audit(id).body("findings", empty());
  }

  @Test
  void aGapIsFoundUnlessALossExplainsIt() {
    String id = claimed(20, 3);
    stores.redis(Command.HSET, Keys.state(id), "sequence", "9");
    Api.claim(id, "late").statusCode(201).body("sequence", equalTo(10));
    stores.awaitDrained(id);
    audit(id)
        .body("counts", equalTo(Map.of("gap", 1)))
        .body("findings.where", equalTo(List.of("4-9")));

    stores.sql(
        "INSERT INTO sequence_gap (coupon_id, first, last, epoch, reason)"
            + " VALUES (?, 5, 8, 1, 'a test')",
        id);
    audit(id).body("findings.where", equalTo(List.of("4", "9")));
    stores.sql("UPDATE sequence_gap SET first = 1, last = 9 WHERE coupon_id = ?", id);
    audit(id).body("findings", empty());
  }

  @Test
  void moreIssuedThanThereIsIsFound() {
    String id = claimed(3, 3);
    stores.redis(Command.HSET, Keys.state(id), "quantity", "2");
    audit(id)
        .body(
            "findings.what",
            hasItems("issued-above-quantity", "definition-differs", "claims-above-quantity"));
  }

  @Test
  void deadLettersAreReplayedOnce() {
    String id = claimed(5, 2);
    // Refused, and since then what refused it is gone.
    stores.sql(
        "INSERT INTO claim (coupon_id, sequence, user_id, issued_at)"
            + " VALUES (?, 3, 'ghost', UTC_TIMESTAMP(6))",
        id);
    Api.claim(id, "refused").statusCode(201);
    stores.awaitDrained(id);
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND user_id = 'ghost'", id);
    audit(id).body("findings.what", hasItems("dead-letters", "missing-in-mysql", "gap"));
    repair(id).body("steps.what", equalTo(List.of("dead-letters"))).body("after.findings", empty());
    assertThat(stores.claimsInMySql(id)).containsKey("refused");
  }

  @Test
  void aStateThatCameBackFromAnOlderEpochIsReplaced() {
    String id = claimed(5, 3);
    stores.sql("UPDATE coupon SET epoch = epoch + 1 WHERE id = ?", id);
    audit(id).body("findings.what", equalTo(List.of("state-replaced")));
    repair(id).body("after.findings", empty());
    // Two may have been issued by the state that was replaced.
    Api.read(id).body("withheld", equalTo(2)).body("remaining", equalTo(0));
    Api.patch(id, Map.of("onLoss", "REISSUE")).statusCode(200);
    Api.claim(id, "next").statusCode(201).body("sequence", equalTo(6));
  }

  /** What was decided and waits for MySQL is no finding; nor is it taken for compared. */
  @Test
  void whatIsOnItsWayIsNoFinding() throws Exception {
    String id = Api.create(100_000);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> rush =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 0; !over.get() && i < 90_000; i += 10) {
                List<String> users = new ArrayList<>();
                for (int j = i; j < i + 10; j++) {
                  users.add("user-" + j);
                }
                stores.claim(id, users);
                if (i % 1_000 == 0) {
                  // Wakes the drain; a claim that is faster than it is told to ask again.
                  String user = "http-" + i;
                  await().until(() -> Api.claim(id, user).extract().statusCode() != 503);
                }
              }
            });
    try {
      for (int i = 0; i < 8; i++) {
        audit(id).body("findings", empty());
      }
    } finally {
      over.set(true);
    }
    rush.get(20, TimeUnit.SECONDS);
    stores.awaitDrained(id);
    audit(id).body("compared", equalTo(true)).body("findings", empty());
  }

  @Test
  void aLedgerThatNobodyDrainsIsNotCompared() {
    String id = claimed(5, 2);
    try (Stores.Hold hold = stores.holdDrain(id)) {
      Api.claim(id, "waits").statusCode(201);
      audit(id).body("compared", equalTo(false)).body("findings", empty());
    }
    stores.awaitDrained(id);
    audit(id).body("compared", equalTo(true)).body("findings", empty());
  }

  @Test
  void aCouponThatRedisDoesNotHoldIsAuditedInMySqlAlone() {
    String id = claimed(5, 3);
    stores.loseAll(id);
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND sequence = 2", id);
    audit(id).body("checked", equalTo(2)).body("findings.where", equalTo(List.of("2")));
  }

  @Test
  void theLastReportsAreShownPageByPage() {
    String clean = claimed(5, 1);
    String guilty = claimed(5, 2);
    audit(clean);
    stores.redis(Command.HSET, Keys.state(guilty), "issued", "1");
    audit(guilty);

    List<String> all = new ArrayList<>();
    List<String> guiltyOnly = new ArrayList<>();
    String after = "";
    do {
      var page = Api.admin().get(AUDIT + "?limit=50" + after).then().statusCode(200).extract();
      all.addAll(page.path("reports.ledger"));
      guiltyOnly.addAll(
          Api.admin()
              .get(AUDIT + "?findings=true&limit=50" + after)
              .then()
              .extract()
              .path("reports.ledger"));
      String next = page.path("next");
      after = next == null ? null : "&after=" + next;
    } while (after != null);
    assertThat(all).contains(clean, guilty).doesNotHaveDuplicates().isSorted();
    assertThat(guiltyOnly).contains(guilty).doesNotContain(clean);
  }

  @Test
  void theOperatorAloneAuditsAndRepairs() {
    String id = Api.create(1);
    Problems.is(Api.as("alice").get(AUDIT).then(), ProblemType.FORBIDDEN);
    Problems.is(Api.as("alice").get(path(id)).then(), ProblemType.FORBIDDEN);
    Problems.is(Api.as("alice").post(path(id) + "/repair").then(), ProblemType.FORBIDDEN);
    Problems.is(Api.admin().get(path(Api.freshId())).then(), ProblemType.UNKNOWN_COUPON);
    Problems.is(Api.admin().get(path("NONE")).then(), ProblemType.MALFORMED);
    Problems.is(Api.admin().get(AUDIT + "?after=*").then(), ProblemType.MALFORMED);
  }

  /** A coupon with so many units and claims, all in MySQL. */
  /** Was 500 now and then. */
  @Test
  void aRepairNextToARecoveryIsDoneOrTriedAgainLater() {
    String id = Api.create(5);
    Api.claim(id, "alice").statusCode(201);
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Integer> recovery =
          CompletableFuture.supplyAsync(
              () -> Api.admin().post("/api/v1/admin/coupons/" + id + "/recover").statusCode());
      int repaired = Api.admin().post("/api/v1/admin/audit/coupons/" + id + "/repair").statusCode();
      assertThat(repaired).isIn(200, 503);
      assertThat(recovery.join()).isIn(204, 503);
    }
    Api.assertClean("coupons/" + id);
  }

  private static String claimed(int quantity, int claims) {
    String id = Api.create(quantity);
    for (int i = 0; i < claims; i++) {
      Api.claim(id, "user-" + i).statusCode(201);
    }
    stores.awaitDrained(id);
    return id;
  }

  private static ValidatableResponse audit(String id) {
    return Api.admin().get(path(id)).then().statusCode(200);
  }

  private static ValidatableResponse repair(String id) {
    return Api.admin().post(path(id) + "/repair").then().statusCode(200);
  }

  private static String path(String id) {
    return AUDIT + "/coupons/" + id;
  }
}

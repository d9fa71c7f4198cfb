package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ExtractableResponse;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Quotas of groups: a claim counts against the coupon and the group of its user. */
@QuarkusTest
class GroupsOverHttpTest {

  /** North, south, or none. */
  private static final String REGION =
      "user.id.startsWith('n') ? 'north' : user.id.startsWith('s') ? 'south' : 'sea'";

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void eachGroupGetsItsQuotaAndNoMore() {
    String id = grouped(100, Map.of("north", 7, "south", 11, "*", 3));
    List<CompletableFuture<String>> all = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      for (String group : List.of("n", "s", "x")) {
        String user = group + i;
        all.add(
            CompletableFuture.supplyAsync(
                () -> {
                  // Busy machines answer 503 'overloaded': such a client asks again.
                  ExtractableResponse<?> answer =
                      await()
                          .atMost(Stores.SOON)
                          .until(
                              () -> Api.claim(id, user).extract(), any -> any.statusCode() != 503);
                  String type = answer.path("type");
                  return group + (type == null ? "" : type.substring(type.lastIndexOf(':')));
                }));
      }
    }
    Map<String, Integer> answers = new TreeMap<>();
    all.forEach(one -> answers.merge(one.join(), 1, Integer::sum));
    assertThat(answers)
        .isEqualTo(
            Map.of(
                "n",
                7,
                "n:group-sold-out",
                33,
                "s",
                11,
                "s:group-sold-out",
                29,
                "x",
                3,
                "x:group-sold-out",
                37));

    Problems.is(Api.claim(id, "n99"), ProblemType.GROUP_SOLD_OUT);
    Problems.is(Api.put(id, "s99"), ProblemType.GROUP_SOLD_OUT);
    Api.read(id)
        .body("issued", equalTo(21))
        .body("state", equalTo("OPEN"))
        .body("group", equalTo(REGION))
        .body("quotas", equalTo(Map.of("north", 7, "south", 11, "*", 3)))
        .body("issuedByGroup", equalTo(Map.of("north", 7, "south", 11, "*", 3)));
    assertThat(inMySql(id)).isEqualTo(Map.of("north", 7L, "south", 11L, "*", 3L));
    Api.assertClean("coupons/" + id);
  }

  @Test
  void whoHasNoQuotaIsNotEligibleAndTheCouponIsSoldOutForAll() {
    String id = grouped(2, Map.of("north", 1, "south", 5));
    Problems.is(Api.claim(id, "x"), ProblemType.NOT_ELIGIBLE);
    checked(id, "x", "not-eligible");
    checked(id, "n1", "claimable");
    Api.claim(id, "n1").statusCode(201);
    Problems.is(Api.claim(id, "n1"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(1));
    checked(id, "n2", "group-sold-out");
    checked(id, "s1", "claimable");
    Api.admin()
        .get(Api.claim(id, "s1", "/check"))
        .then()
        .body("outcome", equalTo("depends-on-rule"));
    Api.claim(id, "s1").statusCode(201);
    Problems.is(Api.claim(id, "s2"), ProblemType.SOLD_OUT);
  }

  @Test
  void aUnitThatGoesBackGoesBackToItsGroup() {
    String id = grouped(10, Map.of("north", 1, "south", 1));
    Api.claim(id, "n1").statusCode(201);
    Api.claim(id, "s1").statusCode(201);
    Problems.is(Api.claim(id, "n2"), ProblemType.GROUP_SOLD_OUT);
    Api.admin()
        .contentType("application/json")
        .body(Map.of("reason", "a test"))
        .post(Api.claim(id, "n1", "/revoke"))
        .then()
        .statusCode(200);
    Api.read(id).body("issuedByGroup", equalTo(Map.of("north", 0, "south", 1)));
    Problems.is(Api.claim(id, "s2"), ProblemType.GROUP_SOLD_OUT);
    Api.claim(id, "n2").statusCode(201);
    Problems.is(Api.claim(id, "n3"), ProblemType.GROUP_SOLD_OUT);
    stores.awaitDrained(id);
    Api.assertClean("coupons/" + id);
  }

  @Test
  void whatEachGroupHasIsKnownAgainAfterALoss() {
    String id = grouped(10, Map.of("north", 2, "south", 2));
    Api.patch(id, Map.of("acknowledge", "DATABASE")).statusCode(200);
    Api.claim(id, "n1").statusCode(201);
    Api.claim(id, "n2").statusCode(201);
    Api.claim(id, "s1").statusCode(201);
    stores.awaitDrained(id);
    String before = stores.redis(Command.HGET, Keys.claimants(id), "n1").toString();

    stores.redis(Command.DEL, Keys.state(id), Keys.claimants(id));
    Api.read(id).statusCode(200).body("issuedByGroup", equalTo(Map.of("north", 2, "south", 1)));
    assertThat(stores.redis(Command.HGET, Keys.claimants(id), "n1").toString()).isEqualTo(before);
    Problems.is(Api.claim(id, "n3"), ProblemType.GROUP_SOLD_OUT);
    Api.claim(id, "s2").statusCode(201);
    Problems.is(Api.claim(id, "s3"), ProblemType.GROUP_SOLD_OUT);
    stores.awaitDrained(id);
    Api.assertClean("coupons/" + id);
  }

  @Test
  void aCountThatIsWrongIsFoundAndRepaired() {
    String id = grouped(10, Map.of("north", 3, "south", 3));
    for (String user : List.of("n1", "n2", "s1")) {
      Api.claim(id, user).statusCode(201);
    }
    stores.awaitDrained(id);
    stores.redis(Command.HSET, Keys.state(id), "g:north", "1");
    audit(id).body("counts", equalTo(Map.of("group-differs", 1)));
    repair(id).body("steps.what", equalTo(List.of("group-differs")));
    Api.read(id).body("issuedByGroup", equalTo(Map.of("north", 2, "south", 1)));

    // Of a claim that MySQL, and of one that Redis has lost.
    stores.sql("DELETE FROM claim WHERE coupon_id = ? AND user_id = 'n2'", id);
    stores.redis(Command.HDEL, Keys.claimants(id), "s1");
    stores.redis(Command.HSET, Keys.state(id), "holders", "2", "issued", "2", "g:south", "0");
    repair(id).body("after.findings.size()", equalTo(0));
    Api.read(id).body("issuedByGroup", equalTo(Map.of("north", 2, "south", 1)));
    assertThat(inMySql(id)).isEqualTo(Map.of("north", 2L, "south", 1L));
    Api.assertClean("coupons/" + id);
  }

  @Test
  void whatCannotBeCountedByGroupIsRefusedAndSaysSo() {
    Map<String, Object> quotas = Map.of("north", 1);
    refused(Map.of("group", REGION), "group", "needs 'quotas'");
    refused(Map.of("quotas", quotas), "quotas", "needs 'group'");
    refused(Map.of("group", REGION, "quotas", Map.of()), "group", "needs 'quotas'");
    refused(Map.of("group", REGION, "quotas", Map.of("a b", 1)), "quotas", "must name each group");
    refused(Map.of("group", REGION, "quotas", Map.of("north", -1)), "quotas", "must give each");
    refused(Map.of("group", "1 + 1", "quotas", quotas), "group", "");
    Map<String, Object> many = new HashMap<>();
    for (int i = 0; i < 65; i++) {
      many.put("g" + i, 1);
    }
    refused(Map.of("group", REGION, "quotas", many), "quotas", "at most 64");
    for (Map<String, Object> other :
        List.<Map<String, Object>>of(
            Map.of("shards", 2),
            Map.of("policy", "LOTTERY"),
            Map.of("policy", "QUEUED", "ratePerSecond", 1),
            Map.of("waitlist", 1),
            Map.of("perUserLimit", 2))) {
      Map<String, Object> both = new HashMap<>(other);
      both.put("group", REGION);
      both.put("quotas", quotas);
      refused(both, "group", "cannot be combined with");
    }
    Api.read(Api.create(1)).body("group", nullValue()).body("issuedByGroup", nullValue());
  }

  private static void refused(Map<String, Object> more, String field, String why) {
    Problems.is(Api.post(Api.order(10, more)), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo(field))
        .body("errors[0].message", containsString(why));
  }

  private static String grouped(long quantity, Map<String, Object> quotas) {
    return Api.create(quantity, Map.of("group", REGION, "quotas", quotas));
  }

  private Map<String, Long> inMySql(String id) {
    stores.awaitDrained(id);
    Map<String, Long> counted = new HashMap<>();
    stores
        .sql("SELECT claim_group, COUNT(*) FROM claim WHERE coupon_id = ? GROUP BY claim_group", id)
        .forEach(row -> counted.put(row.getString(0), row.getLong(1)));
    return counted;
  }

  private static void checked(String id, String user, String outcome) {
    Api.as(user)
        .get(Api.claim(id, user, "/check"))
        .then()
        .statusCode(200)
        .body("outcome", equalTo(outcome));
  }

  private static ValidatableResponse audit(String id) {
    return Api.admin().get("/api/v1/admin/audit/coupons/" + id).then().statusCode(200);
  }

  private static ValidatableResponse repair(String id) {
    return Api.admin().post("/api/v1/admin/audit/coupons/" + id + "/repair").then().statusCode(200);
  }
}

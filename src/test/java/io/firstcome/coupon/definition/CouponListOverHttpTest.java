package io.firstcome.coupon.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.model.Shard;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Lists with filters, and clones. */
@QuarkusTest
class CouponListOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void aListHasWhatItsFilterSays() {
    String all = Api.freshId();
    String open = create(all, "open", Map.of());
    String later = create(all, "later", Map.of("opensAt", "2190-01-01T00:00:00Z"));
    String over = create(all, "over", Map.of("closesAt", "2020-01-01T00:00:00Z"));
    String closed = create(all, "closed", Map.of());
    Api.change(closed, "close").statusCode(200);
    String paused = create(all, "paused", Map.of());
    Api.change(paused, "pause").statusCode(200);
    String queued = create(all, "queued", Map.of("policy", "QUEUED", "ratePerSecond", 1));
    String named = create(all, "z", Map.of("name", all + " by its name"));
    for (String id : List.of(closed, paused)) {
      stores.awaitDrained(id);
    }

    assertThat(ids("text=" + all))
        .containsExactlyInAnyOrder(open, later, over, closed, paused, queued, named);
    assertThat(ids("text=" + all + "%20by")).containsExactly(named);
    assertThat(ids("state=OPEN&text=" + all)).containsExactlyInAnyOrder(open, queued, named);
    assertThat(ids("state=NOT_OPEN&text=" + all)).containsExactly(later);
    assertThat(ids("state=PAUSED&text=" + all)).containsExactly(paused);
    assertThat(ids("state=CLOSED&text=" + all)).containsExactlyInAnyOrder(over, closed);
    assertThat(ids("policy=QUEUED&text=" + all)).containsExactly(queued);
    assertThat(ids("opensFrom=2189-01-01T00:00:00Z&text=" + all)).containsExactly(later);
    assertThat(ids("opensBefore=2189-01-01T00:00:00Z&state=NOT_OPEN&text=" + all)).isEmpty();
    // Never longer than asked for, and nothing is left out or comes twice.
    assertThat(ids("limit=2&text=" + all)).hasSize(7).doesNotHaveDuplicates();

    for (String wrong : List.of("state=SOLD_OUT", "policy=X", "opensFrom=2026")) {
      Problems.is(Api.anonymous().get(Api.COUPONS + "?" + wrong).then(), ProblemType.MALFORMED);
    }
  }

  @Test
  void aCloneHasTheDefinitionAndNoUsers() {
    Map<String, Object> more = new HashMap<>();
    more.put("audience", true);
    more.put("eligibility", "user.id != 'x'");
    more.put("eligibilityMessage", "Not you.");
    more.put("group", "user.id");
    more.put("quotas", Map.of("*", 3));
    more.put("release", "KEEP");
    more.put("validUntil", "2190-01-01T00:00:00Z");
    more.put("discount", Map.of("type", "PERCENT", "percent", 10));
    more.put("acknowledge", "DATABASE");
    String id = Api.create(5, more);
    Api.addToAudience(id, "alice").statusCode(200);
    Api.claim(id, "alice").statusCode(201);

    String copy = Api.freshId();
    Map<String, Object> request = Map.of("id", copy, "name", "A copy", "quantity", 7);
    clone(id, request)
        .statusCode(201)
        .header("Location", equalTo(Api.coupon(copy)))
        .body("id", equalTo(copy))
        .body("issued", equalTo(0));
    clone(id, request).statusCode(200);
    Problems.is(clone(id, Map.of("id", copy)), ProblemType.COUPON_EXISTS);

    Map<String, Object> expected = Api.read(id).extract().jsonPath().getMap("$");
    expected.putAll(Map.of("id", copy, "name", "A copy", "quantity", 7, "issued", 0));
    expected.putAll(Map.of("remaining", 7, "issuedByGroup", Map.of("*", 0), "version", 1));
    Map<String, Object> cloned = Api.read(copy).extract().jsonPath().getMap("$");
    expected.remove("serverTime");
    cloned.remove("serverTime");
    assertThat(cloned).isEqualTo(expected);
    Problems.is(Api.claim(copy, "alice"), ProblemType.NOT_ELIGIBLE);
    Api.addToAudience(copy, "alice").statusCode(200);
    Api.claim(copy, "alice").statusCode(201);
  }

  @Test
  void everyPolicyButALotteryIsCloned() {
    for (Map<String, Object> more :
        List.<Map<String, Object>>of(
            Map.of("shards", 2),
            Map.of("policy", "QUEUED", "ratePerSecond", 3, "queueLimit", 4),
            Map.of("waitlist", 2, "acceptWithinSeconds", 60),
            Map.of("perUserLimit", 3),
            Map.of("codes", "GENERATED", "codePrefix", "SAVE", "codeLength", 14),
            Map.of("codes", "SHARED"),
            Map.of("codes", "POOL"))) {
      String id = Api.create(10, more);
      ValidatableResponse copy = clone(id, Map.of()).statusCode(201);
      more.forEach(
          (field, value) -> {
            if (!List.of("codePrefix", "codeLength").contains(field)) {
              copy.body(field, equalTo(value));
            }
          });
    }
    String generated = Api.create(1, Map.of("codes", "GENERATED", "codePrefix", "SAVE"));
    String copy = clone(generated, Map.of()).extract().path("id");
    Api.claim(copy, "alice").statusCode(201).body("code", startsWith("SAVE"));

    String lottery = Api.create(1, Map.of("policy", "LOTTERY"));
    Problems.is(clone(lottery, Map.of()), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("policy"));
    Problems.is(clone(Api.freshId(), Map.of()), ProblemType.UNKNOWN_COUPON);
    Problems.is(clone(lottery, Map.of("name", " ")), ProblemType.MALFORMED);
  }

  @Test
  void anArchivedCouponIsReadByItsIdAndNothingElse() {
    for (Map<String, Object> more : List.<Map<String, Object>>of(Map.of(), Map.of("shards", 2))) {
      String id = Api.create(5, more);
      Map<String, Object> claim = Api.claim(id, "alice").extract().jsonPath().getMap("$");
      Problems.is(Api.change(id, "archive"), ProblemType.NOT_OVER);
      assertThat(ids("text=" + id)).containsExactly(id);
      Api.change(id, "close").statusCode(200);
      List<String> parts =
          more.isEmpty() ? List.of(id) : Shard.all(id, 2).stream().map(Shard::id).toList();
      parts.forEach(stores::awaitDrained);

      await()
          .atMost(Stores.SOON)
          .untilAsserted(
              () -> {
                Api.change(id, "archive").statusCode(200).body("issued", equalTo(1));
                for (String part : parts) {
                  assertThat(stores.redis(Command.EXISTS, Keys.claimants(part)).toInteger())
                      .isZero();
                }
              });

      assertThat(ids("text=" + id)).isEmpty();
      assertThat(ids("archived=true&text=" + id)).containsExactly(id);
      Api.read(id).statusCode(200).body("state", equalTo("CLOSED")).body("issued", equalTo(1));
      Api.ownClaim(id, "alice").statusCode(200).body("$", equalTo(claim));
      Problems.is(Api.claim(id, "bob"), ProblemType.CLOSED);
    }
    Problems.is(Api.change(Api.freshId(), "archive"), ProblemType.UNKNOWN_COUPON);
    Problems.is(
        Api.change(Api.create(1, Map.of("policy", "LOTTERY")), "archive"), ProblemType.NOT_OVER);
  }

  private static ValidatableResponse clone(String id, Map<String, Object> request) {
    return Api.admin()
        .contentType("application/json")
        .body(request)
        .post(Api.coupon(id) + "/clone")
        .then();
  }

  private static String create(String prefix, String suffix, Map<String, Object> more) {
    Map<String, Object> body = new HashMap<>(more);
    if (!body.containsKey("name")) {
      body.put("id", prefix + "-" + suffix);
    }
    return Api.create(3, body);
  }

  /** Of all pages, as a client follows them. */
  private static List<String> ids(String query) {
    List<String> ids = new ArrayList<>();
    String after = "";
    do {
      JsonPath page =
          Api.anonymous()
              .get(Api.COUPONS + "?after=" + after + "&" + query)
              .then()
              .statusCode(200)
              .extract()
              .jsonPath();
      List<String> found = page.getList("coupons.id");
      assertThat(found).hasSizeLessThanOrEqualTo(query.startsWith("limit=2") ? 2 : 50);
      ids.addAll(found);
      after = page.getString("next");
    } while (after != null);
    return ids;
  }
}

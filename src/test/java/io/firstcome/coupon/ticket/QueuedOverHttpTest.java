package io.firstcome.coupon.ticket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.endsWith;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.HandedOut;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.ValidatableResponse;
import io.vertx.redis.client.Command;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The policy QUEUED: units are issued at the door and handed out in order, at a rate. */
@QuarkusTest
class QueuedOverHttpTest {

  @RegisterExtension static final Stores stores = new Stores();

  @TestHTTPResource("/")
  URI service;

  @Test
  void aClaimIsAcceptedWithATicketThatStaysTheSame() {
    String id = queued(10, 1, Map.of("queueLimit", 3));
    hold(id);
    for (int i = 0; i < 3; i++) {
      for (int n = 0; n < 2; n++) {
        Api.claim(id, "u" + i)
            .statusCode(202)
            .header("Location", endsWith("/coupons/" + id + "/tickets/u" + i))
            .body("state", equalTo("QUEUED"))
            .body("number", equalTo(i + 1))
            .body("place", equalTo(i + 1))
            .body("estimatedSeconds", equalTo(i + 1));
      }
      Api.put(id, "u" + i).statusCode(202);
      ticket(id, "u" + i).statusCode(200).body("place", equalTo(i + 1));
      Api.ownClaim(id, "u" + i).body("state", equalTo("QUEUED"));
    }
    Problems.is(Api.claim(id, "u3"), ProblemType.QUEUE_FULL);
    Problems.is(redeem(id, "u0"), ProblemType.NOT_HANDED_OUT);
    Api.read(id)
        .body("policy", equalTo("QUEUED"))
        .body("ratePerSecond", equalTo(1))
        .body("queueLimit", equalTo(3))
        .body("queued", equalTo(3))
        .body("issued", equalTo(3));
    assertAllIsWell(id);

    release(id);

    awaitTicket(id, "u2", "ISSUED");
    Api.ownClaim(id, "u2").body("state", nullValue()).body("sequence", equalTo(3));
    Problems.is(Api.claim(id, "u2"), ProblemType.ALREADY_CLAIMED)
        .body("claim.sequence", equalTo(3));
    redeem(id, "u0").statusCode(201);
    Api.as("u0")
        .get(Api.claim(id, "u0", "/history"))
        .then()
        .body("steps.event", equalTo(List.of("ISSUED", "QUEUED", "HANDED", "REDEEMED")));
    assertAllIsWell(id);
  }

  @Test
  void unitsAreHandedOutInTheOrderOfClaimsAndNotFasterThanTheRate() {
    int units = 60;
    int rate = 20;
    String id = queued(units, rate, Map.of());
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < units + 20; i++) {
      String user = "u" + i;
      all.add(CompletableFuture.supplyAsync(() -> Api.claim(id, user).extract().statusCode()));
    }
    Map<Integer, Integer> statuses = new TreeMap<>();
    all.forEach(one -> statuses.merge(one.join(), 1, Integer::sum));
    assertThat(statuses).isEqualTo(Map.of(202, units, 409, 20));

    await().atMost(Stores.SOON).untilAsserted(() -> Api.read(id).body("queued", equalTo(0)));

    stores.awaitDrained(id);
    List<LocalDateTime> handed = new ArrayList<>();
    stores
        .sql(
            "SELECT state_at FROM claim WHERE coupon_id = ? AND state = 'handed' ORDER BY sequence",
            id)
        .forEach(row -> handed.add(row.getLocalDateTime(0)));
    assertThat(handed).hasSize(units).isSorted();
    for (int i = 0; i + 2 * rate < units; i++) {
      // A second's worth at once, at most, and then at the rate.
      assertThat(Duration.between(handed.get(i), handed.get(i + 2 * rate)))
          .isGreaterThanOrEqualTo(Duration.ofMillis(990));
    }
    assertAllIsWell(id);
  }

  @Test
  void whoLeavesGivesTheUnitToWhoWaits() {
    String id = queued(2, 1, Map.of("waitlist", 5));
    hold(id);
    for (String user : List.of("alice", "bob")) {
      Api.claim(id, user).statusCode(202).body("state", equalTo("QUEUED"));
    }
    Api.claim(id, "carol").statusCode(202).body("state", equalTo("WAITING"));

    for (int i = 0; i < 2; i++) {
      leave(id, "alice").statusCode(204);
    }

    Api.ownClaim(id, "carol").body("sequence", equalTo(3)).body("state", nullValue());
    ticket(id, "alice").body("state", equalTo("ENDED"));
    ticket(id, "bob").body("place", equalTo(1));
    Problems.is(Api.claim(id, "alice"), ProblemType.ALREADY_CLAIMED)
        .body("claim.state", equalTo("REVOKED"));
    release(id);
    awaitTicket(id, "bob", "ISSUED");
    Problems.is(leave(id, "bob"), ProblemType.NO_TICKET);
    assertAllIsWell(id);
  }

  @Test
  void aQueueOutlivesALossOfRedis() {
    String id = queued(50, 1000, Map.of());
    Api.claim(id, "first").statusCode(202);
    awaitTicket(id, "first", "ISSUED");
    hold(id);
    for (int i = 0; i < 10; i++) {
      Api.claim(id, "u" + i).statusCode(202);
    }
    leave(id, "u3").statusCode(204);
    stores.awaitDrained(id);

    stores.loseAll(id);

    Api.read(id).body("queued", equalTo(9)).body("issued", equalTo(10));
    ticket(id, "u9").body("state", equalTo("QUEUED")).body("place", equalTo(9));
    ticket(id, "u3").body("state", equalTo("ENDED"));
    ticket(id, "first").body("state", equalTo("ISSUED"));
    release(id);
    awaitTicket(id, "u9", "ISSUED");
    assertAllIsWell(id);
  }

  /** It wakes up, and the lease is another's, or of another epoch. */
  @Test
  void aWorkerThatSleptPastItsLeaseChangesNothing() {
    String id = queued(50, 10, Map.of());
    hold(id);
    for (int i = 0; i < 10; i++) {
      Api.claim(id, "u" + i).statusCode(202);
    }
    CouponScripts scripts = new CouponScripts(stores.scripts(), Stores.MAX_UNDRAINED);
    Duration ttl = Duration.ofMinutes(1);
    HandedOut held = handOut(scripts, id, "hold", ttl, 0);
    assertThat(held.isHeld()).isTrue();
    // Another has taken over.
    stores.redis(Command.SET, Keys.handOutLease(id), "another");
    String before = Api.read(id).extract().path("queued").toString();
    assertThat(handOut(scripts, id, "hold", ttl, held.epoch()).isHeld()).isFalse();
    // The lease has ended, and nobody has taken over.
    stores.redis(Command.DEL, Keys.handOutLease(id));
    stores.redis(Command.SET, Keys.handOutLease(id), "sleeper");
    assertThat(handOut(scripts, id, "sleeper", ttl, held.epoch() + 1).isHeld()).isFalse();
    assertThat(Api.read(id).extract().path("queued").toString()).isEqualTo(before);
    release(id);
    awaitTicket(id, "u9", "ISSUED");
    assertAllIsWell(id);
  }

  private static HandedOut handOut(
      CouponScripts scripts, String id, String token, Duration ttl, long epoch) {
    return scripts.handOut(id, token, ttl, epoch, 0).await().atMost(Stores.SOON);
  }

  @Test
  void aTicketIsWatched() throws Exception {
    String id = queued(5, 10, Map.of());
    hold(id);
    Api.claim(id, "alice").statusCode(202);
    Stream<String> lines =
        HttpClient.newHttpClient()
            .send(
                Api.request(service.resolve(Api.coupon(id) + "/tickets/alice/live"), "alice")
                    .GET()
                    .build(),
                BodyHandlers.ofLines())
            .body();
    List<String> states = new ArrayList<>();
    try (lines) {
      var data = lines.filter(line -> line.startsWith("data:")).iterator();
      states.add(state(data.next()));
      release(id);
      states.add(state(data.next()));
    }
    assertThat(states).containsExactly("QUEUED", "ISSUED");
  }

  private static String state(String data) {
    return data.replaceAll(".*\"state\":\"(\\w+)\".*", "$1");
  }

  @Test
  void whatCannotBeIsRefused() {
    for (Map<String, Object> wrong :
        List.<Map<String, Object>>of(
            Map.of("policy", "QUEUED"),
            Map.of("policy", "QUEUED", "ratePerSecond", 0),
            Map.of("policy", "QUEUED", "ratePerSecond", 5, "perUserLimit", 2),
            Map.of("policy", "QUEUED", "ratePerSecond", 5, "shards", 2),
            Map.of("ratePerSecond", 5),
            Map.of("queueLimit", 5))) {
      Problems.is(Api.post(Api.order(5, wrong)), ProblemType.MALFORMED);
    }
  }

  private static String queued(int units, int rate, Map<String, Object> more) {
    Map<String, Object> fields = new TreeMap<>(more);
    fields.put("policy", "QUEUED");
    fields.put("ratePerSecond", rate);
    return Api.create(units, fields);
  }

  /** No replica hands out until it is released. */
  private static void hold(String id) {
    stores.redis(Command.SET, Keys.handOutLease(id), "hold");
  }

  private static void release(String id) {
    stores.redis(Command.DEL, Keys.handOutLease(id));
  }

  private static void awaitTicket(String id, String user, String state) {
    await().atMost(Stores.SOON).untilAsserted(() -> ticket(id, user).body("state", equalTo(state)));
  }

  private static ValidatableResponse ticket(String id, String user) {
    return Api.as(user).get(Api.coupon(id) + "/tickets/" + user).then();
  }

  private static ValidatableResponse leave(String id, String user) {
    return Api.as(user).delete(Api.coupon(id) + "/tickets/" + user).then();
  }

  private static ValidatableResponse redeem(String id, String user) {
    return Api.as("shop")
        .header("X-User-Groups", "service")
        .contentType("application/json")
        .body(Map.of("userId", user, "orderReference", "order-" + user))
        .post(Api.coupon(id) + "/redemptions")
        .then();
  }

  private static void assertAllIsWell(String id) {
    stores.awaitDrained(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(stores.claimsInRedis(id));
    Api.assertClean("coupons/" + id);
  }
}

package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.coupon.model.ClaimHolding;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Many ask at once: exactly what is there is given out, each unit once, in order. */
@QuarkusTest
class ConcurrencyOverHttpTest {

  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TestHTTPResource("/")
  URI service;

  @RegisterExtension static final Stores stores = new Stores();

  @RepeatedTest(5)
  void oneIsLeftAndThreeUsersAsk() {
    String id = Api.create(2);
    Api.claim(id, "early").statusCode(201);

    List<HttpResponse<String>> answers = atOnce(posts(id, users(3)));

    assertThat(statuses(answers)).isEqualTo(Map.of(201, 1L, 409, 2L));
    assertThat(issued(answers)).containsOnlyKeys(2L);
    assertRefusedAsSoldOut(answers);
    assertAllIsWell(id, 2, 2);
  }

  @ParameterizedTest
  @CsvSource({"1, 64", "100, 1000"})
  void exactlyWhatIsThereIsGivenOut(int quantity, int users) {
    String id = Api.create(quantity);

    List<HttpResponse<String>> answers = atOnce(posts(id, users(users)));

    assertThat(statuses(answers))
        .isEqualTo(Map.of(201, (long) quantity, 409, (long) users - quantity));
    TreeMap<Long, String> issued = issued(answers);
    assertThat(issued.keySet())
        .containsExactlyElementsOf(LongStream.rangeClosed(1, quantity).boxed().toList());
    assertThat(issued.values()).doesNotHaveDuplicates();
    assertRefusedAsSoldOut(answers);
    assertAllIsWell(id, quantity, quantity);
    assertThat(
            stores.claimsInMySql(id).entrySet().stream()
                .collect(
                    Collectors.toMap(
                        claim -> Long.parseLong(claim.getValue().split(":")[0]),
                        Map.Entry::getKey)))
        .isEqualTo(issued);
  }

  @Test
  void moreUnitsThanUsersGivesEveryUserOne() {
    String id = Api.create(1_000);
    List<HttpResponse<String>> answers = atOnce(posts(id, users(300)));
    assertThat(statuses(answers)).isEqualTo(Map.of(201, 300L));
    assertAllIsWell(id, 1_000, 300);
  }

  @RepeatedTest(5)
  void theSameUserFiveTimesAtOnceGetsOneAndIsToldOfItFourTimes() {
    String id = Api.create(100);

    List<HttpResponse<String>> answers = atOnce(posts(id, Collections.nCopies(5, "alice")));

    assertThat(statuses(answers)).isEqualTo(Map.of(201, 1L, 409, 4L));
    assertThat(claims(answers, "claim")).hasSize(5).containsOnly(claims(answers, "claim").get(0));
    assertAllIsWell(id, 100, 1);
  }

  @RepeatedTest(5)
  void theSameByPutIsOne201AndFour200() {
    String id = Api.create(100);
    List<HttpRequest> puts =
        Collections.nCopies(
            5, request(Api.claim(id, "alice", ""), "alice").PUT(BodyPublishers.noBody()).build());

    List<HttpResponse<String>> answers = atOnce(puts);

    assertThat(statuses(answers)).isEqualTo(Map.of(201, 1L, 200, 4L));
    assertThat(claims(answers, "$")).hasSize(5).containsOnly(claims(answers, "$").get(0));
    assertAllIsWell(id, 100, 1);
  }

  @Test
  void everyUserAsksFiveTimesAmongAllOthersAndGetsOneClaim() {
    String id = Api.create(30);
    List<String> callers = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      callers.addAll(users(60));
    }
    Collections.shuffle(callers);

    List<HttpResponse<String>> answers = atOnce(posts(id, callers));

    assertThat(statuses(answers)).isEqualTo(Map.of(201, 30L, 409, 270L));
    assertAllIsWell(id, 30, 30);
    TreeMap<String, String> held = stores.claimsInRedis(id);
    for (HttpResponse<String> answer : answers) {
      if (answer.statusCode() == 409 && answer.body().contains("already-claimed")) {
        Map<String, Object> claim = JsonPath.from(answer.body()).getMap("claim");
        assertThat(held).containsEntry(claim.get("userId").toString(), Stores.holding(claim));
      }
    }
  }

  /** Every claim is sent twice, and batches have several users. */
  @RepeatedTest(3)
  void severalUnitsEachAreExactlyWhatIsThere() {
    String id = Api.create(100, Map.of("perUserLimit", 3));
    List<HttpRequest> requests = new ArrayList<>();
    for (String user : users(60)) {
      for (int units : List.of(3, 2, 3, 1)) {
        requests.add(
            request(Api.claims(id) + "?units=" + units, user)
                .POST(BodyPublishers.noBody())
                .build());
      }
    }
    Collections.shuffle(requests);

    List<HttpResponse<String>> answers = atOnce(requests);

    assertThat(statuses(answers).keySet()).containsExactlyInAnyOrder(201, 409);
    stores.awaitDrained(id);
    TreeMap<String, String> redis = stores.claimsInRedis(id);
    assertThat(stores.claimsInMySql(id)).isEqualTo(redis);
    List<List<ClaimHolding.Unit>> held =
        redis.values().stream().map(text -> ClaimHolding.of(text).units()).toList();
    assertThat(held).allMatch(units -> units.size() <= 3);
    assertThat(held.stream().flatMap(List::stream).map(ClaimHolding.Unit::sequence))
        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 100).boxed().toList());
    Api.read(id).body("issued", equalTo(100)).body("state", equalTo("SOLD_OUT"));
    Api.assertClean("coupons/" + id);
  }

  @Test
  void theSameOrderEightTimesAtOnceCreatesOneCoupon() {
    String id = Api.freshId();
    HttpRequest order =
        request(Api.COUPONS, "operator")
            .header("X-User-Groups", "admin")
            .header("Content-Type", "application/json")
            .POST(
                BodyPublishers.ofString("{\"id\":\"" + id + "\",\"name\":\"Once\",\"quantity\":5}"))
            .build();

    List<HttpResponse<String>> answers = atOnce(Collections.nCopies(8, order));

    assertThat(statuses(answers)).isEqualTo(Map.of(201, 1L, 200, 7L));
    Api.claim(id, "alice").statusCode(201);
  }

  /** A sale goes on while the operator changes the coupon, and the limit that holds is kept. */
  @Test
  void changesInMidSaleLoseNothing() {
    String id = Api.create(50);
    List<CompletableFuture<HttpResponse<String>>> running =
        posts(id, users(400)).stream().map(this::send).toList();
    Api.patch(id, Map.of("quantity", 80)).statusCode(200);
    Api.change(id, "pause").statusCode(200);
    Api.change(id, "resume").statusCode(200);
    List<HttpResponse<String>> answers = running.stream().map(this::join).toList();

    assertThat(statuses(answers).keySet()).isSubsetOf(201, 409, 503);
    // Who asks for an added unit before MySQL knows of it is to ask again.
    assertThat(answers)
        .filteredOn(answer -> answer.statusCode() == 503)
        .allSatisfy(answer -> assertThat(answer.body()).contains("ledger-behind"));
    int issued = issued(answers).size();
    assertThat(issued).isBetween(1, 80);
    assertAllIsWell(id, 80, issued);
  }

  private List<HttpRequest> posts(String couponId, List<String> users) {
    return users.stream()
        .map(user -> request(Api.claims(couponId), user).POST(BodyPublishers.noBody()).build())
        .toList();
  }

  private HttpRequest.Builder request(String path, String user) {
    return Api.request(service.resolve(path), user).timeout(Duration.ofSeconds(60));
  }

  private List<HttpResponse<String>> atOnce(List<HttpRequest> requests) {
    return requests.stream().map(this::send).toList().stream().map(this::join).toList();
  }

  private CompletableFuture<HttpResponse<String>> send(HttpRequest request) {
    return CLIENT.sendAsync(request, BodyHandlers.ofString());
  }

  private <T> T join(CompletableFuture<T> future) {
    return future.orTimeout(60, TimeUnit.SECONDS).join();
  }

  private static List<String> users(int count) {
    return IntStream.rangeClosed(1, count).mapToObj(i -> "user" + i).toList();
  }

  private static Map<Integer, Long> statuses(List<HttpResponse<String>> answers) {
    return answers.stream()
        .collect(Collectors.groupingBy(HttpResponse::statusCode, Collectors.counting()));
  }

  /** Sequence to user of every 201. */
  private static TreeMap<Long, String> issued(List<HttpResponse<String>> answers) {
    TreeMap<Long, String> issued = new TreeMap<>();
    for (HttpResponse<String> answer : answers) {
      if (answer.statusCode() == 201) {
        JsonPath claim = JsonPath.from(answer.body());
        assertThat(issued.put(claim.getLong("sequence"), claim.getString("userId"))).isNull();
      }
    }
    return issued;
  }

  private static List<Map<String, Object>> claims(
      List<HttpResponse<String>> answers, String pathOfLater) {
    return answers.stream()
        .map(
            answer ->
                JsonPath.from(answer.body())
                    .<String, Object>getMap(answer.statusCode() == 201 ? "$" : pathOfLater))
        .toList();
  }

  private static void assertRefusedAsSoldOut(List<HttpResponse<String>> answers) {
    assertThat(answers)
        .filteredOn(answer -> answer.statusCode() == 409)
        .allMatch(answer -> answer.body().contains("urn:firstcome:problem:sold-out"));
  }

  /** No over-issue, no gap, no duplicate; Redis equal to MySQL. */
  private void assertAllIsWell(String id, int quantity, int issued) {
    stores.awaitDrained(id);
    TreeMap<String, String> redis = stores.claimsInRedis(id);
    assertThat(redis).hasSize(issued);
    assertThat(issued).isLessThanOrEqualTo(quantity);
    assertThat(stores.claimsInMySql(id)).isEqualTo(redis);
    assertThat(redis.values().stream().map(holding -> Long.parseLong(holding.split(":")[0])))
        .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, issued).boxed().toList());
    Api.read(id)
        .body("quantity", equalTo(quantity))
        .body("issued", equalTo(issued))
        .body("remaining", equalTo(quantity - issued));
  }
}

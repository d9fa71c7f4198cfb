package io.firstcome.coupon.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasSize;
import static org.hamcrest.Matchers.notNullValue;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Series: coupons that are made again and again by a template. */
@QuarkusTest
class SeriesOverHttpTest {

  private static final String SERIES = "/api/v1/series";

  @RegisterExtension static final Stores stores = new Stores();

  @Test
  void theDropsOfAWeekAreMadeAheadAndOnce() {
    LocalDate today = LocalDate.now(ZoneOffset.UTC);
    Map<String, Object> order =
        order(Map.of("zone", "UTC", "time", "23:59", "from", today.toString()));
    String id = order.get("id").toString();

    List<Integer> statuses =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> post(order).extract().statusCode()))
            .toList()
            .stream()
            .map(CompletableFuture::join)
            .sorted()
            .toList();

    assertThat(statuses).isEqualTo(List.of(200, 200, 200, 201));
    await().atMost(Stores.SOON).untilAsserted(() -> read(id).body("drops", hasSize(7)));
    List<String> drops = read(id).extract().path("drops.couponId");
    assertThat(drops)
        .isEqualTo(
            IntStream.rangeClosed(1, 7).mapToObj(i -> id + "-" + today.plusDays(7 - i)).toList());
    Api.read(id + "-" + today.plusDays(3))
        .statusCode(200)
        .body("name", equalTo("A drop"))
        .body("quantity", equalTo(3))
        .body("opensAt", equalTo(today.plusDays(3) + "T23:59:00Z"))
        .body("closesAt", equalTo(today.plusDays(4) + "T23:59:00Z"));
    assertThat(stores.sql("SELECT 1 FROM coupon WHERE id LIKE ?", id + "-%").size()).isEqualTo(7);
    Map<String, Object> other = new HashMap<>(order);
    other.put("name", "Another");
    Problems.is(post(other), ProblemType.SERIES_EXISTS);
    Api.anonymous().get(SERIES + "?limit=100").then().body("series.id", hasItem(id));
    JsonPath page = Api.anonymous().get(SERIES + "/" + id + "?limit=2").jsonPath();
    assertThat(page.getList("drops.couponId")).isEqualTo(drops.subList(0, 2));
    Api.anonymous()
        .get(SERIES + "/" + id + "?limit=2&before=" + page.getString("before"))
        .then()
        .body("drops.couponId", equalTo(drops.subList(2, 4)));
  }

  @Test
  void claimsGoToTheDropThatIsOpen() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MINUTES);
    String id =
        create(
            Map.of(
                "zone",
                "UTC",
                "instants",
                List.of(
                    now.minusSeconds(7_200).toString(),
                    now.minusSeconds(60).toString(),
                    now.plusSeconds(3_600).toString())));
    await().atMost(Stores.SOON).untilAsserted(() -> read(id).body("drops", hasSize(2)));
    String current =
        read(id).body("next.state", equalTo("MADE")).extract().path("current.couponId");

    claim(id, "alice")
        .statusCode(201)
        .body("couponId", equalTo(current))
        .body("sequence", equalTo(1));
    Problems.is(claim(id, "alice"), ProblemType.ALREADY_CLAIMED);
    claim(id, "bob").statusCode(201);
    claim(id, "carol").statusCode(201);
    Problems.is(claim(id, "dave"), ProblemType.SOLD_OUT);
    Api.read(current).body("issued", equalTo(3));
  }

  @Test
  void beforeTheFirstDropClaimsAreToldWhenItOpens() {
    Instant opens = Instant.now().plusSeconds(3_600).truncatedTo(ChronoUnit.MINUTES);
    String id = create(Map.of("zone", "UTC", "instants", List.of(opens.toString())));
    await().atMost(Stores.SOON).untilAsserted(() -> read(id).body("next.state", equalTo("MADE")));

    Problems.is(claim(id, "alice"), ProblemType.NOT_OPEN)
        .body("opensAt", equalTo(opens.toString()));
  }

  @Test
  void aSeriesWithoutADropThatIsMadeHasNothingToClaim() {
    Instant opens = Instant.now().plusSeconds(100L * 86_400).truncatedTo(ChronoUnit.MINUTES);
    String id = create(Map.of("zone", "UTC", "instants", List.of(opens.toString())));

    read(id)
        .body("next.opensAt", equalTo(opens.toString()))
        .body("next.state", equalTo("PLANNED"))
        .body("current", nullValue())
        .body("drops", hasSize(0));
    Problems.is(claim(id, "alice"), ProblemType.NO_DROP);
    Problems.is(claim("s-" + UUID.randomUUID(), "alice"), ProblemType.UNKNOWN_SERIES);
  }

  @Test
  void aStoppedSeriesMakesNoMoreDrops() {
    LocalDate later = LocalDate.now(ZoneOffset.UTC).plusDays(30);
    String id = create(Map.of("zone", "UTC", "time", "10:00", "from", later.toString()));
    read(id).body("next", notNullValue());

    Api.admin()
        .post(SERIES + "/" + id + "/stop")
        .then()
        .statusCode(200)
        .body("stopped", equalTo(true))
        .body("next", nullValue());
  }

  @Test
  void aDropWhoseIdIsTakenIsRefusedAndTheOthersAreMade() {
    Instant first = Instant.now().plusSeconds(3_600).truncatedTo(ChronoUnit.MINUTES);
    Instant second = first.plusSeconds(60);
    Map<String, Object> order =
        order(Map.of("zone", "UTC", "instants", List.of(first.toString(), second.toString())));
    String id = order.get("id").toString();
    String taken = id + "-" + first.toString().substring(0, 16).replace("T", "-").replace(":", "");
    Api.create(1, Map.of("id", taken));

    post(order).statusCode(201);

    await().atMost(Stores.SOON).untilAsserted(() -> read(id).body("drops", hasSize(2)));
    read(id)
        .body("drops[1].couponId", equalTo(taken))
        .body("drops[1].state", equalTo("REFUSED"))
        .body("drops[0].state", equalTo("MADE"));
    Api.read(taken).body("quantity", equalTo(1));
  }

  @Test
  void aDropMayBeALottery() {
    Instant now = Instant.now().truncatedTo(ChronoUnit.MINUTES);
    Map<String, Object> order =
        order(Map.of("zone", "UTC", "instants", List.of(now.minusSeconds(60).toString())));
    order.put("template", Map.of("name", "A lottery", "quantity", 3, "policy", "LOTTERY"));
    post(order).statusCode(201);
    String id = order.get("id").toString();
    await().atMost(Stores.SOON).untilAsserted(() -> read(id).body("drops", hasSize(1)));

    claim(id, "alice").statusCode(202).body("number", equalTo(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"zone\":\"Middle/Earth\",\"time\":\"10:00\",\"from\":\"2026-07-01\"} | schedule.zone",
        "{\"zone\":\"UTC\",\"time\":\"25:00\",\"from\":\"2026-07-01\"} | schedule.time",
        "{\"zone\":\"UTC\",\"time\":\"10:00\"} | schedule.from",
        "{\"zone\":\"UTC\",\"time\":\"10:00\",\"from\":\"2026-07-01\",\"days\":[]} | schedule.days",
        "{\"zone\":\"UTC\",\"instants\":[null]} | schedule.instants",
        "{\"time\":\"10:00\",\"from\":\"2026-07-01\"} | schedule.zone",
        "{\"zone\":\"UTC\",\"time\":\"10:00\",\"from\":\"2026-07-01\",\"openSeconds\":0} |"
            + " schedule.openSeconds"
      })
  void aScheduleThatCannotBeComputedIsRefused(String schedule, String field) {
    String body =
        "{\"id\":\"s-%s\",\"name\":\"x\",\"template\":{\"name\":\"x\",\"quantity\":1},\"schedule\":%s}"
            .formatted(UUID.randomUUID().toString().substring(0, 8), schedule);
    ValidatableResponse refused =
        Api.admin().contentType("application/json").body(body).post(SERIES).then();
    Problems.is(refused, ProblemType.MALFORMED);
    assertThat(refused.extract().asString()).contains(field);
  }

  @Test
  void aTemplateThatIsNoCouponIsRefused() {
    for (Map<String, Object> template :
        List.<Map<String, Object>>of(
            Map.of("name", "x"),
            Map.of("name", "x", "quantity", 0),
            Map.of("name", "x", "quantity", 1, "id", "y"),
            Map.of("name", "x", "quantity", 1, "opensAt", "2026-07-01T10:00:00Z"),
            Map.of("name", "x", "quantity", 1, "eligibility", "user."),
            Map.of("name", "x", "quantity", 1, "shards", 2))) {
      Map<String, Object> order =
          order(Map.of("zone", "UTC", "time", "10:00", "from", "2026-07-01"));
      order.put("template", template);
      Problems.is(post(order), ProblemType.MALFORMED);
    }
  }

  private static String create(Map<String, Object> schedule) {
    Map<String, Object> order = order(schedule);
    post(order).statusCode(201);
    return order.get("id").toString();
  }

  private static Map<String, Object> order(Map<String, Object> schedule) {
    Map<String, Object> order = new HashMap<>();
    order.put("id", "s-" + UUID.randomUUID().toString().substring(0, 13));
    order.put("name", "A series");
    order.put("template", Map.of("name", "A drop", "quantity", 3));
    order.put("schedule", schedule);
    return order;
  }

  private static ValidatableResponse post(Map<String, Object> order) {
    return Api.admin().contentType("application/json").body(order).post(SERIES).then();
  }

  private static ValidatableResponse read(String id) {
    return Api.anonymous().get(SERIES + "/" + id).then().statusCode(200);
  }

  private static ValidatableResponse claim(String id, String user) {
    return Api.as(user).post(SERIES + "/" + id + "/claims").then();
  }
}

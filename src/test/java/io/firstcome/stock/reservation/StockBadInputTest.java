package io.firstcome.stock.reservation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.contains;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.http.identity.Gateway;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.RestAssured;
import io.restassured.response.ValidatableResponse;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a request is told, field by field, and nothing is done. */
@QuarkusTest
class StockBadInputTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-1",
        "101",
        "9007199254740993",
        "9223372036854775807",
        "null",
        "1.5",
        "\"1\"",
        "true",
        "9223372036854775808"
      })
  void aQuantityIsAWholeNumberWithinItsLimits(String quantity) {
    String sale = SaleApi.sale(10);
    Problems.is(
            SaleApi.reserve(
                sale,
                "alice",
                "k",
                "{\"items\":[{\"itemId\":\"a\",\"quantity\":%s}]}".formatted(quantity)),
            ProblemType.MALFORMED)
        .body("errors.field", contains("items[0].quantity"));
    assertThat(SaleApi.numbers(sale, "a")).isEqualTo("10 10 0 0");
  }

  /** Where many items are unknown at once, some are refused, and were never looked up. */
  @Test
  void lookUpsThatWereRefusedUsedUpTheRoomOfAllOthers() {
    String sale = SaleApi.sale(1);
    HttpClient client = HttpClient.newHttpClient();
    for (int round = 0; round < 20; round++) {
      List<CompletableFuture<?>> asked = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        String prefix = round + "-" + i + "-";
        String lines =
            IntStream.range(0, 50)
                .mapToObj(item -> "{\"itemId\":\"" + prefix + item + "\",\"quantity\":1}")
                .collect(Collectors.joining(","));
        HttpRequest.Builder request =
            HttpRequest.newBuilder(
                    URI.create("http://localhost:" + RestAssured.port + SaleApi.reservations(sale)))
                .headers("X-User-Id", "alice", "Idempotency-Key", "k")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"items\":[" + lines + "]}"));
        Gateway.headers().forEach(request::header);
        asked.add(client.sendAsync(request.build(), BodyHandlers.discarding()));
      }
      asked.forEach(CompletableFuture::join);
    }

    SaleApi.item(sale, "new", 1);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                SaleApi.reserve(sale, "alice", "k", SaleApi.body(Map.of("new", 1L)))
                    .statusCode(201));
  }

  @Test
  void theSumOfOneItemHasTheSameLimit() {
    String sale = SaleApi.sale(10);
    Map<String, Object> some = Map.of("itemId", "a", "quantity", 60);
    Problems.is(
            SaleApi.reserve(sale, "alice", "k", Map.of("items", List.of(some, some))),
            ProblemType.MALFORMED)
        .body("errors.field", contains("items[1].quantity"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "{}; items",
        "{\"items\":[]}; items",
        "{\"items\":null}; items",
        "{\"items\":[null]}; items[0]",
        "{\"items\":[{\"quantity\":1}]}; items[0].itemId",
        "{\"items\":[{\"itemId\":\"A\",\"quantity\":1}]}; items[0].itemId",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}],\"ttlSeconds\":0}; ttlSeconds",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}],\"ttlSeconds\":3601}; ttlSeconds",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}],\"mode\":\"SOME\"}; mode",
        "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}],\"colour\":\"red\"}; colour"
      })
  void everyFieldHasItsRule(String body, String field) {
    String sale = SaleApi.sale(10);
    Problems.is(SaleApi.reserve(sale, "alice", "k", body), ProblemType.MALFORMED)
        .body("errors.field", contains(field));
  }

  @Test
  void aThousandAndOneLinesAreTooMany() {
    String sale = SaleApi.sale(10);
    assertThat(lines(sale, 1_001, "a")).isEqualTo("items");
    List<Map<String, Object>> lines = new ArrayList<>();
    for (int i = 0; i < 51; i++) {
      lines.add(Map.of("itemId", "item-" + i, "quantity", 1));
    }
    Problems.is(SaleApi.reserve(sale, "alice", "k", Map.of("items", lines)), ProblemType.MALFORMED)
        .body("errors.field", contains("items"));
  }

  private static String lines(String sale, int count, String item) {
    List<Map<String, Object>> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      lines.add(Map.of("itemId", item, "quantity", 1));
    }
    return Problems.is(
            SaleApi.reserve(sale, "alice", "k", Map.of("items", lines)), ProblemType.MALFORMED)
        .extract()
        .path("errors[0].field");
  }

  /** A sale and an item have a name: it cannot be patched away. */
  @Test
  void aNameThatIsPatchedToNullIsNamed() {
    String sale = SaleApi.sale(10);
    for (String path : List.of(SaleApi.SALES + "/" + sale, SaleApi.items(sale) + "/a")) {
      Problems.is(SaleApi.admin().body("{\"name\":null}").patch(path).then(), ProblemType.MALFORMED)
          .body("errors.field", contains("name"));
    }
  }

  @Test
  void aKeyIsNeeded() {
    String sale = SaleApi.sale(10);
    Map<String, Object> body = SaleApi.body(Map.of("a", 1L));
    wrongKey(SaleApi.as("alice").body(body).post(SaleApi.reservations(sale)).then());
    for (String key : List.of("", "x".repeat(65), "with space", "ü")) {
      wrongKey(SaleApi.reserve(sale, "alice", key, body));
      wrongKey(SaleApi.restock(sale, "a", key, 1, "why"));
    }
    SaleApi.reserve(sale, "alice", "x".repeat(64), body).statusCode(201);
  }

  private static void wrongKey(ValidatableResponse response) {
    Problems.is(response, ProblemType.MALFORMED).body("errors.field", contains("Idempotency-Key"));
  }

  @Test
  void whatIsNotThereIsTold() {
    String sale = SaleApi.sale(10);
    Problems.is(
            SaleApi.reserve(sale, "alice", "k", SaleApi.body(Map.of("a", 1L, "nothing", 1L))),
            ProblemType.UNKNOWN_ITEM)
        .body("itemId", equalTo("nothing"));
    Problems.is(SaleApi.reserve(SaleApi.freshId(), "alice", "k", 1), ProblemType.UNKNOWN_SALE);
    Problems.is(SaleApi.restock(sale, "nothing", "k", 1, "why"), ProblemType.UNKNOWN_ITEM);
    Problems.is(
        SaleApi.restock(SaleApi.freshId(), "nothing", "k", 1, "why"), ProblemType.UNKNOWN_SALE);
    Problems.is(SaleApi.reserve("Not-an-id", "alice", "k", 1), ProblemType.MALFORMED);
    // It is known as soon as it is there.
    SaleApi.item(sale, "nothing", 1);
    SaleApi.reserve(sale, "alice", "k", SaleApi.body(Map.of("nothing", 1L))).statusCode(201);
  }

  @Test
  void nobodyReservesWithoutSayingWho() {
    String sale = SaleApi.sale(10);
    Problems.is(
        SaleApi.anonymous()
            .header("Idempotency-Key", "k")
            .body(SaleApi.body(Map.of("a", 1L)))
            .post(SaleApi.reservations(sale))
            .then(),
        ProblemType.UNAUTHENTICATED);
  }

  @ParameterizedTest
  @CsvSource({"0", "-1", "1000000001", "9007199254740993", "null", "1.5"})
  void anItemHasAtLeastOneUnitAndNotTooMany(String quantity) {
    String sale = SaleApi.sale();
    Problems.is(
            SaleApi.admin()
                .body("{\"id\":\"a\",\"name\":\"A\",\"quantity\":%s}".formatted(quantity))
                .post(SaleApi.items(sale))
                .then(),
            ProblemType.MALFORMED)
        .body("errors.field", contains("quantity"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1000000000001", "9223372036854775808", "1.5", "\"5\""})
  void aPriceIsAWholeNumberWithinItsLimits(String price) {
    String sale = SaleApi.freshId();
    SaleApi.admin()
        .body(Map.of("id", sale, "name", "A sale", "currency", "JPY"))
        .post(SaleApi.SALES)
        .then()
        .statusCode(201);
    Problems.is(
            SaleApi.admin()
                .body("{\"id\":\"a\",\"name\":\"A\",\"quantity\":1,\"price\":%s}".formatted(price))
                .post(SaleApi.items(sale))
                .then(),
            ProblemType.MALFORMED)
        .body("errors.field", contains("price"));
    SaleApi.item(sale, "a", 1);
    Problems.is(
            SaleApi.admin()
                .body("{\"price\":%s}".formatted(price))
                .patch(SaleApi.items(sale) + "/a")
                .then(),
            ProblemType.MALFORMED)
        .body("errors.field", contains("price"));
    SaleApi.item(sale, "a").body("price", nullValue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"XYZ", "eur", "EURO", "", "E1R"})
  void aCurrencyIsOneOfIso4217(String currency) {
    Problems.is(
            SaleApi.admin()
                .body(Map.of("name", "A sale", "currency", currency))
                .post(SaleApi.SALES)
                .then(),
            ProblemType.MALFORMED)
        .body("errors.field", contains("currency"));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1_000_000_001, 1_000_000_001})
  void aRestockChangesSomethingAndNotTooMuch(long quantity) {
    String sale = SaleApi.sale(10);
    Problems.is(SaleApi.restock(sale, "a", "k", quantity, "why"), ProblemType.MALFORMED)
        .body("errors.field", contains("quantity"));
    Problems.is(SaleApi.restock(sale, "a", "k", 1, " "), ProblemType.MALFORMED)
        .body("errors.field", contains("reason"));
  }
}

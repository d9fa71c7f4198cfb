package io.firstcome.coupon.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.startsWith;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.ValidatableResponse;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pools of codes: uploaded as a stream, handed out in order. */
@QuarkusTest
class PoolOverHttpTest {

  private static final String NDJSON = "application/x-ndjson";
  private static final String CSV = "text/csv";

  @RegisterExtension static final Stores stores = new Stores();

  @TestHTTPResource("/")
  URI service;

  @Test
  void codesAreHandedOutInTheOrderOfTheirUpload() {
    String id = pool(10);
    upload(id, NDJSON, "\"CODE-1\"\n{\"code\":\"code-2\",\"note\":\"x\"}\r\n\n")
        .statusCode(200)
        .body("lines", equalTo(3))
        .body("added", equalTo(2))
        .body("size", equalTo(2));
    upload(id, CSV, "code\n\"CODE-\"\"3\"\n  CODE-4")
        .statusCode(200)
        .body("added", equalTo(2))
        .body("size", equalTo(4));

    for (int i = 1; i <= 4; i++) {
      String code = List.of("CODE-1", "code-2", "CODE-\"3", "CODE-4").get(i - 1);
      Api.claim(id, "user-" + i).statusCode(201).body("code", equalTo(code));
      Api.ownClaim(id, "user-" + i).body("code", equalTo(code));
    }
    read(id).body("size", equalTo(4)).body("left", equalTo(0));
    Api.as("user-3")
        .get("/api/v1/me/coupons")
        .then()
        .body("units.findAll { it.couponId == '" + id + "' }.code", equalTo(List.of("CODE-\"3")));
  }

  /** Who is issued a unit has a code: nobody is told to have one that is yet to be uploaded. */
  @Test
  void noUnitIsIssuedBeyondThePoolUntilItGrows() {
    String id = pool(10);
    Problems.is(Api.claim(id, "early"), ProblemType.SOLD_OUT)
        .body("detail", containsString("Every code"));
    Api.as("early")
        .get(Api.claim(id, "early", "/check"))
        .then()
        .body("outcome", equalTo("sold-out"));
    upload(id, NDJSON, "\"ONE-CODE\"").statusCode(200);
    Api.claim(id, "alice").statusCode(201).body("code", equalTo("ONE-CODE"));
    for (int i = 0; i < 3; i++) {
      Problems.is(Api.claim(id, "bob"), ProblemType.SOLD_OUT);
    }
    stores.awaitDrained(id);
    Problems.is(Api.claim(id, "bob"), ProblemType.SOLD_OUT);

    upload(id, NDJSON, "\"TWO-CODE\"").statusCode(200);

    Api.claim(id, "bob").statusCode(201).body("code", equalTo("TWO-CODE"));
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(Api.metric("firstcome_coupon_codes_left", "coupon=\"" + id + "\""))
                    .isZero());
    upload(id, NDJSON, "\"THREE-CODE\"\n\"FOUR-CODE\"").statusCode(200);
    await()
        .atMost(Stores.SOON)
        .untilAsserted(
            () ->
                assertThat(Api.metric("firstcome_coupon_codes_left", "coupon=\"" + id + "\""))
                    .isEqualTo(2));
    Api.read(id).body("issued", equalTo(2));
    stores.awaitDrained(id);
    Api.assertClean("coupons/" + id);
  }

  @Test
  void aPoolOutlivesALossOfRedis() {
    String id = pool(3);
    upload(id, CSV, "A-CODE\nB-CODE\nC-CODE\nD-CODE\n").statusCode(200);
    Api.claim(id, "alice").statusCode(201).body("code", equalTo("A-CODE"));
    stores.awaitDrained(id);

    stores.loseAll(id);

    await()
        .atMost(Stores.SOON)
        .untilAsserted(() -> Api.ownClaim(id, "alice").body("code", equalTo("A-CODE")));
    // Two and three may have been told to somebody: their codes are not given to others.
    read(id).body("left", equalTo(1));
  }

  @Test
  void aUnitIsRedeemedByItsCodeAsItWasUploaded() {
    String id = pool(10);
    upload(id, NDJSON, "\"aB-cd\"\n\"AB-CD\"\n").body("added", equalTo(2));
    Api.claim(id, "alice").body("code", equalTo("aB-cd"));

    Problems.is(redeem(id, "AB-CD"), ProblemType.UNKNOWN_CODE);
    Problems.is(redeem(id, "abcd"), ProblemType.UNKNOWN_CODE);
    redeem(id, "aB-cd").statusCode(201).body("userId", equalTo("alice"));
  }

  @Test
  void theSameUploadAgainAddsNothing() {
    String id = pool(10);
    String codes = lines(0, 2_500);
    upload(id, NDJSON, codes).body("added", equalTo(2_500)).body("repeated", equalTo(0));

    upload(id, NDJSON, codes + codes + "\"ANOTHER\"")
        .statusCode(200)
        .body("added", equalTo(1))
        .body("repeated", equalTo(5_000))
        .body("size", equalTo(2_501));
    assertThat(sequences(id)).isEqualTo("1 2501 2501");
  }

  @Test
  void twoUploadsAtOnceAddEachCodeOnce() {
    String id = pool(10);
    List<CompletableFuture<Integer>> uploads =
        IntStream.range(0, 3)
            .mapToObj(
                i ->
                    CompletableFuture.supplyAsync(
                        () -> upload(id, NDJSON, lines(500 * i, 2_000)).extract().statusCode()))
            .toList();

    assertThat(uploads.stream().map(CompletableFuture::join)).containsOnly(200);
    assertThat(sequences(id)).isEqualTo("1 3000 3000");
  }

  /** Of unknown length, larger than any other body may be, and in pieces that split lines. */
  @Test
  void aPoolIsAStreamOfAnyLength() throws Exception {
    String id = pool(1_000);
    int lines = 100_000;
    List<InputStream> parts =
        IntStream.range(0, lines / 1_000)
            .<InputStream>mapToObj(
                i ->
                    new ByteArrayInputStream(
                        lines(i * 1_000, 1_000).getBytes(StandardCharsets.US_ASCII)))
            .toList();
    HttpRequest.Builder request =
        Api.request(service.resolve(Api.coupon(id) + "/codes"), "operator")
            .header("X-User-Groups", "operator")
            .header("Content-Type", NDJSON)
            .POST(
                BodyPublishers.ofInputStream(
                    () -> new SequenceInputStream(Collections.enumeration(parts))));

    HttpResponse<String> answer =
        HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(JsonPath.from(answer.body()).getLong("added")).isEqualTo(lines);
    assertThat(sequences(id)).isEqualTo("1 100000 100000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "application/x-ndjson | 17          | must be a string",
        "application/x-ndjson | {'a':1}     | must be a string",
        "application/x-ndjson | 'abc        | must be a string",
        "application/x-ndjson | 'abc'       | must be 4 to 64 characters",
        "application/x-ndjson | 'ab cd'     | must be visible ASCII",
        "application/x-ndjson | '\\u00e4bcd' | must be visible ASCII",
        "text/csv             | ABCD,EFGH   | must be one column",
        "text/csv             | LONG        | must be at most 512 bytes"
      })
  void aBrokenLineIsNamedByItsNumberAndNotShown(String type, String line, String why) {
    String id = pool(10);
    String broken = line.equals("LONG") ? "X".repeat(70_000) : line.replace('\'', '"');
    String good = type.equals(CSV) ? "GOOD-1\n%s\nGOOD-2\n" : "\"GOOD-1\"\n%s\n\"GOOD-2\"\n";

    ValidatableResponse refused = upload(id, type, good.formatted(broken));

    Problems.is(refused, ProblemType.MALFORMED)
        .body("errors.field", equalTo(List.of("line 2")))
        .body("errors[0].message", startsWith(why));
    if (!line.equals("LONG")) {
      upload(id, type + ";charset=utf-8", "skip", good.formatted(broken))
          .statusCode(200)
          .body("added", equalTo(2))
          .body("rejected", equalTo(1))
          .body("errors.line", equalTo(List.of(2)))
          .body("errors[0].message", startsWith(why));
    }
  }

  @Test
  void onlyOperatorsUploadAndOnlyToAPool() {
    String id = pool(1);
    String codes = "\"A-CODE\"\n";

    Problems.is(upload("alice", "", id, NDJSON, "stop", codes), ProblemType.FORBIDDEN);
    Problems.is(upload("shop", "service", id, NDJSON, "stop", codes), ProblemType.FORBIDDEN);
    Problems.is(upload(id, "application/json", codes), ProblemType.UNSUPPORTED_MEDIA_TYPE);
    Problems.is(upload(id, NDJSON, "maybe", codes), ProblemType.MALFORMED);
    Problems.is(upload(Api.create(1), NDJSON, codes), ProblemType.NO_POOL);
    Problems.is(upload(Api.freshId(), NDJSON, codes), ProblemType.UNKNOWN_COUPON);
    Problems.is(read(Api.create(1)), ProblemType.NO_POOL);
    upload(id, NDJSON, "").statusCode(200).body("size", equalTo(0));
  }

  @Test
  void aPoolHasOneLedger() {
    Problems.is(
        Api.post(Api.order(10, Map.of("codes", "POOL", "shards", 2))), ProblemType.MALFORMED);
    Problems.is(
        Api.post(Api.order(10, Map.of("codes", "POOL", "codeLength", 12))), ProblemType.MALFORMED);
  }

  @Test
  void nobodyReadsThePoolInMySql() {
    String id = pool(1);
    upload(id, NDJSON, "\"SECRET-CODE\"").statusCode(200);

    StringBuilder rows = new StringBuilder();
    stores
        .sql("SELECT * FROM coupon_code WHERE coupon_id = ?", id)
        .forEach(row -> rows.append(row.toJson()));
    assertThat(rows.toString()).contains("sealed").doesNotContain("SECRET");
  }

  private static String lines(int from, int count) {
    return IntStream.range(from, from + count)
        .mapToObj(i -> "\"POOL-%08d-ABCDEFGHIJKLMN\"\n".formatted(i))
        .collect(Collectors.joining());
  }

  private static String sequences(String id) {
    var row =
        stores
            .sql(
                "SELECT MIN(sequence), MAX(sequence), COUNT(*) FROM coupon_code WHERE coupon_id ="
                    + " ?",
                id)
            .iterator()
            .next();
    return row.getLong(0) + " " + row.getLong(1) + " " + row.getLong(2);
  }

  private static String pool(long quantity) {
    return Api.create(quantity, Map.of("codes", "POOL"));
  }

  private static ValidatableResponse read(String id) {
    return Api.admin().get(Api.coupon(id) + "/codes").then();
  }

  private static ValidatableResponse upload(String id, String type, String body) {
    return upload(id, type, "stop", body);
  }

  private static ValidatableResponse upload(String id, String type, String onError, String body) {
    return upload("operator", "operator", id, type, onError, body);
  }

  private static ValidatableResponse upload(
      String user, String group, String id, String type, String onError, String body) {
    return Api.lines(Api.as(user).header("X-User-Groups", group), type, body)
        .post(Api.coupon(id) + "/codes?onError=" + onError)
        .then();
  }

  private static ValidatableResponse redeem(String id, String code) {
    return Api.admin()
        .contentType("application/json")
        .body(Map.of("code", code, "orderReference", "order-1"))
        .post(Api.coupon(id) + "/redemptions")
        .then();
  }
}

package io.firstcome.web;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every error that leaves the service is a problem, whoever found it. */
@QuarkusTest
class ProblemsOverHttpTest {
  private static final int MAX_BODY_BYTES = 1024 * 1024;

  @TestHTTPResource("/test/web/echo")
  URL echo;

  @ParameterizedTest
  @EnumSource(ProblemType.class)
  void everyTypeIsWritten(ProblemType type) {
    Response response = given().get("/test/web/problems/{type}", type.name());
    Problems.is(response.then(), type).body("detail", equalTo(type.detail()));
    if (type.isRetryable()) {
      assertThat(response.header("Retry-After")).matches("[12]");
    } else {
      assertThat(response.header("Retry-After")).isNull();
    }
  }

  @Test
  void extensionMembersAreWritten() {
    Response response = given().get("/test/web/not-open");
    Problems.is(response.then(), ProblemType.NOT_OPEN)
        .body("detail", equalTo("Later."))
        .body("opensAt", equalTo("2026-11-20T12:00:00.500Z"))
        .body("claim.id", equalTo("alice"))
        .body("$", hasKey("next"))
        .body("next", nullValue());
    assertThat(response.header("Retry-After")).matches("[3-6]");
  }

  @Test
  void aThrownProblemIsTheSame() {
    Problems.is(given().get("/test/web/thrown").then(), ProblemType.LOADING);
    Problems.is(given().get("/test/web/thrown-late").then(), ProblemType.LEDGER_FULL);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bug", "bad-return", "error"})
  void aBugTellsAnIdAndNothingElse(String path) {
    String body =
        Problems.is(given().get("/test/web/" + path).then(), ProblemType.INTERNAL)
            .body("errorId", matchesPattern("[0-9a-f]{16}"))
            .extract()
            .asString();
    assertThat(body)
        .doesNotContain(WebFixture.INTERNALS, "Exception", "java", "io.firstcome", "badReturn");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/nothing", "/api/v1/nothing", "/test/web/nothing", "/q/nothing", "/a%00b"})
  void anUnknownPath(String path) throws IOException {
    String answer =
        raw(
            "GET "
                + path
                + " HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nConnection: close\r\n\r\n");
    assertThat(answer).containsIgnoringCase("content-type: " + Problem.MEDIA_TYPE);
    assertThat(answer).containsAnyOf("problem:not-found", "problem:malformed");
  }

  /** Quarkus' own, before any router is asked: it cannot be given a body. */
  @Test
  void aPathThatCannotBeDecoded() throws IOException {
    assertThat(raw("GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("content-length: 0");
  }

  @Test
  void noHost() throws IOException {
    assertThat(raw("GET /test/web/page HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("problem:malformed");
  }

  @Test
  void aWrongMethod() {
    Problems.is(given().delete("/test/web/echo").then(), ProblemType.METHOD_NOT_ALLOWED);
  }

  @Test
  void aTypeThatIsNotWritten() {
    Problems.is(
        given().accept("application/xml").get("/test/web/page").then(), ProblemType.NOT_ACCEPTABLE);
  }

  @Test
  void aTypeThatIsNotRead() {
    Problems.is(
        given().contentType("text/plain").body("{}").post("/test/web/echo").then(),
        ProblemType.UNSUPPORTED_MEDIA_TYPE);
  }

  @Test
  void aGoodBodyPasses() {
    json("""
            {"id":"a-1","quantity":5,"total":null,"opensAt":"2026-11-20T13:00:00+01:00",
             "audience":true,"colour":"RED","users":["alice"],"part":{"name":""}}""")
        .statusCode(200)
        .body("opensAt", equalTo("2026-11-20T12:00:00Z"))
        .body("users", hasItem("alice"))
        .body("part.name", equalTo(""))
        .body("$", hasKey("total"))
        .body("total", nullValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"quantity\":\"100\"} | quantity",
        "{\"quantity\":1.5} | quantity",
        "{\"quantity\":1.0} | quantity",
        "{\"quantity\":true} | quantity",
        "{\"quantity\":null} | quantity",
        "{\"quantity\":\"\"} | quantity",
        "{\"quantity\":[1]} | quantity",
        "{\"quantity\":{}} | quantity",
        "{\"quantity\":3000000000} | quantity",
        "{\"quantity\":1,\"total\":\"1\"} | total",
        "{\"quantity\":1,\"total\":9999999999999999999} | total",
        "{\"quantity\":1,\"id\":5} | id",
        "{\"quantity\":1,\"id\":5.5} | id",
        "{\"quantity\":1,\"id\":true} | id",
        "{\"quantity\":1,\"id\":[]} | id",
        "{\"quantity\":1,\"id\":{}} | id",
        "{\"quantity\":1,\"audience\":\"true\"} | audience",
        "{\"quantity\":1,\"audience\":1} | audience",
        "{\"quantity\":1,\"audience\":\"\"} | audience",
        "{\"quantity\":1,\"opensAt\":1790000000} | opensAt",
        "{\"quantity\":1,\"opensAt\":1790000000.5} | opensAt",
        "{\"quantity\":1,\"opensAt\":\"1790000000\"} | opensAt",
        "{\"quantity\":1,\"opensAt\":\"\"} | opensAt",
        "{\"quantity\":1,\"opensAt\":\"2026-11-20\"} | opensAt",
        "{\"quantity\":1,\"opensAt\":\"2026-11-20T12:00:00\"} | opensAt",
        "{\"quantity\":1,\"opensAt\":\"+12026-11-20T12:00:00Z\"} | opensAt",
        "{\"quantity\":1,\"colour\":0} | colour",
        "{\"quantity\":1,\"colour\":\"red\"} | colour",
        "{\"quantity\":1,\"colour\":\"\"} | colour",
        "{\"quantity\":1,\"users\":\"alice\"} | users",
        "{\"quantity\":1,\"users\":[\"a\",5]} | users[1]",
        "{\"quantity\":1,\"part\":\"x\"} | part",
        "{\"quantity\":1,\"part\":{\"name\":1}} | part.name",
        "{\"quantity\":1,\"part\":{\"nam\":\"x\"}} | part.nam",
        "{\"quantity\":1,\"quantiti\":2} | quantiti",
      })
  void aFieldOfTheWrongTypeIsNamed(String body, String field) {
    String answer =
        Problems.is(json(body), ProblemType.MALFORMED)
            .body("errors.field", equalTo(List.of(field)))
            .extract()
            .asString();
    assertThat(answer).doesNotContain("java.", "io.firstcome", "Exception", "WebFixture");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "nonsense",
        "{\"quantity\":1}}",
        "{\"quantity\":1} {}",
        "{\"quantity\":1} x",
        "{\"quantity\":1,}",
        "{'quantity':1}",
        "{\"quantity\":01}",
        "{\"quantity\":NaN}",
        "{\"quantity\":1,\"quantity\":2}",
        "{\"quantity\":1,\"part\":{\"name\":\"a\",\"name\":\"b\"}}",
        "{\"quantity\":1 /* why */}",
        "{\"quantity\":1,\"id\":\"a",
        "{\"quantity\":1,\"id\":\"a\nb\"}",
        "[]",
        "5",
        "\"text\"",
        "true",
        "null",
        "",
        "  "
      })
  void aBodyThatIsNotTheJsonWeRead(String body) {
    String answer = Problems.is(json(body), ProblemType.MALFORMED).extract().asString();
    assertThat(answer).doesNotContain("java.", "io.firstcome", "Exception", "WebFixture");
  }

  @Test
  void noBodyAtAll() {
    Problems.is(
        given().contentType("application/json").post("/test/web/echo").then(),
        ProblemType.MALFORMED);
  }

  @Test
  void numbersNamesAndNestingHaveALimit() {
    Problems.is(json("{\"quantity\":" + "9".repeat(33) + "}"), ProblemType.MALFORMED);
    Problems.is(json("{\"" + "q".repeat(129) + "\":1}"), ProblemType.MALFORMED);
    Problems.is(json("{\"users\":" + "[".repeat(100_000)), ProblemType.MALFORMED);
  }

  @Test
  void everyViolationIsNamed() {
    Problems.is(
            json(
                """
                {"id":"A","quantity":0,"users":["ok","not ok",null,"ä"],"part":{},
                 "parts":[{"name":"a"},{}]}"""),
            ProblemType.MALFORMED)
        .body(
            "errors.field",
            equalTo(
                List.of(
                    "id",
                    "part.name",
                    "parts[1].name",
                    "quantity",
                    "users",
                    "users[1]",
                    "users[2]",
                    "users[3]")))
        .body("errors.find { it.field == 'id' }.message", equalTo(Ids.COUPON_MESSAGE))
        .body("errors.find { it.field == 'users[1]' }.message", equalTo(UserId.MESSAGE));
  }

  @ParameterizedTest
  @CsvSource({
    "/test/web/page?limit=abc, limit",
    "/test/web/page?limit=1.5, limit",
    "/test/web/page?limit=99999999999, limit",
    "/test/web/page?limit=0, limit",
    "/test/web/page?limit=1001, limit",
    "/test/web/page?after=x, after",
    "/test/web/page?after=99999999999999999999, after",
    "/test/web/number/abc, number",
    "/test/web/users/a%20b, userId",
    "/test/web/users/%C3%A4, userId",
    "/test/web/users/a%00b, userId",
  })
  void aParameterThatBreaksARuleIsNamed(String path, String parameter) {
    Problems.is(given().urlEncodingEnabled(false).get(path).then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo(parameter));
  }

  @Test
  void aHeaderThatIsNotANumberIsNamed() {
    Problems.is(
            given().header("X-Depth", "deep").get("/test/web/page").then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("X-Depth"));
  }

  @Test
  void anEnumInThePathThatIsNotKnown() {
    given().get("/test/web/problems/NONSENSE").then().contentType(Problem.MEDIA_TYPE);
  }

  @ParameterizedTest
  @ValueSource(ints = {65, 10_000})
  void anAbsurdlyLongIdIsNamed(int length) {
    Problems.is(given().get("/test/web/users/" + "a".repeat(length)).then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("userId"));
  }

  @Test
  void aBodyUpToTheLimitIsRead() throws IOException {
    String body = body(MAX_BODY_BYTES);
    // Far above 3 users: read as a whole, then judged.
    json(body).statusCode(200);
    assertThat(chunked(body, true)).startsWith("HTTP/1.1 200");
  }

  @Test
  void aBodyOverTheLimitIsRefusedByItsLength() {
    Problems.is(json(body(MAX_BODY_BYTES + 1)), ProblemType.PAYLOAD_TOO_LARGE);
  }

  /** Before a byte of it was sent. */
  @Test
  void aBodyOverTheLimitIsRefusedAtOnce() throws IOException {
    String answer =
        raw(
            "POST /test/web/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2000000\r\n\r\n");
    assertThat(answer)
        .startsWith("HTTP/1.1 413")
        .containsIgnoringCase("content-type: " + Problem.MEDIA_TYPE)
        .contains("problem:payload-too-large");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aBodyOfUnknownLengthIsRefusedWhereItPassesTheLimit(boolean ends) throws IOException {
    assertThat(chunked(body(MAX_BODY_BYTES + 1), ends))
        .startsWith("HTTP/1.1 413")
        .containsIgnoringCase("content-type: " + Problem.MEDIA_TYPE)
        .contains("problem:payload-too-large");
  }

  @Test
  void headersOverTheLimitAreRefused() throws IOException {
    String answer =
        raw("GET /test/web/page HTTP/1.1\r\nHost: x\r\nX-Long: " + "a".repeat(20_000) + "\r\n\r\n");
    // Netty's own: no route is reached, there is no body to write a problem into.
    assertThat(answer).startsWith("HTTP/1.1 431");
  }

  @Test
  void aLineOverTheLimitIsRefused() throws IOException {
    String answer =
        raw("GET /test/web/users/" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer).matches("(?s)HTTP/1.[01] 414 .*");
  }

  private static ValidatableResponse json(String body) {
    return given()
        .contentType("application/json")
        .body(body.getBytes(StandardCharsets.UTF_8))
        .post("/test/web/echo")
        .then();
  }

  private static String body(int length) {
    String start = "{\"quantity\":1,\"part\":{\"name\":\"";
    String end = "\"}}";
    return start + "a".repeat(length - start.length() - end.length()) + end;
  }

  private String chunked(String body, boolean ends) throws IOException {
    return raw(
        "POST /test/web/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + Integer.toHexString(body.length())
            + "\r\n"
            + body
            + "\r\n"
            + (ends ? "0\r\n\r\n" : ""));
  }

  /** What comes back until the other side closes. */
  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(echo.getHost(), echo.getPort())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}

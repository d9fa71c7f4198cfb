package io.firstcome.http.edge;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.hamcrest.Matchers.hasItem;

import io.firstcome.Management;
import io.firstcome.http.identity.Gateway;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is refused before a resource is asked is a problem too, wherever a body can be sent. */
@QuarkusTest
public class HttpEdgeTest {
  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private static final String OPERATOR =
      "X-User-Id: op\r\nX-User-Groups: admin\r\n"
          + Gateway.headers().entrySet().stream()
              .map(header -> header.getKey() + ": " + header.getValue() + "\r\n")
              .collect(Collectors.joining());

  @TestHTTPResource("/api/v1/coupons")
  URL coupons;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/nothing",
        "/api/v1/nothing",
        "/api/v1/coupons/a/nothing",
        // Those of the management port too.
        "/q",
        "/q/nothing",
        "/q/metrics",
        "/q/health",
        "/q/health/ready",
        "/q/openapi",
        "/q/swagger-ui/",
        "/q/metrics/..%2f..%2fapi/v1/coupons",
        "/api/..%2fq/metrics",
        "/api/v1/%2e%2e/%2e%2e/q/metrics",
        "//q/metrics",
        "/a%00b"
      })
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
    assertThat(raw("GET /api/v1/coupons HTTP/1.1\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("problem:malformed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /api/v1/coupons no-cache",
        "GET /api/v1/coupons/none no-store,no-cache",
        "GET /api/v1/coupons/none/claims no-store",
        "POST /api/v1/coupons/none/claims no-store",
        "POST /api/v1/coupons/NONE/claims no-store",
        "DELETE /api/v1/coupons no-store",
        "GET /api/v1/nothing no-store",
        "GET /nothing no-store",
      })
  void everyAnswerTellsItsDateIsNotSniffedAndIsKeptByNoCache(String request) {
    String[] words = request.split(" ");
    Response answer = operator().request(words[0], words[1]);
    ZonedDateTime date =
        ZonedDateTime.parse(answer.header("Date"), DateTimeFormatter.RFC_1123_DATE_TIME);
    assertThat(Duration.between(date, ZonedDateTime.now()).abs()).isLessThan(Duration.ofSeconds(5));
    assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
    assertThat(String.valueOf(answer.header("Cache-Control"))).isIn((Object[]) words[2].split(","));
    for (String header : List.of("Date", "X-Content-Type-Options", "Cache-Control")) {
      assertThat(answer.headers().getValues(header)).hasSizeLessThan(2);
    }
  }

  /** A cross-site form closed a coupon. */
  @ParameterizedTest
  @CsvSource({
    "POST, cross-site, https://evil.example, 403",
    "POST, cross-site, , 403",
    "POST, same-site, https://other.example, 403",
    "POST, , https://evil.example, 403",
    "POST, , null, 403",
    "POST, , not an origin, 403",
    "PUT, , http://evil.example, 403",
    "PATCH, cross-site, , 403",
    "DELETE, cross-site, , 403",
    "POST, same-origin, https://shop.example, 404",
    "POST, none, , 404",
    "POST, , , 404",
    "GET, cross-site, https://evil.example, 404",
  })
  void whatThePageOfAnotherOriginSendsIsRefused(
      String method, String site, String origin, int status) {
    for (String path :
        List.of("/api/v1/coupons/none/claims/alice", "/api/v1/coupons/none/claims")) {
      if (status != 403 && path.endsWith("alice") != method.equals("GET")) {
        continue;
      }
      RequestSpecification asked = given().header("X-User-Id", "alice");
      if (site != null) {
        asked.header("Sec-Fetch-Site", site);
      }
      if (origin != null) {
        asked.header("Origin", origin);
      }
      Problems.is(
          asked.request(method, path).then(),
          status == 403 ? ProblemType.CROSS_SITE : ProblemType.UNKNOWN_COUPON);
    }
  }

  @Test
  void thePageOfThisOriginIsKnownByItsHost() {
    given()
        .header("X-User-Id", "alice")
        .header("Origin", "https://" + coupons.getAuthority())
        .post("/api/v1/coupons/none/claims")
        .then()
        .statusCode(404);
  }

  @Test
  void aWrongMethod() {
    Problems.is(operator().delete("/api/v1/coupons").then(), ProblemType.METHOD_NOT_ALLOWED);
  }

  @Test
  void aTypeThatIsNotWritten() {
    Problems.is(
        operator().accept("application/xml").get("/api/v1/coupons").then(),
        ProblemType.NOT_ACCEPTABLE);
  }

  @Test
  void aTypeThatIsNotRead() {
    Problems.is(
        operator().contentType("text/plain").body("{}").post("/api/v1/coupons").then(),
        ProblemType.UNSUPPORTED_MEDIA_TYPE);
  }

  @Test
  void aBodyUpToTheLimitIsRead() throws IOException {
    String body = body(MAX_BODY_BYTES);
    // Far above what a name may have: read as a whole, then judged.
    Problems.is(json(body), ProblemType.MALFORMED).body("errors.field", hasItem("name"));
    assertThat(chunked(body, true)).startsWith("HTTP/1.1 400").contains("\"name\"");
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
            "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 3000000\r\n\r\n");
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

  /** Each logged 3 kB of stack, and was not answered. */
  @ParameterizedTest
  @ValueSource(strings = {"zz\r\n{}\r\n0\r\n\r\n", "-5\r\n", "ffffffffffffffff\r\n", "2\r\n{}xx"})
  void aBodyOfBrokenChunksIsMalformed(String body) throws IOException {
    String answer =
        raw(
            "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + OPERATOR
                + "Transfer-Encoding: chunked\r\n\r\n"
                + body);
    assertThat(answer).startsWith("HTTP/1.1 400").contains("problem:malformed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FOO /api/v1/coupons HTTP/1.1",
        "FOO /api/v1/coupons/none/claims HTTP/1.1",
        "TRACE /nothing HTTP/1.1",
        "CONNECT x:80 HTTP/1.1",
      })
  void anUnknownMethodIsRefusedAndItsConnectionClosed(String line) throws IOException {
    assertThat(raw(line + "\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 501")
        .containsIgnoringCase("content-type: " + Problem.MEDIA_TYPE)
        .contains("problem:not-implemented");
  }

  /** What a client begins with that knows beforehand that a server speaks HTTP/2. */
  @Test
  void thePrefaceOfHttp2IsRefusedAndItsConnectionClosed() throws IOException {
    String settings = "\0\0\0\4\0\0\0\0\0";
    assertThat(raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings)).contains(" 501 ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Host: y", "Authorization: Bearer a", "Idempotency-Key: k"})
  void aHeaderThatMustStandOnceIsRefusedTwice(String header) throws IOException {
    for (String line :
        List.of(
            "GET /api/v1/coupons HTTP/1.1\r\n",
            "POST /api/v1/coupons/none/claims HTTP/1.1\r\n",
            "POST /api/v1/sales/none/reservations HTTP/1.1\r\nContent-Type: application/json\r\n"
                + "Content-Length: 2\r\n")) {
      assertThat(raw(line + OPERATOR + (header + "\r\n").repeat(2) + "Host: x\r\n\r\n{}"))
          .as(line)
          .startsWith("HTTP/1.1 400")
          .contains(
              "{\"field\":\""
                  + header.substring(0, header.indexOf(':'))
                  + "\",\"message\":\"must be given once\"}");
    }
  }

  /** Netty goes by the chunks and hides the length; a proxy in front may have gone by that. */
  @Test
  void aBodyOfTwoLengthsIsAnsweredAndItsConnectionClosed() throws IOException {
    assertThat(
            raw(
                "POST /api/v1/coupons/none/claims HTTP/1.1\r\nHost: x\r\n"
                    + OPERATOR
                    + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
                    + "GET /api/v1/coupons HTTP/1.1\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 404")
        .containsIgnoringCase("connection: close")
        .containsOnlyOnce("HTTP/1.1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip, chunked", "identity", "chunked\r\nTransfer-Encoding: chunked"})
  void anEncodingThatIsNotReadIsRefused(String encoding) throws IOException {
    assertThat(
            raw(
                "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
                    + encoding
                    + "\r\n\r\n"))
        .startsWith("HTTP/1.1 400")
        .contains("\"field\":\"Transfer-Encoding\"");
  }

  /** As it comes, Java's own client offers to upgrade to HTTP/2 (h2c) with every request. */
  @Test
  void aClientThatOffersHttp2IsAnsweredByHttp11() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    String id = "h2-" + UUID.randomUUID();
    String coupon = coupons.getPath() + "/" + id;
    String body = "{\"id\":\"" + id + "\",\"name\":\"Offered\",\"quantity\":3}";
    assertThat(status(client, "POST", coupons.getPath(), body)).isEqualTo(201);
    for (int again = 0; again < 2; again++) {
      assertThat(status(client, "GET", coupon, null)).isEqualTo(200);
      assertThat(status(client, "PATCH", coupon, "{\"quantity\":4}")).isEqualTo(200);
      assertThat(status(client, "POST", coupon + "/pause", null)).isEqualTo(200);
      assertThat(status(client, "POST", coupon + "/resume", null)).isEqualTo(200);
    }
    assertThat(status(client, "POST", coupon + "/claims", null)).isEqualTo(201);
    assertThat(status(client, "POST", coupon + "/claims", null)).isEqualTo(409);
    assertThat(status(client, "PUT", coupon + "/claims/op", null)).isEqualTo(200);
    assertThat(status(client, "DELETE", "/api/v1/admin/users/nobody", null)).isEqualTo(200);
    assertThat(status(client, "HEAD", coupon, null)).isEqualTo(200);
  }

  @Test
  void theManagementPortSpeaksHttp11AloneToo() throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    URI live = URI.create("http://localhost:" + Management.port() + "/q/health/live");
    for (int again = 0; again < 3; again++) {
      HttpResponse<String> answer =
          client.send(HttpRequest.newBuilder(live).build(), BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.statusCode()).isEqualTo(200);
    }
    assertThat(raw(Management.port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"))
        .startsWith("HTTP/2.0 501");
    assertThat(raw(Management.port(), "FOO /q/health/live HTTP/1.1\r\nHost: x\r\n\r\n"))
        .startsWith("HTTP/1.1 501");
  }

  @Test
  void curlIsAnsweredByHttp11WhereItOffersHttp2() throws Exception {
    assumeThat(new ProcessBuilder("sh", "-c", "command -v curl").start().waitFor()).isZero();
    String url = coupons + "/none";
    assertThat(curl("--http2", url)).isEqualTo("1.1 404");
    assertThat(curl("--http2", "--data", "{}", url)).isEqualTo("1.1 405");
    // It knows better than to ask, and is told nothing that it understands.
    assertThat(curl("--http2-prior-knowledge", url)).endsWith(" 000");
  }

  @Test
  void pipelinedRequestsAreAnsweredInTheirOrder() throws IOException {
    StringBuilder requests = new StringBuilder();
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      requests.append("GET /api/v1/coupons/none HTTP/1.1\r\nHost: x\r\n\r\n");
      requests.append("POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\n");
      requests.append(OPERATOR).append("Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}");
      expected.addAll(List.of("unknown-coupon", "unsupported-media-type"));
    }
    requests.append("GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    expected.add("not-found");
    assertThat(
            Pattern.compile("urn:firstcome:problem:([a-z-]+)")
                .matcher(raw(requests.toString()))
                .results()
                .map(match -> match.group(1)))
        .containsExactlyElementsOf(expected);
  }

  /** Otherwise their answers are kept, whether routes see the requests or not. */
  @ParameterizedTest
  @ValueSource(strings = {"/api/v1/coupons", "/nothing", "/%zz"})
  void aClientThatReadsNoAnswersIsDisconnected(String path) throws IOException {
    byte[] requests =
        ("GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n")
            .repeat(1_000)
            .getBytes(StandardCharsets.ISO_8859_1);
    try (Socket socket = new Socket(coupons.getHost(), coupons.getPort())) {
      OutputStream out = socket.getOutputStream();
      assertThatThrownBy(
              () -> {
                for (int sent = 0; sent < 10_000; sent++) {
                  out.write(requests);
                }
              })
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void headersOverTheLimitAreRefused() throws IOException {
    String answer =
        raw(
            "GET /api/v1/coupons HTTP/1.1\r\nHost: x\r\nX-Long: "
                + "a".repeat(20_000)
                + "\r\n\r\n");
    // Netty's own: no route is reached, there is no body to write a problem into.
    assertThat(answer).startsWith("HTTP/1.1 431");
  }

  @Test
  void aLineOverTheLimitIsRefused() throws IOException {
    String answer =
        raw("GET /api/v1/coupons/" + "a".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer).matches("(?s)HTTP/1.[01] 414 .*");
  }

  private static String body(int length) {
    String start = "{\"id\":\"long\",\"quantity\":1,\"name\":\"";
    String end = "\"}";
    return start + "a".repeat(length - start.length() - end.length()) + end;
  }

  private String chunked(String body, boolean ends) throws IOException {
    return raw(
        "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            + OPERATOR
            + "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + Integer.toHexString(body.length())
            + "\r\n"
            + body
            + "\r\n"
            + (ends ? "0\r\n\r\n" : ""));
  }

  private int status(HttpClient client, String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(coupons.toString()).resolve(path))
            .headers("X-User-Id", "op", "X-User-Groups", "admin")
            .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    Gateway.headers().forEach(request::header);
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
    assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    return answer.statusCode();
  }

  private static String curl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    Collections.addAll(command, "curl", "-s", "-m", "10", "-w", "%{http_version} %{http_code}");
    Collections.addAll(command, "-o", "/dev/null");
    Collections.addAll(command, arguments);
    Process curl = new ProcessBuilder(command).start();
    String said = new String(curl.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    curl.waitFor();
    return said;
  }

  /** What comes back until the other side closes. */
  private String raw(String request) throws IOException {
    return raw(coupons.getPort(), request);
  }

  private String raw(int port, String request) throws IOException {
    try (Socket socket = new Socket(coupons.getHost(), port)) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      out.write(request.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static ValidatableResponse json(String body) {
    return operator()
        .contentType("application/json")
        .body(body.getBytes(StandardCharsets.UTF_8))
        .post("/api/v1/coupons")
        .then();
  }

  private static RequestSpecification operator() {
    return given().header("X-User-Id", "op").header("X-User-Groups", "admin");
  }
}

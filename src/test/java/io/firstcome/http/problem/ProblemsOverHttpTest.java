package io.firstcome.http.problem;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasItem;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.matchesPattern;
import static org.hamcrest.Matchers.nullValue;

import io.firstcome.InsideTheBuild;
import io.firstcome.http.edge.HttpEdgeTest;
import io.firstcome.http.identity.AuthenticationFailures;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.UserId;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every error that leaves the service is a problem, whoever found it. What is found before a
 * resource is asked: {@link HttpEdgeTest}.
 */
@QuarkusTest
@InsideTheBuild("these resources exist in tests only; BadInputTest breaks the rules of real ones")
class ProblemsOverHttpTest {
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

  /** See {@link AuthenticationFailures}: it would be made by a table of all paths. */
  @Test
  void whatFailsAnUnknownUserIsMadeOnce() {
    Set<String> handlers = new HashSet<>();
    for (int request = 0; request < 3; request++) {
      handlers.add(
          given().get("/test/web/failure-handler").then().statusCode(200).extract().asString());
    }
    assertThat(handlers).singleElement().asString().contains("FailingDefaultAuthFailureHandler@");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "hot/"})
  void theRoutesOfBenchmarksAreNotThereUnlessAskedFor(String kind) {
    Problems.is(
        given()
            .header("X-User-Id", "alice")
            .post("/reference/" + kind + "coupons/demo/claims")
            .then(),
        ProblemType.NOT_FOUND);
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
    Problems.is(json("{\"users\":" + "[".repeat(60_000)), ProblemType.MALFORMED);
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
  @ValueSource(ints = {UserId.MAX_LENGTH + 1, 10_000})
  void anAbsurdlyLongIdIsNamed(int length) {
    Problems.is(given().get("/test/web/users/" + "a".repeat(length)).then(), ProblemType.MALFORMED)
        .body("errors[0].field", equalTo("userId"));
  }

  private static ValidatableResponse json(String body) {
    return given()
        .contentType("application/json")
        .body(body.getBytes(StandardCharsets.UTF_8))
        .post("/test/web/echo")
        .then();
  }
}

package io.firstcome.coupon.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever is sent, the answer is a problem that names what is wrong, and nothing breaks. */
@QuarkusTest
class BadInputTest {

  private static final String LONG_NAME = "n".repeat(201);

  private static String sold;
  private static int buyers;

  @AfterEach
  void theServiceStillWorks() {
    if (sold == null) {
      sold = Api.create(1_000);
    }
    buyers++;
    Api.claim(sold, "buyer" + buyers).statusCode(201).body("sequence", equalTo(buyers));
  }

  static Stream<List<String>> badOrders() {
    return Stream.of(
        order("id", "\"\""),
        order("id", "\"UPPER\""),
        order("id", "\"under_score\""),
        order("id", "\"" + "a".repeat(65) + "\""),
        order("id", "\"a b\""),
        order("id", "\"a\\n\""),
        order("id", "\"a\\u0000\""),
        order("id", "\"ä\""),
        order("id", "\"\\uFF41\""),
        order("id", "\"a}b{c\""),
        order("id", "\"' OR 1=1 --\""),
        order("id", "\"]]..redis.call('FLUSHALL')--\""),
        order("id", "\"../x\""),
        order("id", "5"),
        order("id", "[\"a\"]"),
        order("name", "null"),
        order("name", "\"\""),
        order("name", "\"   \""),
        order("name", "\"\\t\\n\""),
        order("name", "\"" + LONG_NAME + "\""),
        order("name", "\"a\\u0000b\""),
        order("name", "\"a\\nb\""),
        order("name", "\"a\\u001bb\""),
        order("name", "\"a\\u007fb\""),
        order("name", "\"a\\u0085b\""),
        order("name", "\"a\\ud800b\""),
        order("name", "5"),
        order("name", "true"),
        order("name", "{}"),
        order("quantity", "null"),
        order("quantity", "0"),
        order("quantity", "-1"),
        order("quantity", "1000000001"),
        order("quantity", "9007199254740992"),
        order("quantity", "9223372036854775807"),
        order("quantity", "9223372036854775808"),
        order("quantity", "-9223372036854775809"),
        order("quantity", "1.5"),
        order("quantity", "1.0"),
        order("quantity", "1e3"),
        order("quantity", "\"5\""),
        order("quantity", "true"),
        order("quantity", "[]"),
        order("opensAt", "\"\""),
        order("opensAt", "\"tomorrow\""),
        order("opensAt", "\"2030-01-01\""),
        order("opensAt", "\"2030-02-30T00:00:00Z\""),
        order("opensAt", "\"2030-01-01T00:00:00\""),
        order("opensAt", "\"1969-12-31T23:59:59Z\""),
        order("opensAt", "\"1970-01-01T00:00:00Z\""),
        order("opensAt", "\"2200-01-01T00:00:00Z\""),
        order("opensAt", "\"9999-12-31T23:59:59Z\""),
        order("opensAt", "\"+10000-01-01T00:00:00Z\""),
        order("opensAt", "1790000000"),
        order("opensAt", "1790000000000"),
        order("opensAt", "{}"),
        order("closesAt", "\"2200-01-01T00:00:00Z\""),
        order("closesAt", "\"1970-01-01T00:00:00Z\""),
        order("closesAt", "1.5"),
        order("audience", "\"true\""),
        order("audience", "1"),
        order("quantiti", "5"),
        order("status", "\"closed\""),
        order("version", "5"));
  }

  @ParameterizedTest
  @MethodSource("badOrders")
  void anOrderThatBreaksARuleNamesTheField(List<String> order) {
    names(create(order.get(1)), order.get(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "5",
        "\"text\"",
        "{",
        "{\"quantity\":1}}",
        "{\"name\":\"a\",\"name\":\"b\",\"quantity\":1}",
        "nonsense"
      })
  void aBodyThatIsNoOrderIs400(String body) {
    Problems.is(create(body), ProblemType.MALFORMED);
  }

  @Test
  void whatIsMissingIsNamed() {
    Problems.is(create("{}"), ProblemType.MALFORMED)
        .body("errors.field", equalTo(List.of("name", "quantity")));
  }

  @Test
  void noBodyIs400() {
    String id = Api.create(1, Map.of("audience", true));
    for (String[] route :
        new String[][] {
          {"POST", Api.COUPONS}, {"PATCH", Api.coupon(id)}, {"PUT", Api.coupon(id) + "/audience"}
        }) {
      Problems.is(
          Api.admin().contentType("application/json").request(route[0], route[1]).then(),
          ProblemType.MALFORMED);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2030-01-02T00:00:00Z, 2030-01-01T00:00:00Z",
    "2030-01-01T00:00:00Z, 2030-01-01T00:00:00Z",
    // The same microsecond, which is what is kept.
    "2030-01-01T00:00:00.000001Z, 2030-01-01T00:00:00.000001999Z",
  })
  void closingBeforeOpeningNamesTheEnd(String opensAt, String closesAt) {
    names(Api.post(Api.order(1, Map.of("opensAt", opensAt, "closesAt", closesAt))), "closesAt");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "name | `\"\"`",
        "name | `\" \"`",
        "name | `\"a\\u0000b\"`",
        "name | `\"a\\u0085b\"`",
        "name | `\"a\\ud800b\"`",
        "name | 5",
        "name | null",
        "quantity | null",
        "acknowledge | null",
        "onLoss | null",
        "quantity | 0",
        "quantity | -5",
        "quantity | 1.5",
        "quantity | `\"5\"`",
        "quantity | 9007199254740993",
        "quantity | 9223372036854775808",
        "opensAt | 5",
        "opensAt | `\"-1000000000-01-01T00:00:00Z\"`",
        "opensAt | `\"never\"`",
        "opensAt | `\"2200-01-01T00:00:00Z\"`",
        "closesAt | `\"1970-01-01T00:00:00Z\"`",
        "eligibility | 5",
        "eligibility | `\"user.age\"`",
        "eligibility | `\"user.id == \\u0000\"`",
        "policy | `\"LAST_COME\"`",
        "policy | 1",
        "eligibilityMessage | `\"a\\nb\"`",
        "status | `\"paused\"`",
        "issued | 0",
        "id | `\"other\"`",
      })
  void aPatchThatBreaksARuleNamesTheFieldAndChangesNothing(String field, String value) {
    String id = Api.create(5);
    names(Api.patch(id, "{\"" + field + "\":" + value + "}"), field);
    Api.read(id).body("version", equalTo(1));
  }

  @Test
  void aRuleThatIsWrongNamesThePlaceAndMakesNoCoupon() {
    Map<String, Object> order =
        Api.order(1, Map.of("eligibility", "'beta' in user.groups &&\n  user.tire == 'gold'"));
    ValidatableResponse refused = Api.post(order);
    names(refused, "eligibility");
    refused.body("errors[0].message", equalTo("line 2, column 7: undefined field 'tire'"));
    Api.read(order.get("id").toString()).statusCode(404);
  }

  @Test
  void aNameThatIsTooLongCannotBePatchedIn() {
    names(Api.patch(Api.create(1), Map.of("name", LONG_NAME)), "name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPPER",
        "a_b",
        "a.b",
        "a b",
        "a\nb",
        "\0",
        "a\0b",
        "ä",
        "\uD83D\uDE00",
        "' OR 1=1 --",
        "\";DROP TABLE coupon;--",
        "%27",
        "a%",
        "{a}",
        "a*",
        "]]..redis.call('FLUSHALL')--",
        "a;b=c",
        "a/b",
        "a\\b"
      })
  void anIdInThePathThatIsNoneIsNamed(String id) {
    names(Api.read(id), "couponId");
    names(Api.claim(id, "alice"), "couponId");
  }

  @Test
  void everyRouteNamesAnIdThatIsNone() {
    String id = "a'b";
    names(Api.put(id, "alice"), "couponId");
    names(Api.ownClaim(id, "alice"), "couponId");
    names(Api.admin().get(Api.claims(id)).then(), "couponId");
    names(Api.patch(id, Map.of("quantity", 1)), "couponId");
    names(Api.change(id, "pause"), "couponId");
    names(Api.change(id, "resume"), "couponId");
    names(Api.change(id, "close"), "couponId");
    names(Api.addToAudience(id, "alice"), "couponId");
    names(Api.removeFromAudience(id, "alice"), "couponId");
  }

  @ParameterizedTest
  @ValueSource(ints = {65, 1_000, 10_000})
  void anIdThatIsTooLongIsNamed(int length) {
    names(Api.read("a".repeat(length)), "couponId");
    names(Api.claim("a".repeat(length), "alice"), "couponId");
  }

  @ParameterizedTest
  @ValueSource(ints = {129, 1_000, 10_000})
  void aUserThatIsTooLongIsNamed(int length) {
    String id = Api.create(1);
    String user = "u".repeat(length);
    names(Api.claim(id, user), "X-User-Id");
    names(Api.as("alice").put(Api.claim(id, user, "")).then(), "userId");
    names(Api.as("alice").get(Api.claim(id, user, "")).then(), "userId");
    names(Api.admin().get(Api.claim(id, user, "")).then(), "userId");
    Api.read(id).body("issued", equalTo(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {" ", "a b", "a\0", "\n", "ä", "\uD83D\uDE00", "a\u007f"})
  void aUserThatIsNoneIsNamed(String user) {
    String id = Api.create(1);
    names(Api.as("alice").put(Api.claim(id, user, "")).then(), "userId");
    names(Api.admin().get(Api.claim(id, user, "")).then(), "userId");
    Api.read(id).body("issued", equalTo(0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | users",
        "{\"users\":null} | users",
        "{\"users\":[]} | users",
        "{\"users\":\"alice\"} | users",
        "{\"users\":{}} | users",
        "{\"users\":[\"a\",null]} | users[1]",
        "{\"users\":[\"a\",5]} | users[1]",
        "{\"users\":[\"a\",[\"b\"]]} | users[1]",
        "{\"users\":[\"\"]} | users[0]",
        "{\"users\":[\"a\",\"b c\"]} | users[1]",
        "{\"users\":[\"a\\u0000\"]} | users[0]",
        "{\"users\":[\"ä\"]} | users[0]",
        "{\"users\":[\"a\"],\"more\":1} | more",
      })
  void anAudienceThatBreaksARuleNamesTheField(String body, String field) {
    String id = Api.create(1, Map.of("audience", true));
    for (String method : List.of("PUT", "DELETE")) {
      names(
          Api.admin()
              .contentType("application/json")
              .body(body.getBytes(StandardCharsets.UTF_8))
              .request(method, Api.coupon(id) + "/audience")
              .then(),
          field);
    }
    Api.read(id).body("version", equalTo(1));
  }

  @Test
  void aUserOfTheAudienceWhoCannotBeOneIsNamed() {
    String id = Api.create(1, Map.of("audience", true));
    for (String user : List.of("u".repeat(129), ".", "..", "erased-by-me")) {
      names(Api.addToAudience(id, "alice", user), "users[1]");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "limit=0, limit",
    "limit=101, limit",
    "limit=-1, limit",
    "limit=abc, limit",
    "rehearsal=yes, rehearsal",
    "limit=99999999999, limit",
    "after=UPPER, after",
    "after=%00, after",
    "after=%27%20OR%201=1, after",
  })
  void aPageOfCouponsThatIsNoneIsNamed(String query, String field) {
    names(Api.anonymous().get(Api.COUPONS + "?" + query).then(), field);
  }

  @Test
  void anOversizedBodyIs413() {
    String name = "n".repeat(2 * 1024 * 1024);
    Problems.is(
        create("{\"name\":\"" + name + "\",\"quantity\":1}"), ProblemType.PAYLOAD_TOO_LARGE);
    String id = Api.create(1, Map.of("audience", true));
    Problems.is(Api.addToAudience(id, name), ProblemType.PAYLOAD_TOO_LARGE);
  }

  @Test
  void whatIsNotJsonIs415() {
    Problems.is(
        Api.admin().contentType("text/plain").body("{}").post(Api.COUPONS).then(),
        ProblemType.UNSUPPORTED_MEDIA_TYPE);
  }

  /** A body where none is read harms nobody. */
  @Test
  void aClaimNeedsNoBodyAndReadsNone() {
    String id = Api.create(2);
    Api.as("alice")
        .contentType("application/json")
        .body("{\"userId\":\"mallory\",\"quantity\":100}")
        .post(Api.claims(id))
        .then()
        .statusCode(201)
        .body("userId", equalTo("alice"));
    Api.as("bob").contentType("text/plain").body("{").post(Api.claims(id)).then().statusCode(201);
  }

  private static List<String> order(String field, String value) {
    String id = field.equals("id") ? "" : "\"id\":\"" + Api.freshId() + "\",";
    String name = field.equals("name") ? "" : "\"name\":\"A coupon\",";
    String quantity = field.equals("quantity") ? "" : "\"quantity\":5,";
    return List.of(field, "{" + id + name + quantity + "\"" + field + "\":" + value + "}");
  }

  private static ValidatableResponse create(String body) {
    return Api.admin()
        .contentType("application/json")
        .body(body.getBytes(StandardCharsets.UTF_8))
        .post(Api.COUPONS)
        .then();
  }

  /** Read by hand: rest-assured compiles every path it is asked for, and this is asked often. */
  private static void names(ValidatableResponse answer, String field) {
    Response response = answer.extract().response();
    String body = response.asString();
    assertThat(response.statusCode()).as(body).isEqualTo(400);
    assertThat(response.contentType()).startsWith("application/problem+json");
    assertThat(body).doesNotContain("java.", "io.firstcome", "Exception");
    JsonObject problem = new JsonObject(body);
    assertThat(problem.getString("type")).isEqualTo(ProblemType.MALFORMED.uri().toString());
    assertThat(problem.getJsonArray("errors"))
        .extracting(error -> ((JsonObject) error).getString("field"))
        .contains(field);
    assertThat(problem.getJsonArray("errors"))
        .allMatch(error -> !((JsonObject) error).getString("message").isBlank());
  }
}

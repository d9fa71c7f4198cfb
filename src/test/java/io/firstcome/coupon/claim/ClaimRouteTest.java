package io.firstcome.coupon.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.redis.Keys;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The hot request has two ways to the same answer: plain ones go past JAX-RS, all others through
 * it. A body, which nobody needs, makes a request take the long way.
 */
@QuarkusTest
class ClaimRouteTest {

  @RegisterExtension static final Stores stores = new Stores();

  @TestHTTPResource("/")
  URI service;

  @Test
  void anIssuedClaimIsToldAlike() {
    String id = Api.create(2);

    Response plain = plain(id, Api.as("al\"ice\\"));
    Response other = other(id, Api.as("bo\"b\\xyz"));

    assertThat(plain.statusCode()).isEqualTo(201).isEqualTo(other.statusCode());
    assertThat(headers(plain).keySet()).isEqualTo(headers(other).keySet());
    assertThat(plain.contentType()).isEqualTo(other.contentType());
    Map<String, Object> claim = plain.jsonPath().getMap("$");
    assertThat(List.copyOf(claim.keySet()))
        .isEqualTo(List.copyOf(other.jsonPath().<String, Object>getMap("$").keySet()));
    assertThat(claim)
        .containsEntry("couponId", id)
        .containsEntry("userId", "al\"ice\\")
        .containsEntry("sequence", 1);
    assertThat(Instant.parse(claim.get("issuedAt").toString())).isNotNull();
    assertThat(plain.header("Location")).isEqualTo(Api.claims(id) + "/al%22ice%5C");
    assertThat(other.header("Location")).isEqualTo(Api.claims(id) + "/bo%22b%5Cxyz");
  }

  @Test
  void aClaimAskedForAgainIsToldAlike() {
    String id = Api.create(1);
    plain(id, Api.as("alice"));

    assertAlike(id, Api.as("alice"), 409);
  }

  @Test
  void refusalsAreToldAlike() {
    String soldOut = Api.create(1);
    plain(soldOut, Api.as("alice"));
    assertAlike(soldOut, Api.as("bob"), 409);

    String paused = Api.create(1);
    Api.change(paused, "pause").statusCode(200);
    assertAlike(paused, Api.as("bob"), 409);

    assertAlike(Api.create(1, Map.of("audience", true)), Api.as("bob"), 403);
    assertAlike(Api.freshId(), Api.as("bob"), 404);
  }

  @Test
  void aRuleIsJudgedAlike() {
    String id =
        Api.create(
            4, Map.of("eligibility", "'beta' in user.groups", "eligibilityMessage", "For testers"));

    assertThat(plain(id, Api.as("alice").header("X-User-Groups", "beta")).statusCode())
        .isEqualTo(201);
    assertThat(other(id, Api.as("bob").header("X-User-Groups", "beta,x")).statusCode())
        .isEqualTo(201);
    assertAlike(id, Api.as("carol"), 403);
    assertAlike(id, Api.as("carol").header("X-User-Groups", "alpha"), 403);
    // Who holds a claim is told so whatever the rule says.
    assertAlike(id, Api.as("alice"), 409);
  }

  @Test
  void whatIsWrongWithARequestIsToldAlike() {
    String id = Api.create(1);

    assertAlike(id, Api.anonymous(), 401);
    assertAlike(id, Api.as("al ice"), 400);
    assertAlike(id, Api.as("x".repeat(129)), 400);
    assertAlike(id, Api.as("alice").header("X-User-Id", "bob"), 400);
    assertAlike(id, Api.as("a").header("X-User-Groups", "b").header("X-User-Groups", "c"), 400);
    assertAlike("NO-SUCH", Api.as("alice"), 400);
    assertAlike("a".repeat(65), Api.as("alice"), 400);
    assertAlike(id, Api.as("a").header("Authorization", "b").header("Authorization", "c"), 400);
    assertAlike(id, Api.as("a").header("Idempotency-Key", "b").header("Idempotency-Key", "c"), 400);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "*/*",
        "application/json",
        "application/*",
        "APPLICATION/JSON",
        "application/json;charset=utf-8",
        "application/json, text/html",
        "text/html, application/json;q=0.1",
        "text/html, */*;q=0.1",
        "application/json,",
      })
  void whoAcceptsJsonIsAnsweredAlike(String accepted) {
    String id = Api.create(2);

    Response plain = plain(id, Api.as("alice").header("Accept", accepted));
    Response other = other(id, Api.as("bob").header("Accept", accepted));

    assertThat(plain.statusCode()).isEqualTo(201).isEqualTo(other.statusCode());
    assertThat(plain.contentType()).isEqualTo(other.contentType());
    assertThat(headers(plain).keySet()).isEqualTo(headers(other).keySet());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "text/html",
        "application/xml",
        "application/xml;q=0.5, text/html",
        "text/event-stream",
        "application/problem+json",
        "nonsense",
        "application/",
        ";;;",
      })
  void aUnitWasSpentOnWhoCouldNotBeAnswered(String accepted) {
    String id = Api.create(2);

    assertAlike(id, Api.as("alice").header("Accept", accepted), 406);
    Problems.is(
        Api.as("alice").header("Accept", accepted).put(Api.claims(id) + "/alice").then(),
        ProblemType.NOT_ACCEPTABLE);

    Api.read(id).body("issued", equalTo(0));
  }

  @Test
  void queriesDoNoHarm() {
    String id = Api.create(1);

    Api.as("alice").post(Api.claims(id) + "?a=b").then().statusCode(201);
  }

  @Test
  void aClaimThatCannotBeReadIsAnErrorOfItsOwnAndLeavesNobodyHanging() {
    String id = Api.create(2);
    Api.claim(id, "alice").statusCode(201);
    stores.redis(Command.HSET, Keys.claimants(id), "strange", "of-a-later-release");
    stores.redis(Command.HINCRBY, Keys.state(id), "holders", "1");

    Problems.is(Api.claim(id, "strange"), ProblemType.INTERNAL);
    Problems.is(Api.put(id, "strange"), ProblemType.INTERNAL);
    Api.claim(id, "bob").statusCode(201);
  }

  @Test
  void pagesOfOtherOriginsAreLookedAtTheLongWay() {
    String id = Api.create(2);

    for (String header : List.of("Origin", "Sec-Fetch-Site")) {
      Problems.is(
          Api.as("alice").header(header, "https://elsewhere.example").post(Api.claims(id)).then(),
          ProblemType.CROSS_SITE);
    }
    Api.as("alice")
        .header("Sec-Fetch-Site", "same-origin")
        .post(Api.claims(id))
        .then()
        .statusCode(201);
  }

  /** Java's own client offers HTTP/2 with its first request, which then comes as two. */
  @Test
  void clientsThatOfferHttp2AreAnsweredAlike() throws Exception {
    String id = Api.create(100);
    for (int i = 0; i < 40; i++) {
      HttpRequest.Builder request = Api.request(service.resolve(Api.claims(id)), "user-" + i);
      HttpResponse<String> answer =
          HttpClient.newHttpClient()
              .send(request.POST(BodyPublishers.noBody()).build(), BodyHandlers.ofString());

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/x", "%2f"})
  void whatIsNearTheRouteIsNotTheRoute(String more) {
    String id = Api.create(1);

    int status = Api.as("alice").post(Api.claims(id) + more).statusCode();

    assertThat(status).isIn(404, 405, 201);
    assertThat(Api.as("alice").post("/api/v1/coupons//claims").statusCode()).isIn(404, 405);
    assertThat(Api.as("alice").post("/api/v1/coupons/claims").statusCode()).isIn(404, 405);
  }

  private static void assertAlike(String id, RequestSpecification request, int status) {
    Response plain = plain(id, request);
    Response other = other(id, request);
    assertThat(plain.statusCode()).isEqualTo(status).isEqualTo(other.statusCode());
    assertThat(plain.body().asString()).isEqualTo(other.body().asString());
    assertThat(headers(plain)).isEqualTo(headers(other));
  }

  private static Response plain(String id, RequestSpecification request) {
    return request.post(Api.claims(id));
  }

  private static Response other(String id, RequestSpecification request) {
    return request.contentType("application/json").body(" ").post(Api.claims(id));
  }

  private static Map<String, String> headers(Response response) {
    Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    response.headers().forEach(header -> headers.put(header.getName(), header.getValue()));
    // The one may be answered in the next second.
    headers.replace("Date", "");
    return headers;
  }
}

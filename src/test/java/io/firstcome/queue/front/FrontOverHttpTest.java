package io.firstcome.queue.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.not;
import static org.hamcrest.Matchers.startsWith;

import io.firstcome.coupon.Api;
import io.firstcome.coupon.Stores;
import io.firstcome.http.identity.Visitors;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A queue in front of a site, as proxies and browsers see it. */
@QuarkusTest
class FrontOverHttpTest {

  private static final String QUEUES = "/api/v1/queues/";
  private static final String TO = "https://shop.example/shop/shoes?size=42&colour=red";

  @RegisterExtension static final Stores stores = new Stores();

  private static String room(long capacity) {
    String id = "f-" + UUID.randomUUID();
    Map<String, Object> body = new HashMap<>(Map.of("id", id, "name", "A room", "mode", "ROOM"));
    body.put("event", id);
    body.put("capacity", capacity);
    body.put("perSecond", 1_000);
    SaleApi.admin().body(body).post("/api/v1/queues").then().statusCode(201);
    return id;
  }

  private static RequestSpecification browser(Map<String, String> cookies) {
    return Api.anonymous().redirects().follow(false).cookies(cookies);
  }

  private static Response visit(String queue, Map<String, String> cookies, String query) {
    Response response = browser(cookies).get(QUEUES + queue + "/visit?" + query);
    cookies.putAll(response.cookies());
    return response;
  }

  private static ValidatableResponse check(String queue, Map<String, String> cookies) {
    return browser(cookies).get(QUEUES + queue + "/check").then();
  }

  private static String again(Response page) {
    Matcher refresh =
        Pattern.compile("http-equiv=\"refresh\" content=\"([0-9]+);url=[^\"]*\\?([^\"]+)\"")
            .matcher(page.asString());
    assertThat(refresh.find()).as(page.asString()).isTrue();
    assertThat(Integer.parseInt(refresh.group(1))).isBetween(2, 90);
    return refresh.group(2);
  }

  @Test
  void aVisitorIsLedThroughTheQueueAndBack() {
    String door = room(1);
    Map<String, String> alice = new HashMap<>();
    Problems.is(check(door, alice), ProblemType.PASS_REQUIRED).body("reason", equalTo("missing"));

    Response back = visit(door, alice, "to=" + TO);
    back.then().statusCode(303).header("Location", TO);
    assertThat(back.headers().getValues("Set-Cookie"))
        .hasSize(2)
        .allSatisfy(
            cookie -> assertThat(cookie).contains("HttpOnly", "Secure", "SameSite=Lax", "Path=/"));
    assertThat(alice).containsKeys("fc-pass-" + door, "fc-visitor");
    check(door, alice)
        .statusCode(200)
        .header("X-Queue-User", equalTo(Visitors.idOf(alice.get("fc-visitor"))));
    // As it is of no other queue.
    Problems.is(check(room(1), alice), ProblemType.PASS_REQUIRED);

    Map<String, String> bob = new HashMap<>();
    Response page = visit(door, bob, "to=" + TO);
    page.then()
        .statusCode(200)
        .contentType("text/html")
        .header("Content-Security-Policy", startsWith("default-src 'none'"))
        .header("Cache-Control", "no-store")
        .body(containsString("You are next."))
        .body(not(containsString("shop.example")));
    Problems.is(check(door, bob), ProblemType.PASS_REQUIRED);
    Map<String, String> carol = new HashMap<>();
    visit(door, carol, "to=" + TO).then().body(containsString("One visitor is ahead of you."));

    // Two tabs, and the page again, are one place.
    String query = again(page);
    visit(door, bob, query).then().statusCode(200).body(containsString("You are next."));
    visit(door, bob, "to=" + TO).then().body(containsString("You are next."));
    SaleApi.anonymous().get(QUEUES + door).then().body("waiting", equalTo(2));

    leave(door, alice);
    visit(door, bob, query).then().statusCode(303).header("Location", TO);
    check(door, bob).statusCode(200);
  }

  private static void leave(String queue, Map<String, String> visitor) {
    SaleApi.service()
        .post(QUEUES + queue + "/entries/" + Visitors.idOf(visitor.get("fc-visitor")) + "/leave")
        .then()
        .statusCode(200);
  }

  @Test
  void whoseCookieOfThePassIsGoneIsStillInside() {
    String door = room(1);
    Map<String, String> alice = new HashMap<>();
    visit(door, alice, "to=" + TO).then().statusCode(303);
    alice.remove("fc-pass-" + door);

    visit(door, alice, "to=" + TO).then().statusCode(303);
    check(door, alice).statusCode(200);
    // With a pass nobody joins, even where the other cookie is gone.
    alice.remove("fc-visitor");
    visit(door, alice, "to=" + TO).then().statusCode(303);
    assertThat(alice).doesNotContainKey("fc-visitor");
  }

  @Test
  void whomTheGatewayNamesIsThatUserAndClaimsByTheCookie() {
    String door = room(1);
    String coupon = Api.create(5, Map.of("queue", door));
    Response back =
        Api.as("alice").redirects().follow(false).get(QUEUES + door + "/visit?to=" + TO);
    back.then().statusCode(303);
    assertThat(back.cookies()).containsOnlyKeys("fc-pass-" + door);

    Api.as("alice").cookies(back.cookies()).post(Api.claims(coupon)).then().statusCode(201);
    Problems.is(
            Api.as("bob").cookies(back.cookies()).post(Api.claims(coupon)).then(),
            ProblemType.PASS_REQUIRED)
        .body("reason", equalTo("other-user"));
  }

  @Test
  void anAddressThatIsPercentEncodedIsTheSame() {
    String door = room(1);
    visit(
            door,
            new HashMap<>(),
            "to=https%3A%2F%2Fshop.example%2Fshop%2Fshoes%3Fsize%3D42%26colour%3Dred")
        .then()
        .statusCode(303)
        .header("Location", TO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x=https://shop.example/",
        "to=",
        "to=/shop",
        "to=//shop.example/",
        "to=https://other.example/",
        "to=https://shop.example.other.example/",
        "to=https://shop.example@other.example/",
        "to=https://user@shop.example/",
        "to=https://shop.example:444/",
        "to=https://other.example/shop.example",
        "to=javascript:alert(1)//shop.example/",
        "to=data:text/html,shop.example",
        "to=https%3A%2F%2Fother.example%2F",
        "to=https%3A%2F%2Fshop.example%2F%0D%0ASet-Cookie:%20a=b",
        "to=https%3A%2F%2Fshop.example%5C@other.example%2F",
        "return=",
        "return=a.b.c"
      })
  void nobodyIsLedToAnotherPlace(String query) {
    String door = room(1);

    Response answer = visit(door, new HashMap<>(), query);

    Problems.is(answer.then(), ProblemType.MALFORMED);
    assertThat(answer.cookies()).isEmpty();
    SaleApi.anonymous().get(QUEUES + door).then().body("inside", equalTo(0));
  }

  @Test
  void aSignedAddressIsGoodForItsQueueAloneAndIsNoPass() {
    String door = room(1);
    visit(door, new HashMap<>(), "to=" + TO);
    String signed = again(visit(door, new HashMap<>(), "to=" + TO));

    Problems.is(visit(room(1), new HashMap<>(), signed).then(), ProblemType.MALFORMED);
    String token = signed.substring("return=".length());
    Problems.is(check(door, Map.of("fc-pass-" + door, token)), ProblemType.PASS_REQUIRED)
        .body("reason", equalTo("invalid"));
  }

  /** As Envoy asks, with the path of the request behind its prefix. */
  @Test
  void aProxyThatHandsOnTheAnswerLeadsToTheQueueItself() {
    String door = room(1);
    String path = QUEUES + door + "/check/shop/shoes?size=42&colour=red";
    Map<String, String> alice = new HashMap<>();
    Response away =
        browser(alice)
            .header("Host", "shop.example")
            .header("X-Forwarded-Proto", "https")
            .get(path);
    away.then().statusCode(303).header("Location", startsWith(QUEUES + door + "/visit?return="));
    String query = away.header("Location").substring(away.header("Location").indexOf('?') + 1);
    visit(door, alice, query).then().statusCode(303).header("Location", TO);
    browser(alice).get(path).then().statusCode(200).header("X-Queue-User", startsWith("visitor:"));
    Problems.is(
        browser(Map.of()).header("Host", "other.example").get(path).then(), ProblemType.MALFORMED);
  }

  @Test
  void whoCannotJoinIsToldSoByAPage() {
    String door = room(1);
    SaleApi.admin().post(QUEUES + door + "/pause").then().statusCode(200);
    visit(door, new HashMap<>(), "to=" + TO)
        .then()
        .statusCode(409)
        .contentType("text/html")
        .body(containsString("does not let you in"));
    Problems.is(visit("no-such", new HashMap<>(), "x").then(), ProblemType.MALFORMED);
    visit("no-such", new HashMap<>(), "to=" + TO).then().statusCode(404).contentType("text/html");
  }

  @Test
  void aVisitorsCookieThatIsNoneIsReplaced() {
    String door = room(5);
    for (String secret : List.of("x", "a".repeat(44), "alice")) {
      Map<String, String> cookies = new HashMap<>(Map.of("fc-visitor", secret));
      visit(door, cookies, "to=" + TO).then().statusCode(303);
      assertThat(cookies.get("fc-visitor")).isNotEqualTo(secret).hasSize(43);
    }
  }
}

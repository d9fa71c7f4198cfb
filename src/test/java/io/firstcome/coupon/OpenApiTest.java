package io.firstcome.coupon;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.local.LocalPaymentProvider;
import io.firstcome.order.OrderApi;
import io.firstcome.payment.PaymentApi;
import io.firstcome.redis.Keys;
import io.firstcome.stock.SaleApi;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.QueryableRequestSpecification;
import io.restassured.specification.RequestSpecification;
import io.restassured.specification.SpecificationQuerier;
import io.vertx.redis.client.Command;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The description of the API tells all of it, so that a client can be written from it alone. */
@QuarkusTest
class OpenApiTest {

  @RegisterExtension static final Stores stores = new Stores();

  @TestHTTPResource("/")
  URI service;

  private static final int MAX_BODY_BYTES = 2 * 1024 * 1024;

  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  @Test
  void everyRouteHasASummaryAndATag() {
    SoftAssertions all = new SoftAssertions();
    operations()
        .forEach(
            (route, operation) -> {
              all.assertThat((String) operation.get("summary")).as(route).isNotBlank();
              all.assertThat((List<?>) operation.get("tags")).as(route).isNotEmpty();
            });
    all.assertAll();
  }

  /** Each operation by each role: whom the document does not name is refused, and nobody else. */
  @Test
  void theRolesOfTheDocumentAreThoseThatMayCall() {
    SoftAssertions all = new SoftAssertions();
    Set<String> named = new TreeSet<>();
    operations()
        .forEach(
            (route, operation) -> {
              Set<String> roles = roles(operation);
              named.addAll(roles);
              if (roles.isEmpty()) {
                return;
              }
              for (String role :
                  List.of("none", "service", "auditor", "eraser", "operator", "admin")) {
                boolean may = roles.contains(role) || role.equals("admin");
                int space = route.indexOf(' ');
                int status =
                    Api.as("somebody")
                        .header("X-User-Groups", role)
                        .request(
                            route.substring(0, space).toUpperCase(Locale.ROOT),
                            route.substring(space + 1).replaceAll("\\{\\w+}", "no-such"))
                        .statusCode();
                all.assertThat(status == 403)
                    .as("%s as %s: %d", route, role, status)
                    .isEqualTo(!may);
              }
            });
    all.assertAll();
    assertThat(named).containsExactly("admin", "auditor", "eraser", "operator", "service");
  }

  /** Users may erase, revoke or define nothing: such operations are behind roles. */
  @Test
  void whatChangesWhatIsOthersIsBehindARole() {
    assertThat(roles(operations().get("delete /api/v1/admin/users/{userId}")))
        .containsExactly("eraser");
    assertThat(roles(operations().get("post /api/v1/coupons"))).containsExactly("operator");
    assertThat(roles(operations().get("get /api/v1/admin/audit")))
        .containsExactly("auditor", "operator");
    operations()
        .forEach(
            (route, operation) -> {
              if (route.contains(" /api/v1/admin/")) {
                assertThat(roles(operation)).as(route).isNotEmpty();
              }
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "post /api/v1/coupons",
        "post /api/v1/coupons/{couponId}/claims/{userId}/revoke",
        "post /api/v1/series/{seriesId}/stop",
        "post /api/v1/queues/{queueId}/call-next",
        "post /api/v1/wallets/{userId}/credits",
        "post /api/v1/admin/orders/{orderId}/settle"
      })
  void whatTheHistoryHasTakesAReason(String route) {
    assertThat((List<?>) operations().get(route).get("parameters"))
        .anyMatch(parameter -> "X-Reason".equals(((Map<?, ?>) parameter).get("name")));
  }

  private static Set<String> roles(Map<String, Object> operation) {
    Set<String> roles = new TreeSet<>();
    if (operation.get("security") instanceof List<?> requirements) {
      requirements.forEach(
          one ->
              ((Map<?, ?>) one)
                  .values()
                  .forEach(some -> ((List<?>) some).forEach(role -> roles.add(role.toString()))));
    }
    return roles;
  }

  /**
   * Not to be had from a service that is well and is not in haste. Other tests call every operation
   * that documents one: SlowClientsTest for 408, RateLimitsOverHttpTest for 429, ShutdownIT for
   * 503. Only of 500, which is a defect, there is none to be had.
   */
  private static final Set<String> NOT_PROVOKED = Set.of("408", "429", "500", "503");

  /**
   * Calls every operation, with what succeeds and with what does not: what is documented is sent,
   * and what is sent is documented.
   */
  @Test
  void theStatusesOfTheDocumentAreThoseThatAreSent() throws Exception {
    Map<String, Map<String, Object>> documented = operations();
    Calls calls = new Calls(documented.keySet());
    ofCoupons(calls);
    ofLotteries(calls);
    ofSeries(calls);
    ofSales(calls);
    ofQueues(calls);
    ofPayments(calls);
    ofOrders(calls);
    ofLocks(calls);
    ofTheOperator(calls);

    SoftAssertions all = new SoftAssertions();
    all.assertThat(calls.sent.keySet()).isEqualTo(documented.keySet());
    documented.forEach(
        (route, operation) -> {
          Set<String> statuses =
              new TreeSet<>(((Map<String, ?>) operation.get("responses")).keySet());
          Set<String> sent = calls.sent.getOrDefault(route, new TreeSet<>());
          statuses.removeAll(NOT_PROVOKED);
          if (!operation.containsKey("security")) {
            // By a token that is none; here everybody is believed.
            statuses.remove("401");
            sent.remove("401");
          }
          // What takes longer than the request has patience for.
          if (route.equals("post /api/v1/orders/{orderId}/refund")) {
            statuses.remove("202");
          }
          if (route.equals("post /api/v1/payments")) {
            // While the same payment is being made.
            statuses.remove("409");
          }
          all.assertThat(sent).as(route).isEqualTo(statuses);
        });
    all.assertAll();
  }

  /** The statuses that were sent, by the operation. */
  private static final class Calls {

    private final Set<String> routes;
    private final TreeMap<String, TreeSet<String>> sent = new TreeMap<>();

    Calls(Set<String> routes) {
      this.routes = routes;
    }

    /** Calls an operation, and at first in every way in which any can be called wrongly. */
    Response call(RequestSpecification as, String method, String path) {
      QueryableRequestSpecification request = SpecificationQuerier.query(as);
      Response answer = as.request(method.toUpperCase(Locale.ROOT), path);
      if (!sent.containsKey(route(method, path))) {
        callWrongly(request.getBody(), method, path);
      }
      sent(method, path, answer);
      return answer;
    }

    void callWrongly(Object body, String method, String path) {
      String unknown =
          route(method, path).split(" ")[1].replace("{id}", "1-1").replaceAll("\\{[^}]*}", "none");
      if (!path.endsWith("/live") || path.startsWith(OrderApi.ORDERS)) {
        // Anybody may watch the others, and would read for ever.
        refused(Api.anonymous(), body, method, path);
      }
      refused(Api.as("none"), body, method, unknown);
      refused(Api.admin(), body, method, unknown);
      refused(Api.admin().header("Accept", "text/html"), body, method, path);
      if (!method.equals("get")) {
        refused(Api.admin().header("Sec-Fetch-Site", "cross-site"), body, method, path);
      }
      refused(Api.admin().header("Idempotency-Key", "a", "b"), body, method, path);
      if (body != null) {
        refused(Api.admin().contentType("text/plain"), body, method, path);
        refused(Api.admin(), " ".repeat(MAX_BODY_BYTES + 1), method, path);
      }
    }

    private void refused(RequestSpecification as, Object body, String method, String path) {
      QueryableRequestSpecification request = SpecificationQuerier.query(as);
      if (body != null) {
        as.body(body);
        if (request.getContentType() == null) {
          as.contentType("application/json");
        }
      }
      if (!request.getHeaders().hasHeaderWithName("Idempotency-Key")) {
        as.header("Idempotency-Key", "wrong");
      }
      Response answer = as.request(method.toUpperCase(Locale.ROOT), path);
      if (answer.statusCode() >= 400) {
        sent(method, path, answer);
      }
    }

    private void sent(String method, String path, Response answer) {
      if (answer.statusCode() >= 400) {
        assertThat(answer.contentType()).as(path).startsWith("application/problem+json");
      } else if (!answer.asString().isEmpty()) {
        assertThat(answer.contentType())
            .as(path)
            .startsWith(path.contains("/exports/") ? "application/x-ndjson" : "application/json");
      }
      sent(method, path, answer.statusCode());
    }

    void sent(String method, String path, int status) {
      sent.computeIfAbsent(route(method, path), key -> new TreeSet<>()).add(String.valueOf(status));
    }

    private String route(String method, String path) {
      return routes.stream()
          .filter(template -> matches(template, method + " " + path))
          .min(Comparator.comparingInt(template -> template.split("\\{").length))
          .orElseThrow(() -> new AssertionError(method + " " + path + " is not documented"));
    }

    private static boolean matches(String template, String call) {
      return call.matches(template.replaceAll("\\{[^}]*}", "[^/]*"));
    }
  }

  private static RequestSpecification json(RequestSpecification as, Object body) {
    return as.contentType("application/json").body(body);
  }

  private static RequestSpecification ndjson(String body) {
    return ndjson(Api.admin(), body);
  }

  private static RequestSpecification ndjson(RequestSpecification as, String body) {
    return Api.lines(as, "application/x-ndjson", body);
  }

  private static Map<String, Object> renamed(Map<String, Object> order) {
    Map<String, Object> other = new HashMap<>(order);
    other.put("name", "Another");
    return other;
  }

  private void ofCoupons(Calls calls) throws Exception {
    Map<String, Object> order = Api.order(10, Map.of("audience", true));
    calls.call(json(Api.admin(), order), "post", Api.COUPONS);
    calls.call(json(Api.admin(), order), "post", Api.COUPONS);
    calls.call(json(Api.admin(), renamed(order)), "post", Api.COUPONS);
    calls.call(Api.anonymous(), "get", Api.COUPONS);
    String coupon = Api.coupon(order.get("id").toString());
    calls.call(Api.anonymous(), "get", coupon);
    Map<String, Object> copy = Map.of("id", Api.freshId());
    calls.call(json(Api.admin(), copy), "post", coupon + "/clone");
    calls.call(json(Api.admin(), copy), "post", coupon + "/clone");
    calls.call(json(Api.admin(), renamed(copy)), "post", coupon + "/clone");
    calls.call(Api.anonymous(), "get", Api.coupon(Api.freshId()));
    calls.call(json(Api.admin(), Map.of("quantity", 9)), "patch", coupon);
    Map<String, Object> users = Map.of("users", List.of("alice", "bob"));
    calls.call(json(Api.admin(), users), "put", coupon + "/audience");
    calls.call(Api.as("alice"), "post", coupon + "/claims");
    calls.call(Api.as("alice"), "post", coupon + "/claims");
    calls.call(Api.as("bob"), "put", coupon + "/claims/bob");
    calls.call(Api.as("bob"), "put", coupon + "/claims/bob");
    calls.call(Api.as("carol"), "put", coupon + "/claims/carol");
    calls.call(Api.as("bob"), "get", coupon + "/claims/bob");
    calls.call(Api.as("carol"), "get", coupon + "/claims/carol");
    for (String user : List.of("bob", "carol")) {
      calls.call(Api.as("carol"), "get", coupon + "/claims/" + user + "/check");
    }
    calls.call(Api.as("carol"), "get", coupon + "/claims/bob");
    calls.call(json(Api.admin(), Map.of("quantity", 1)), "patch", coupon);
    calls.call(Api.admin(), "get", coupon + "/claims");
    for (String what : List.of("claims", "redemptions", "history")) {
      calls.call(Api.admin(), "get", coupon + "/exports/" + what);
    }
    Map<String, Object> redemption = Map.of("userId", "bob", "orderReference", "order-1");
    calls.call(json(Api.admin(), redemption), "post", coupon + "/redemptions");
    calls.call(json(Api.admin(), redemption), "post", coupon + "/redemptions");
    Map<String, Object> undo = new HashMap<>(redemption);
    undo.put("reason", "Order cancelled");
    Map<String, Object> reason = Map.of("reason", "A robot");
    calls.call(json(Api.admin(), reason), "post", coupon + "/claims/bob/revoke");
    calls.call(json(Api.admin(), undo), "post", coupon + "/redemptions/undo");
    calls.call(json(Api.admin(), redemption), "post", coupon + "/redemptions");
    calls.call(json(Api.admin(), reason), "post", coupon + "/claims/bob/revoke");
    calls.call(json(Api.admin(), redemption), "post", coupon + "/redemptions");
    undo.put("orderReference", "order-2");
    calls.call(json(Api.admin(), undo), "post", coupon + "/redemptions/undo");
    for (String user : List.of("bob", "carol")) {
      calls.call(Api.as(user), "get", coupon + "/claims/bob/history");
    }
    calls.call(Api.as("bob"), "get", "/api/v1/me/coupons");
    String pool = Api.coupon(Api.create(2, Map.of("codes", "POOL"))) + "/codes";
    calls.call(ndjson("\"FIRST\"\n\"SECOND\"\n"), "post", pool);
    calls.call(ndjson("\"A\"\n"), "post", pool);
    calls.call(ndjson("\"FIRST\"\n").header("Accept", "text/html"), "post", pool);
    calls.call(ndjson(Api.anonymous(), "\"FIRST\"\n"), "post", pool);
    calls.call(ndjson(Api.as("none"), "\"FIRST\"\n"), "post", pool);
    calls.call(ndjson("\"FIRST\"\n"), "post", coupon + "/codes");
    calls.call(Api.admin(), "get", pool);
    calls.call(Api.admin(), "get", coupon + "/codes");
    calls.call(json(Api.admin(), users), "delete", coupon + "/audience");
    String forAll = Api.coupon(Api.create(1));
    calls.call(json(Api.admin(), users), "put", forAll + "/audience");
    calls.call(json(Api.admin(), users), "delete", forAll + "/audience");
    stream(calls, coupon + "/live");
    for (String change :
        List.of("pause", "archive", "resume", "close", "resume", "pause", "archive")) {
      calls.call(Api.admin(), "post", coupon + "/" + change);
    }
    calls.call(Api.as("carol"), "put", coupon + "/claims/carol");
    ofWaitlists(calls);
  }

  private void ofWaitlists(Calls calls) throws Exception {
    String coupon = Api.coupon(Api.create(1, Map.of("waitlist", 9, "acceptWithinSeconds", 3600)));
    calls.call(Api.as("bob"), "post", coupon + "/claims");
    calls.call(Api.as("alice"), "post", coupon + "/claims");
    calls.call(Api.as("alice"), "put", coupon + "/claims/alice");
    calls.call(Api.as("carol"), "post", coupon + "/claims");
    for (String user : List.of("alice", "eve")) {
      calls.call(Api.as(user), "get", coupon + "/tickets/alice");
    }
    stream(calls, coupon + "/tickets/alice/live");
    calls.call(Api.anonymous(), "get", coupon + "/tickets/alice/live");
    calls.call(Api.as("eve"), "get", coupon + "/tickets/alice/live");
    calls.call(
        json(Api.admin(), Map.of("reason", "A robot")), "post", coupon + "/claims/bob/revoke");
    for (String user : List.of("alice", "eve")) {
      calls.call(Api.as(user), "post", coupon + "/tickets/alice/accept");
    }
    for (String user : List.of("carol", "carol", "eve")) {
      calls.call(Api.as(user), "delete", coupon + "/tickets/carol");
    }
    calls.call(Api.as("carol"), "post", coupon + "/claims");
    calls.call(
        json(Api.admin(), Map.of("reason", "A robot")), "post", coupon + "/claims/alice/revoke");
    calls.call(Api.as("carol"), "delete", coupon + "/tickets/carol");
    calls.call(Api.as("carol"), "post", coupon + "/tickets/carol/accept");
  }

  private void ofLocks(Calls calls) {
    String lock = "/api/v1/locks/" + Api.freshId();
    Map<String, Object> order = Map.of("leaseSeconds", 60);
    String token = calls.call(json(Api.admin(), order), "post", lock).path("token");
    calls.call(json(Api.admin(), order), "post", lock);
    for (String held : List.of(token, "no-such-token-at-all")) {
      Map<String, Object> extension = Map.of("token", held, "leaseSeconds", 60);
      calls.call(json(Api.admin(), extension), "post", lock + "/extend");
    }
    for (int i = 0; i < 2; i++) {
      calls.call(json(Api.admin(), Map.of("token", token)), "post", lock + "/release");
    }
    calls.call(json(Api.admin(), Map.of("leaseSeconds", 0)), "post", lock);
    calls.call(json(Api.admin(), Map.of("token", "short")), "post", lock + "/extend");
    calls.call(json(Api.admin(), Map.of("token", "short")), "post", lock + "/release");
  }

  private void ofSeries(Calls calls) {
    String series = "/api/v1/series";
    String now = Instant.now().truncatedTo(ChronoUnit.MINUTES).toString();
    Map<String, Object> order =
        Map.of(
            "id",
            "s-" + Api.freshId().substring(0, 15),
            "name",
            "A series",
            "template",
            Map.of("name", "A drop", "quantity", 1),
            "schedule",
            Map.of("zone", "UTC", "instants", List.of(now)));
    calls.call(json(Api.admin(), order), "post", series);
    calls.call(json(Api.admin(), order), "post", series);
    calls.call(json(Api.admin(), renamed(order)), "post", series);
    calls.call(Api.anonymous(), "get", series);
    String one = series + "/" + order.get("id");
    await()
        .atMost(Stores.SOON)
        .until(() -> Api.anonymous().get(one).path("current.couponId") != null);
    calls.call(Api.anonymous(), "get", one);
    calls.call(Api.as("alice"), "post", one + "/claims");
    calls.call(Api.as("alice"), "post", one + "/claims");
    String lotteries = "l-" + Api.freshId().substring(0, 15);
    Map<String, Object> lottery = new HashMap<>(order);
    lottery.put("id", lotteries);
    lottery.put("template", Map.of("name", "A lottery", "quantity", 1, "policy", "LOTTERY"));
    json(Api.admin(), lottery).post(series).then().statusCode(201);
    await()
        .atMost(Stores.SOON)
        .until(
            () -> Api.anonymous().get(series + "/" + lotteries).path("current.couponId") != null);
    calls.call(Api.as("alice"), "post", series + "/" + lotteries + "/claims");
    calls.call(Api.admin(), "post", one + "/stop");
  }

  private void ofLotteries(Calls calls) {
    Map<String, Object> value = Map.of("name", "A value", "fallback", "CANCEL");
    String lottery =
        Api.coupon(
            Api.create(1, Map.of("policy", "LOTTERY", "lottery", Map.of("publicValue", value))));
    calls.call(Api.as("alice"), "post", lottery + "/claims");
    calls.call(Api.as("bob"), "put", lottery + "/claims/bob");
    calls.call(Api.as("bob"), "get", lottery + "/entries/bob");
    calls.call(Api.as("alice"), "get", lottery + "/entries/bob");
    calls.call(Api.as("alice"), "delete", lottery + "/entries/alice");
    calls.call(Api.as("alice"), "delete", lottery + "/entries/bob");
    calls.call(Api.anonymous(), "get", lottery + "/draw");
    Map<String, Object> publicValue = Map.of("value", "7");
    calls.call(json(Api.admin(), publicValue), "post", lottery + "/draw/public-value");
    Api.admin().post(lottery + "/close").then().statusCode(200);
    calls.call(Api.as("bob"), "delete", lottery + "/entries/bob");
    await()
        .atMost(Stores.SOON)
        .until(() -> "FROZEN".equals(Api.anonymous().get(lottery + "/draw").path("state")));
    calls.call(json(Api.admin(), publicValue), "post", lottery + "/draw/public-value");
  }

  private void ofSales(Calls calls) throws Exception {
    String sales = "/api/v1/sales";
    Map<String, Object> order = Map.of("id", Api.freshId(), "name", "A sale");
    calls.call(json(Api.admin(), order), "post", sales);
    calls.call(json(Api.admin(), order), "post", sales);
    calls.call(json(Api.admin(), renamed(order)), "post", sales);
    calls.call(Api.anonymous(), "get", sales);
    String sale = sales + "/" + order.get("id");
    calls.call(Api.anonymous(), "get", sale);
    calls.call(json(Api.admin(), Map.of("name", "B")), "patch", sale);
    Map<String, Object> item = Map.of("id", "a", "name", "An item", "quantity", 5);
    calls.call(json(Api.admin(), item), "post", sale + "/items");
    calls.call(json(Api.admin(), item), "post", sale + "/items");
    calls.call(json(Api.admin(), renamed(item)), "post", sale + "/items");
    calls.call(Api.anonymous(), "get", sale + "/items");
    calls.call(Api.anonymous(), "get", sale + "/items/a");
    calls.call(Api.anonymous(), "get", sale + "/items/b");
    calls.call(json(Api.admin(), Map.of("name", "B")), "patch", sale + "/items/a");
    stream(calls, sale + "/items/a/live");
    String[] keys = {"r", "r", "s"};
    int[] quantities = {5, 6, -99};
    for (int i = 0; i < keys.length; i++) {
      Map<String, Object> restock = Map.of("quantity", quantities[i], "reason", "Delivery");
      calls.call(
          json(Api.admin().header("Idempotency-Key", keys[i]), restock),
          "post",
          sale + "/items/a/restock");
    }
    for (int units : new int[] {1, 99}) {
      Response reserved =
          calls.call(
              json(
                  Api.as("alice").header("Idempotency-Key", "k" + units),
                  Map.of("items", List.of(Map.of("itemId", "a", "quantity", units)))),
              "post",
              sale + "/reservations");
      String reservation = sale + "/reservations/" + (units == 1 ? reserved.path("id") : "none");
      calls.call(Api.as("alice"), "get", reservation);
      calls.call(Api.as("alice"), "post", reservation + "/cancel");
      calls.call(Api.admin(), "post", reservation + "/confirm");
      calls.call(json(Api.as("alice"), Map.of()), "post", reservation + "/extend");
      calls.call(json(Api.admin(), Map.of()), "post", reservation + "/take-again");
      calls.call(json(Api.admin(), Map.of("reason", "Why")), "post", reservation + "/undo");
      calls.call(Api.as("alice"), "get", reservation + "/history");
    }
    calls.call(Api.as("alice"), "get", "/api/v1/me/reservations");
    String confirmed =
        json(
                Api.as("alice").header("Idempotency-Key", "k"),
                Map.of("items", List.of(Map.of("itemId", "a", "quantity", 1))))
            .post(sale + "/reservations")
            .path("id");
    String mine = sale + "/reservations/" + confirmed;
    calls.call(json(Api.as("alice"), Map.of()), "post", mine + "/extend");
    calls.call(json(Api.admin(), Map.of()), "post", mine + "/take-again");
    calls.call(Api.admin(), "post", mine + "/confirm");
    calls.call(Api.as("alice"), "post", sale + "/reservations/" + confirmed + "/cancel");
    calls.call(
        json(Api.admin(), Map.of("reason", "Why")),
        "post",
        sale + "/reservations/" + confirmed + "/undo");
    calls.call(
        json(
            Api.as("alice").header("Idempotency-Key", "k"),
            Map.of("items", List.of(Map.of("itemId", "a", "quantity", 2)))),
        "post",
        sale + "/reservations");
    for (String change : List.of("pause", "resume", "close", "pause", "resume")) {
      calls.call(Api.admin(), "post", sale + "/" + change);
    }
    String admin = "/api/v1/admin/";
    calls.call(Api.admin(), "post", admin + "sales/" + order.get("id") + "/recover");
    calls.call(Api.admin(), "get", admin + "audit/sales/" + order.get("id"));
    calls.call(Api.admin(), "post", admin + "audit/sales/" + order.get("id") + "/repair");
  }

  private void ofQueues(Calls calls) throws Exception {
    String queues = "/api/v1/queues";
    String id = Api.freshId();
    Map<String, Object> order = Map.of("id", id, "name", "A booth", "event", id, "capacity", 2);
    calls.call(json(Api.admin(), order), "post", queues);
    calls.call(json(Api.admin(), order), "post", queues);
    calls.call(json(Api.admin(), renamed(order)), "post", queues);
    calls.call(Api.anonymous(), "get", queues);
    String queue = queues + "/" + id;
    calls.call(Api.anonymous(), "get", queue);
    calls.call(json(Api.admin(), Map.of("capacity", 3)), "patch", queue);
    calls.call(Api.anonymous(), "get", queue + "/status");
    stream(calls, queue + "/live");
    for (String change : List.of("freeze", "pause", "resume", "drain", "resume")) {
      calls.call(Api.admin(), "post", queue + "/" + change);
    }
    for (String user : List.of("alice", "bob", "bob")) {
      calls.call(Api.as(user), "post", queue + "/entries");
      calls.call(Api.as(user), "get", queue + "/entries/" + user);
    }
    calls.call(Api.as("carol"), "get", queue + "/entries/bob");
    calls.call(json(Api.admin(), Map.of("count", 2)), "post", queue + "/call-next");
    calls.call(Api.admin(), "get", queue + "/entries");
    calls.call(json(Api.admin(), Map.of("capacity", 1)), "patch", queue);
    calls.call(Api.admin(), "post", queue + "/entries/alice/complete");
    calls.call(Api.admin(), "post", queue + "/entries/alice/pass");
    calls.call(Api.admin(), "post", queue + "/entries/alice/enter");
    calls.call(Api.as("alice"), "post", queue + "/entries/alice/pass");
    calls.call(Api.as("bob"), "post", queue + "/entries/alice/pass");
    calls.call(Api.anonymous(), "get", "/api/v1/pass-keys");
    calls.call(Api.anonymous(), "get", queue + "/check");
    String pass = Api.as("alice").post(queue + "/entries/alice/pass").then().extract().path("pass");
    calls.call(Api.anonymous().header("X-Queue-Pass", pass), "get", queue + "/check");
    calls.call(Api.admin(), "post", queue + "/entries/alice/complete");
    calls.call(Api.admin(), "post", queue + "/entries/alice/no-show");
    calls.call(Api.admin(), "post", queue + "/entries/alice/enter");
    calls.call(Api.admin(), "post", queue + "/entries/bob/no-show");
    calls.call(Api.admin(), "post", queue + "/entries/bob/enter");
    calls.call(Api.as("bob"), "post", queue + "/entries/bob/leave");
    calls.call(Api.as("bob"), "post", queue + "/entries");
    calls.call(Api.as("bob"), "post", queue + "/entries/bob/leave");
    for (String change : List.of("close", "freeze", "pause", "resume", "drain")) {
      calls.call(Api.admin(), "post", queue + "/" + change);
    }
    calls.call(Api.as("bob"), "post", queue + "/entries");
    calls.call(json(Api.admin(), Map.of("count", 2)), "post", queue + "/call-next");
    String admin = "/api/v1/admin/";
    calls.call(Api.admin(), "post", admin + "events/" + id + "/recover");
    calls.call(Api.admin(), "get", admin + "audit/events/" + id);
    calls.call(Api.admin(), "post", admin + "audit/events/" + id + "/repair");
  }

  private void ofPayments(Calls calls) {
    String user = PaymentApi.freshUser();
    String wallet = PaymentApi.wallet(user);
    Map<String, Object> credit = Map.of("amount", 100, "currency", "EUR");
    calls.call(
        json(Api.admin().header("Idempotency-Key", "k"), credit), "post", wallet + "/credits");
    for (Map<String, Object> other :
        List.<Map<String, Object>>of(
            Map.of("amount", 99, "currency", "EUR"), Map.of("amount", 100, "currency", "USD"))) {
      String key = other.containsValue("EUR") ? "k" : "l";
      calls.call(
          json(Api.admin().header("Idempotency-Key", key), other), "post", wallet + "/credits");
    }
    for (String reader : List.of(user, "carol")) {
      calls.call(Api.as(reader), "get", wallet);
      calls.call(Api.as(reader), "get", wallet + "/entries");
    }
    String paid = PaymentApi.id(pay(calls, user, "k", "WALLET"));
    calls.call(Api.as(user), "get", PaymentApi.PAYMENTS + "/" + paid);
    calls.call(
        json(
            Api.as(user).header("Idempotency-Key", "k"),
            Map.of("amount", 11, "currency", "EUR", "provider", "WALLET")),
        "post",
        PaymentApi.PAYMENTS);
    refund(calls, paid);
    for (String key : List.of(paid, "more")) {
      calls.call(
          json(Api.admin().header("Idempotency-Key", key), Map.of("amount", 50)),
          "post",
          PaymentApi.PAYMENTS + "/" + paid + "/refunds");
    }
    String charge = PaymentApi.id(pay(calls, user, "h", "HTTP"));
    PaymentApi.behave(user, "pending ".repeat(200).strip());
    refund(calls, charge);
    String unknown = PaymentApi.id(pay(calls, user, "u", "HTTP"));
    String told = "{\"paymentId\":\"" + unknown + "\",\"outcome\":\"DECLINED\"}";
    String signature =
        PaymentApi.signature(told, LocalPaymentProvider.CALLBACK_SECRET, Instant.now());
    calls.call(
        json(Api.anonymous().header("X-Signature", signature), told),
        "post",
        PaymentApi.PAYMENTS + "/callbacks/http");
  }

  private static ValidatableResponse pay(Calls calls, String user, String key, String provider) {
    Map<String, Object> body = Map.of("amount", 10, "currency", "EUR", "provider", provider);
    return calls
        .call(json(Api.as(user).header("Idempotency-Key", key), body), "post", PaymentApi.PAYMENTS)
        .then();
  }

  private static void refund(Calls calls, String payment) {
    calls.call(
        json(Api.admin().header("Idempotency-Key", payment), Map.of("amount", 5)),
        "post",
        PaymentApi.PAYMENTS + "/" + payment + "/refunds");
  }

  private void ofOrders(Calls calls) throws Exception {
    String user = "alice-" + PaymentApi.freshUser();
    PaymentApi.credit(user, "k", 1_000, "EUR").statusCode(201);
    String sale = OrderApi.sale(20, 100);
    Map<String, Object> wanted = OrderApi.body(sale, 1, "WALLET");
    String order = OrderApi.id(place(calls, user, "k", wanted));
    place(calls, user, "k", OrderApi.body(sale, 2, "WALLET"));
    place(calls, user, "a", OrderApi.with(OrderApi.body(sale, 1, "WALLET"), "userId", "bob"));
    place(calls, user, "b", OrderApi.body(sale, 50, "WALLET"));
    place(calls, user, "c", OrderApi.body(sale, 15, "WALLET"));
    place(calls, user, "d", OrderApi.body(SaleApi.freshId(), 1, "WALLET"));
    calls.call(Api.as(user), "get", OrderApi.ORDERS + "/" + order);
    calls.call(Api.as(user), "get", "/api/v1/me/orders");
    calls.call(Api.as(user), "post", OrderApi.ORDERS + "/" + order + "/cancel");
    Map<String, Object> returned = Map.of("reason", "Returned");
    calls.call(json(Api.as(user), returned), "post", OrderApi.ORDERS + "/" + order + "/refund");
    calls.call(json(Api.admin(), returned), "post", OrderApi.ORDERS + "/" + order + "/refund");
    String watched =
        OrderApi.id(
            OrderApi.place(
                    SaleApi.admin(),
                    PaymentApi.freshUser(),
                    OrderApi.with(OrderApi.body(sale, 1, "HTTP"), "userId", "alice"))
                .statusCode(201));
    stream(calls, OrderApi.ORDERS + "/" + watched + "/live");

    PaymentApi.behave(user, "pending ".repeat(1_000).strip());
    String blocked = OrderApi.id(place(calls, user, "h", OrderApi.body(sale, 1, "HTTP")));
    calls.call(Api.as(user), "post", OrderApi.ORDERS + "/" + blocked + "/cancel");
    PaymentApi.behave(user, "succeed decline");
    Awaitility.await()
        .atMost(Stores.SOON)
        .until(() -> OrderApi.read(blocked).extract().jsonPath().get("blocked") != null);
    String admin = "/api/v1/admin/orders/";
    calls.call(Api.admin(), "get", admin + "blocked");
    Map<String, Object> settled = Map.of("action", "ACCEPT", "reason", "By bank transfer");
    for (int i = 0; i < 2; i++) {
      calls.call(json(Api.admin(), settled), "post", admin + blocked + "/settle");
    }
    calls.call(json(Api.admin(), returned), "post", OrderApi.ORDERS + "/" + blocked + "/refund");
    Awaitility.await()
        .atMost(Stores.SOON)
        .until(
            () ->
                OrderApi.read(blocked)
                    .extract()
                    .jsonPath()
                    .getString("status")
                    .equals("CANCELLED"));
    calls.call(Api.as(user), "post", OrderApi.ORDERS + "/" + blocked + "/cancel");
  }

  private static ValidatableResponse place(
      Calls calls, String user, String key, Map<String, Object> body) {
    return calls
        .call(json(Api.as(user).header("Idempotency-Key", key), body), "post", OrderApi.ORDERS)
        .then();
  }

  private void ofTheOperator(Calls calls) {
    String admin = "/api/v1/admin/";
    String id = Api.create(1);
    calls.call(Api.admin(), "post", admin + "coupons/" + id + "/recover");
    calls.call(Api.admin(), "post", admin + "coupons/" + Api.freshId() + "/recover");
    calls.call(Api.admin(), "get", admin + "history");
    calls.call(Api.admin(), "get", admin + "audit");
    calls.call(Api.admin(), "get", admin + "audit/coupons/" + id);
    calls.call(Api.admin(), "post", admin + "audit/coupons/" + id + "/repair");
    calls.call(Api.admin(), "delete", admin + "users/nobody-" + id);
    String letters = admin + "ledgers/" + id + "/dead-letters";
    stores.redis(Command.XADD, Keys.ledger(id), "*", "format", "1", "kind", "strange");
    Api.claim(id, "alice").statusCode(201);
    String letter =
        await()
            .until(
                () -> calls.call(Api.admin(), "get", letters).<String>path("deadLetters[0].id"),
                Objects::nonNull);
    calls.call(Api.admin(), "post", letters + "/" + letter + "/replay");
    calls.call(Api.admin(), "post", letters + "/1-1/replay");
    calls.call(Api.admin(), "post", letters + "/replay");
  }

  /** A stream does not end by itself. */
  private void stream(Calls calls, String path) throws Exception {
    HttpRequest request = Api.request(service.resolve(path), "alice").GET().build();
    HttpResponse<InputStream> answer =
        HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream());
    answer.body().close();
    calls.sent("get", path, answer.statusCode());
    calls.callWrongly(null, "get", path);
    assertThat(answer.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
  }

  /** What is answered with a status of its own is no guess of the generator. */
  @ParameterizedTest
  @CsvSource({
    "post /api/v1/coupons, 201 200, Coupon",
    "get /api/v1/coupons/{couponId}, 200, Coupon",
    "get /api/v1/coupons/{couponId}/draw, 200, Draw",
    "get /api/v1/coupons/{couponId}/entries/{userId}, 200, LotteryEntry",
    "get /api/v1/coupons/{couponId}/tickets/{userId}, 200, Ticket",
    "post /api/v1/coupons/{couponId}/tickets/{userId}/accept, 200, Claim",
    "get /api/v1/coupons/{couponId}/claims/{userId}, 200, Claim",
    "get /api/v1/coupons/{couponId}/claims/{userId}/check, 200, ClaimCheck",
    "get /api/v1/coupons/{couponId}/claims, 200, ClaimPage",
    "post /api/v1/sales, 201 200, Sale",
    "get /api/v1/sales, 200, SalePage",
    "post /api/v1/sales/{saleId}/pause, 200, Sale",
    "post /api/v1/sales/{saleId}/items, 201 200, Item",
    "get /api/v1/sales/{saleId}/items, 200, ItemPage",
    "post /api/v1/sales/{saleId}/items/{itemId}/restock, 200, Item",
    "post /api/v1/sales/{saleId}/reservations, 201, Reservation",
    "get /api/v1/sales/{saleId}/reservations/{reservationId}, 200, Reservation",
    "post /api/v1/sales/{saleId}/reservations/{reservationId}/confirm, 200, Reservation",
  })
  void everySuccessSaysWhatItAnswers(String route, String statuses, String schema) {
    Map<?, ?> responses = (Map<?, ?>) operations().get(route).get("responses");
    for (String status : statuses.split(" ")) {
      assertThat(String.valueOf(responses.get(status)))
          .contains("application/json", "#/components/schemas/" + schema + "}");
    }
    assertThat(responses.keySet().stream().map(String::valueOf).filter(s -> s.startsWith("2")))
        .containsExactlyInAnyOrder(statuses.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "post /api/v1/coupons/{couponId}/claims, 201, Claim",
    "post /api/v1/coupons/{couponId}/claims, 202, LotteryEntry",
    "post /api/v1/coupons/{couponId}/claims, 202, Ticket",
    "put /api/v1/coupons/{couponId}/claims/{userId}, 200, Claim",
    "put /api/v1/coupons/{couponId}/claims/{userId}, 202, LotteryEntry",
    "put /api/v1/coupons/{couponId}/claims/{userId}, 202, Ticket"
  })
  void aClaimAnswersWhatItsPolicyGives(String route, String status, String schema) {
    Map<?, ?> responses = (Map<?, ?>) operations().get(route).get("responses");
    assertThat(String.valueOf(responses.get(status)))
        .contains("application/json", "#/components/schemas/" + schema + "}");
  }

  @Test
  void theSchemasHaveExamples() {
    JsonPath document = document();
    SoftAssertions all = new SoftAssertions();
    for (String schema :
        List.of(
            "NewCoupon",
            "CouponPatch",
            "Coupon",
            "Claim",
            "Users",
            "NewSale",
            "Sale",
            "NewItem",
            "Item",
            "Restock",
            "ReservationItem",
            "ReservationLine",
            "SalePatch")) {
      Map<String, Map<String, Object>> properties =
          document.getMap("components.schemas." + schema + ".properties");
      all.assertThat(properties).as(schema).isNotEmpty();
      if (properties != null) {
        properties.forEach(
            (name, property) ->
                all.assertThat(
                        Stream.of("examples", "$ref", "anyOf").anyMatch(property::containsKey))
                    .as("examples of " + schema + "." + name + ": " + property)
                    .isTrue());
      }
    }
    all.assertAll();
  }

  @Test
  void theKeyOfAReservationIsAHeader() {
    assertThat(
            operations()
                .get("post /api/v1/sales/{saleId}/reservations")
                .get("parameters")
                .toString())
        .contains("Idempotency-Key");
  }

  @Test
  void theProblemIsDescribed() {
    JsonPath document = document();
    assertThat(document.getList("components.schemas.Problem.required"))
        .isEqualTo(List.of("type", "title", "status", "detail"));
    assertThat(
            document.getString(
                "components.responses.Problem.content.'application/problem+json'.schema.'$ref'"))
        .isEqualTo("#/components/schemas/Problem");
  }

  @Test
  void everyRefusalRefersToTheProblem() {
    SoftAssertions all = new SoftAssertions();
    operations()
        .forEach(
            (route, operation) -> {
              Map<String, Object> refusals =
                  new TreeMap<>((Map<String, Object>) operation.get("responses"));
              refusals.keySet().removeIf(status -> status.startsWith("2"));
              all.assertThat(refusals).as(route).containsKeys("500", "503");
              all.assertThat(refusals.values())
                  .as(route)
                  .containsOnly(Map.of("$ref", "#/components/responses/Problem"));
            });
    all.assertAll();
  }

  /** Method and path to operation. */
  private static TreeMap<String, Map<String, Object>> operations() {
    TreeMap<String, Map<String, Object>> operations = new TreeMap<>();
    Map<String, Map<String, Map<String, Object>>> paths = document().getMap("paths");
    paths.forEach(
        (path, item) ->
            item.forEach(
                (method, operation) -> {
                  if (METHODS.contains(method)) {
                    operations.put(method + " " + path, operation);
                  }
                }));
    return operations;
  }

  private static JsonPath document() {
    return management()
        .queryParam("format", "json")
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .extract()
        .jsonPath();
  }
}

package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every operation of the OpenAPI document works with clients that are not ours, each as it comes:
 * what HTTP they speak, and which headers they add, is their choice.
 */
@Tag("strangers")
@Timeout(120)
class ForeignClientsIT {

  private static final String OPERATOR = "ops";

  private static Site site;

  @BeforeAll
  static void open() {
    site = new Site(ForeignClientsIT.class).run(1);
  }

  @AfterAll
  static void close() {
    assertThat(site.replicas().get(0).complaints()).isEmpty();
    site.close();
  }

  @Test
  void theClientOfTheJdkWalksEveryOperation() throws Exception {
    try (ForeignClient client = ForeignClient.jdk()) {
      new Walk(client, site.replicas().get(0).uri()).everyOperation();
    }
  }

  /** {@code --http2} asks for HTTP/2 on a connection of HTTP/1.1, as proxies and the JDK do. */
  @ParameterizedTest
  @ValueSource(strings = {"--http1.1", "--http2"})
  void curlWalksEveryOperation(String version) throws Exception {
    assumeThat(ForeignClient.program("curl")).as("curl is not installed").isPresent();
    try (ForeignClient client = ForeignClient.curl(version)) {
      new Walk(client, site.replicas().get(0).uri()).everyOperation();
    }
  }

  @Test
  void fetchOfNodeWalksEveryOperation() throws Exception {
    assumeThat(ForeignClient.program("node")).as("Node is not installed").isPresent();
    try (ForeignClient client = ForeignClient.node()) {
      new Walk(client, site.replicas().get(0).uri()).everyOperation();
    }
  }

  @Test
  void theClientOfTheJdkWalksEveryOperationBehindNginx() throws Exception {
    assumeThat(Nginx.isInstalled()).as("nginx is not installed").isTrue();
    try (ForeignClient client = ForeignClient.jdk();
        Nginx nginx = Nginx.start(List.of(site.replicas().get(0).uri()), Site.SECRET, 4)) {
      new Walk(client, nginx.uri()) {
        @Override
        Map<String, String> identity(String user) {
          String credentials = user + ":" + Nginx.PASSWORD;
          return Map.of(
              "Authorization",
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
        }
      }.everyOperation();
    }
  }

  /** One client's way through the API, on a coupon and a sale of its own. */
  private static class Walk {
    private static final String USER = "user-0";

    private final ForeignClient client;
    private final URI service;
    private final Map<String, String> ids = new HashMap<>();
    private final List<String> walked = new ArrayList<>();
    private final JsonNode paths;

    Walk(ForeignClient client, URI service) throws IOException {
      this.client = client;
      this.service = service;
      String own = UUID.randomUUID().toString();
      ids.put("couponId", "c-" + own);
      ids.put("saleId", "s-" + own);
      ids.put("itemId", "a");
      ids.put("queueId", "q-" + own);
      ids.put("eventId", "e-" + own);
      ids.put("ledger", "c-" + own);
      ids.put("id", "1-1");
      this.paths =
          new ObjectMapper()
              .readTree(site.gateway().manage(0, "/q/openapi?format=json").body())
              .path("paths");
    }

    Map<String, String> identity(String user) {
      return Map.of(
          "X-Gateway-Secret",
          Site.SECRET,
          "X-User-Id",
          user,
          "X-User-Groups",
          user.equals(OPERATOR) ? "admin" : "");
    }

    void everyOperation() throws IOException, InterruptedException {
      coupons();
      lotteries();
      series();
      sales();
      queues();
      payments();
      orders();
      locks();
      operators();
      assertThat(new TreeSet<>(walked)).as("walked").isEqualTo(documented());
    }

    private void coupons() throws IOException, InterruptedException {
      String coupon = "/api/v1/coupons/{couponId}";
      String definition =
          "{\"id\":\"%s\",\"name\":\"A coupon\",\"quantity\":3,\"audience\":true}"
              .formatted(ids.get("couponId"));
      walk(OPERATOR, 201, "POST /api/v1/coupons", definition);
      walk(USER, 200, "GET /api/v1/coupons", "");
      walk(USER, 200, "GET " + coupon, "");
      walk(OPERATOR, 200, "PATCH " + coupon, "{\"name\":\"Another\"}");
      walk(OPERATOR, 201, "POST " + coupon + "/clone", "{\"name\":\"A copy\"}");
      String users = "{\"users\":[\"user-0\",\"user-1\",\"user-2\"]}";
      walk(OPERATOR, 200, "PUT " + coupon + "/audience", users);
      walk(OPERATOR, 200, "DELETE " + coupon + "/audience", "{\"users\":[\"user-2\"]}");
      walk(OPERATOR, 200, "POST " + coupon + "/pause", "");
      walk(OPERATOR, 200, "POST " + coupon + "/resume", "");
      JsonNode claim = walk(USER, 201, "POST " + coupon + "/claims", "").json();
      assertThat(claim.path("sequence").asLong()).isEqualTo(1);
      ids.put("userId", "user-1");
      assertThat(
              walk("user-1", 201, "PUT " + coupon + "/claims/{userId}", "").json().get("sequence"))
          .hasToString("2");
      // From the second request on, where the first has changed the protocol.
      walk("user-1", 200, "PUT " + coupon + "/claims/{userId}", "");
      walk("user-1", 200, "GET " + coupon + "/claims/{userId}", "");
      walk("user-1", 200, "GET " + coupon + "/claims/{userId}/check", "");
      walk(OPERATOR, 200, "GET " + coupon + "/claims", "");
      for (String what : List.of("claims", "redemptions", "history")) {
        walk(OPERATOR, 200, "GET " + coupon + "/exports/" + what, "");
      }
      String order = "{\"userId\":\"user-1\",\"orderReference\":\"order-1\"";
      walk(OPERATOR, 201, "POST " + coupon + "/redemptions", order + "}");
      String undo = order + ",\"reason\":\"cancelled\"}";
      walk(OPERATOR, 200, "POST " + coupon + "/redemptions/undo", undo);
      walk("user-1", 200, "GET " + coupon + "/claims/{userId}/history", "");
      walk(OPERATOR, 200, "POST " + coupon + "/claims/{userId}/revoke", "{\"reason\":\"test\"}");
      walk("user-1", 200, "GET /api/v1/me/coupons", "");
      assertThat(walk(USER, 200, "GET " + coupon + "/live", "").isStream()).isTrue();
      walk(OPERATOR, 200, "POST " + coupon + "/close", "");
      walk(OPERATOR, 200, "POST " + coupon + "/archive", "");
      waitlist(coupon);
      codes(coupon);
    }

    private void waitlist(String coupon) throws IOException, InterruptedException {
      String id = ids.put("couponId", ids.get("couponId") + "-w");
      walk(
          OPERATOR,
          201,
          "POST /api/v1/coupons",
          "{\"id\":\"%s-w\",\"name\":\"A\",\"quantity\":1,\"waitlist\":9,\"acceptWithinSeconds\":60}"
              .formatted(id));
      walk(USER, 201, "POST " + coupon + "/claims", "");
      String ticket = coupon + "/tickets/{userId}";
      walk("user-1", 202, "PUT " + coupon + "/claims/{userId}", "");
      walk("user-1", 204, "DELETE " + ticket, "");
      walk("user-1", 202, "PUT " + coupon + "/claims/{userId}", "");
      walk("user-1", 200, "GET " + ticket, "");
      assertThat(walk("user-1", 200, "GET " + ticket + "/live", "").isStream()).isTrue();
      ids.put("userId", USER);
      walk(OPERATOR, 200, "POST " + coupon + "/claims/{userId}/revoke", "{\"reason\":\"test\"}");
      ids.put("userId", "user-1");
      walk("user-1", 200, "POST " + ticket + "/accept", "");
      ids.put("couponId", id);
    }

    private void codes(String coupon) throws IOException, InterruptedException {
      String closed = ids.put("couponId", "p-" + UUID.randomUUID());
      String definition =
          "{\"id\":\"%s\",\"name\":\"A coupon\",\"quantity\":3,\"codes\":\"POOL\"}"
              .formatted(ids.get("couponId"));
      walk(OPERATOR, 201, "POST /api/v1/coupons", definition);
      JsonNode uploaded =
          walk(OPERATOR, 200, "POST " + coupon + "/codes", "code\nFIRST\nSECOND\n", "text/csv")
              .json();
      assertThat(uploaded.path("added").asLong()).isEqualTo(2);
      assertThat(walk(OPERATOR, 200, "GET " + coupon + "/codes", "").json().path("left").asLong())
          .isEqualTo(2);
      JsonNode claim = walk("user-1", 201, "PUT " + coupon + "/claims/{userId}", "").json();
      assertThat(claim.path("code").asText()).isEqualTo("FIRST");
      String order = "{\"code\":\"FIRST\",\"orderReference\":\"order-1\"}";
      walk(OPERATOR, 201, "POST " + coupon + "/redemptions", order);
      ids.put("couponId", closed);
    }

    private void locks() throws IOException, InterruptedException {
      String lock = "/api/v1/locks/{name}";
      ids.put("name", "l-" + UUID.randomUUID());
      JsonNode held = walk(OPERATOR, 200, "POST " + lock, "{\"leaseSeconds\":60}").json();
      String token = "{\"token\":\"%s\"".formatted(held.path("token").asText());
      walk(OPERATOR, 200, "POST " + lock + "/extend", token + ",\"leaseSeconds\":60}");
      walk(OPERATOR, 204, "POST " + lock + "/release", token + "}");
    }

    private void series() throws IOException, InterruptedException {
      ids.put("seriesId", "s-" + ids.get("couponId").substring(2, 15));
      String definition =
          ("{\"id\":\"%s\",\"name\":\"A series\",\"template\":{\"name\":\"A drop\",\"quantity\":1},"
                  + "\"schedule\":{\"zone\":\"UTC\",\"time\":\"10:00\",\"from\":\"2100-01-01\"}}")
              .formatted(ids.get("seriesId"));
      walk(OPERATOR, 201, "POST /api/v1/series", definition);
      walk(USER, 200, "GET /api/v1/series", "");
      walk(USER, 200, "GET /api/v1/series/{seriesId}", "");
      // None is made yet.
      walk(USER, 404, "POST /api/v1/series/{seriesId}/claims", "");
      walk(OPERATOR, 200, "POST /api/v1/series/{seriesId}/stop", "");
    }

    private void lotteries() throws IOException, InterruptedException {
      String coupon = ids.get("couponId");
      ids.put("couponId", "l-" + coupon);
      String lottery = "/api/v1/coupons/{couponId}";
      String definition =
          ("{\"id\":\"%s\",\"name\":\"A"
                  + " lottery\",\"quantity\":1,\"policy\":\"LOTTERY\",\"lottery\":{\"publicValue\":{\"name\":\"A"
                  + " value\",\"fallback\":\"CANCEL\"}}}")
              .formatted(ids.get("couponId"));
      walk(OPERATOR, 201, "POST /api/v1/coupons", definition);
      JsonNode entry = walk("user-1", 202, "POST " + lottery + "/claims", "").json();
      assertThat(entry.path("number").asLong()).isEqualTo(1);
      walk("user-1", 200, "GET " + lottery + "/entries/{userId}", "");
      walk("user-1", 200, "DELETE " + lottery + "/entries/{userId}", "");
      walk(USER, 200, "GET " + lottery + "/draw", "");
      // It is not frozen yet.
      walk(OPERATOR, 409, "POST " + lottery + "/draw/public-value", "{\"value\":\"7\"}");
      ids.put("couponId", coupon);
    }

    private void sales() throws IOException, InterruptedException {
      String sale = "/api/v1/sales/{saleId}";
      String item = sale + "/items/{itemId}";
      String reservation = sale + "/reservations/{reservationId}";
      walk(
          OPERATOR,
          201,
          "POST /api/v1/sales",
          "{\"id\":\"%s\",\"name\":\"A sale\"}".formatted(ids.get("saleId")));
      walk(USER, 200, "GET /api/v1/sales", "");
      walk(USER, 200, "GET " + sale, "");
      walk(OPERATOR, 200, "PATCH " + sale, "{\"name\":\"Another\"}");
      walk(OPERATOR, 200, "POST " + sale + "/pause", "");
      walk(OPERATOR, 200, "POST " + sale + "/resume", "");
      walk(
          OPERATOR,
          201,
          "POST " + sale + "/items",
          "{\"id\":\"a\",\"name\":\"An item\",\"quantity\":2}");
      walk(USER, 200, "GET " + sale + "/items", "");
      walk(USER, 200, "GET " + item, "");
      walk(OPERATOR, 200, "PATCH " + item, "{\"name\":\"Another\"}");
      walk(OPERATOR, 200, "POST " + item + "/restock", "{\"quantity\":2,\"reason\":\"found\"}");
      assertThat(walk(USER, 200, "GET " + item + "/live", "").isStream()).isTrue();
      String one = "{\"items\":[{\"itemId\":\"a\",\"quantity\":1}]}";
      String reserve = "POST " + sale + "/reservations";
      ids.put("reservationId", walk(USER, 201, reserve, one).json().path("id").asText());
      walk(USER, 200, "GET " + reservation, "");
      walk(USER, 200, "POST " + reservation + "/extend", "{\"ttlSeconds\":600}");
      walk(OPERATOR, 200, "POST " + reservation + "/take-again", "{}");
      walk(OPERATOR, 200, "POST " + reservation + "/confirm", "");
      walk(OPERATOR, 200, "POST " + reservation + "/undo", "{\"reason\":\"test\"}");
      // It is read from MySQL, where the ledger brings it.
      await().untilAsserted(() -> walk(USER, 200, "GET " + reservation + "/history", ""));
      walk(USER, 200, "GET /api/v1/me/reservations", "");
      ids.put("reservationId", walk("user-1", 201, reserve, one).json().path("id").asText());
      walk("user-1", 200, "POST " + reservation + "/cancel", "");
      walk(OPERATOR, 200, "POST " + sale + "/close", "");
    }

    private void queues() throws IOException, InterruptedException {
      String queue = "/api/v1/queues/{queueId}";
      walk(
          OPERATOR,
          201,
          "POST /api/v1/queues",
          "{\"id\":\"%s\",\"name\":\"A booth\",\"event\":\"%s\",\"capacity\":3}"
              .formatted(ids.get("queueId"), ids.get("eventId")));
      walk(USER, 200, "GET /api/v1/queues", "");
      walk(USER, 200, "GET " + queue, "");
      walk(OPERATOR, 200, "PATCH " + queue, "{\"name\":\"Another\"}");
      walk(USER, 200, "GET " + queue + "/status", "");
      assertThat(walk(USER, 200, "GET " + queue + "/live", "").isStream()).isTrue();
      for (String change : List.of("freeze", "pause", "resume", "drain", "resume")) {
        walk(OPERATOR, 200, "POST " + queue + "/" + change, "");
      }
      String entry = queue + "/entries/{userId}";
      for (String user : List.of("user-1", "user-2", "user-3")) {
        walk(user, 201, "POST " + queue + "/entries", "");
      }
      walk("user-1", 200, "GET " + entry, "");
      walk(OPERATOR, 200, "POST " + queue + "/call-next", "{\"count\":2}");
      walk(OPERATOR, 200, "GET " + queue + "/entries", "");
      walk(OPERATOR, 200, "POST " + entry + "/enter", "");
      walk("user-1", 200, "POST " + entry + "/pass", "");
      walk(USER, 200, "GET /api/v1/pass-keys", "");
      walk(USER, 403, "GET " + queue + "/check", "");
      walk(OPERATOR, 200, "POST " + entry + "/complete", "");
      ids.put("userId", "user-2");
      walk(OPERATOR, 200, "POST " + entry + "/no-show", "");
      ids.put("userId", "user-3");
      walk("user-3", 200, "POST " + entry + "/leave", "");
      walk(OPERATOR, 200, "POST " + queue + "/close", "");
      ids.put("userId", "user-1");
    }

    private void payments() throws IOException, InterruptedException {
      String wallet = "/api/v1/wallets/{userId}";
      String credit = "{\"amount\":100,\"currency\":\"EUR\"}";
      walk(OPERATOR, 201, "POST " + wallet + "/credits", credit);
      walk("user-1", 200, "GET " + wallet, "");
      walk("user-1", 200, "GET " + wallet + "/entries", "");
      String payment = "{\"amount\":10,\"currency\":\"EUR\",\"provider\":\"WALLET\"}";
      ids.put(
          "paymentId",
          new ObjectMapper()
              .readTree(walk("user-1", 201, "POST /api/v1/payments", payment).body())
              .path("id")
              .asText());
      walk("user-1", 200, "GET /api/v1/payments/{paymentId}", "");
      walk(OPERATOR, 201, "POST /api/v1/payments/{paymentId}/refunds", "{\"amount\":10}");
      // It is not signed.
      walk("user-1", 401, "POST /api/v1/payments/callbacks/http", "{}");
    }

    private void orders() throws IOException, InterruptedException {
      String others = ids.get("saleId");
      ids.put("saleId", others + "-shop");
      String shop = "{\"id\":\"%s\",\"name\":\"A shop\",\"currency\":\"EUR\"}";
      walk(OPERATOR, 201, "POST /api/v1/sales", shop.formatted(ids.get("saleId")));
      String item = "{\"id\":\"a\",\"name\":\"An item\",\"quantity\":2,\"price\":10}";
      walk(OPERATOR, 201, "POST /api/v1/sales/{saleId}/items", item);
      String order =
          "{\"saleId\":\"%s\",\"items\":[{\"itemId\":\"a\",\"quantity\":1}],"
              + "\"payment\":{\"provider\":\"WALLET\"}}";
      ids.put(
          "orderId",
          walk("user-1", 201, "POST /api/v1/orders", order.formatted(ids.get("saleId")))
              .json()
              .path("id")
              .asText());
      walk("user-1", 200, "GET /api/v1/orders/{orderId}", "");
      walk("user-1", 200, "GET /api/v1/me/orders", "");
      assertThat(walk("user-1", 200, "GET /api/v1/orders/{orderId}/live", "").isStream()).isTrue();
      // It is confirmed.
      walk("user-1", 409, "POST /api/v1/orders/{orderId}/cancel", "");
      String returned = "{\"reason\":\"returned\"}";
      walk(OPERATOR, 200, "POST /api/v1/orders/{orderId}/refund", returned);
      walk(OPERATOR, 200, "GET /api/v1/admin/orders/blocked", "");
      String settlement = "{\"action\":\"RETRY\",\"reason\":\"test\"}";
      walk(OPERATOR, 409, "POST /api/v1/admin/orders/{orderId}/settle", settlement);
      ids.put("saleId", others);
    }

    private void operators() throws IOException, InterruptedException {
      String admin = "/api/v1/admin";
      walk(OPERATOR, 200, "GET " + admin + "/history", "");
      walk(OPERATOR, 200, "GET " + admin + "/audit", "");
      for (String of : List.of("/coupons/{couponId}", "/sales/{saleId}", "/events/{eventId}")) {
        walk(OPERATOR, 200, "GET " + admin + "/audit" + of, "");
        walk(OPERATOR, 200, "POST " + admin + "/audit" + of + "/repair", "");
        walk(OPERATOR, 204, "POST " + admin + of + "/recover", "");
      }
      String letters = admin + "/ledgers/{ledger}/dead-letters";
      walk(OPERATOR, 200, "GET " + letters, "");
      // There is none.
      walk(OPERATOR, 404, "POST " + letters + "/{id}/replay", "");
      walk(OPERATOR, 202, "POST " + letters + "/replay", "");
      walk(OPERATOR, 200, "DELETE " + admin + "/users/{userId}", "");
    }

    /**
     * Calls an operation.
     *
     * @param operation as the document names it
     */
    private ForeignClient.Reply walk(String user, int status, String operation, String body)
        throws IOException, InterruptedException {
      return walk(user, status, operation, body, "application/json");
    }

    private ForeignClient.Reply walk(
        String user, int status, String operation, String body, String type)
        throws IOException, InterruptedException {
      walked.add(operation);
      String path = operation.substring(operation.indexOf(' ') + 1);
      for (Map.Entry<String, String> id : ids.entrySet()) {
        path = path.replace("{" + id.getKey() + "}", id.getValue());
      }
      Map<String, String> headers = new HashMap<>(identity(user));
      headers.values().removeIf(String::isEmpty);
      if (!body.isEmpty()) {
        headers.put("Content-Type", type);
      }
      headers.put("Idempotency-Key", UUID.randomUUID().toString());
      String method = operation.substring(0, operation.indexOf(' '));
      ForeignClient.Reply reply = client.send(method, service.resolve(path), headers, body);
      assertThat(reply.status()).as("%s: %s", operation, reply).isEqualTo(status);
      return reply;
    }

    private TreeSet<String> documented() {
      TreeSet<String> operations = new TreeSet<>();
      paths
          .fields()
          .forEachRemaining(
              path ->
                  path.getValue()
                      .fieldNames()
                      .forEachRemaining(
                          method ->
                              operations.add(
                                  method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
      operations.removeIf(operation -> operation.startsWith("PARAMETERS "));
      return operations;
    }
  }
}

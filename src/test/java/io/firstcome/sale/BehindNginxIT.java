package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.firstcome.live.Watcher;
import io.firstcome.local.LocalPaymentProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway of {@code deploy/nginx} in front of four replicas, where nginx is installed. */
@Timeout(180)
class BehindNginxIT {
  private static final int REPLICAS = 4;
  private static final int USERS = 120;

  /** See {@link Nginx}: 3 s. */
  private static final Duration LONGER_THAN_ANSWERS_ARE_WAITED_FOR = Duration.ofSeconds(4);

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static Site site;
  private static LocalPaymentProvider provider;
  private static Nginx nginx;

  /** In front of one who only writes down what is passed on. */
  private static Nginx watched;

  private static HttpServer behind;
  private static final List<HttpExchange> seen = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void open() throws IOException {
    assumeThat(Nginx.isInstalled()).as("nginx is not installed: its gateway is not tried").isTrue();
    int port = Nginx.freePort();
    provider = LocalPaymentProvider.start();
    site =
        new Site(BehindNginxIT.class)
            .with("firstcome.payment.http.url", provider.url())
            .with("firstcome.payment.http.token", LocalPaymentProvider.TOKEN)
            .with("firstcome.payment.http.callback-secret", LocalPaymentProvider.CALLBACK_SECRET)
            .with("firstcome.payment.http.try-timeout", "3s")
            .with("firstcome.front.return-hosts", "127.0.0.1:" + port)
            .run(REPLICAS);
    nginx =
        Nginx.start(port, site.replicas().stream().map(Replica::uri).toList(), Site.SECRET, USERS);
    behind = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    behind.createContext(
        "/",
        exchange -> {
          seen.add(exchange);
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    behind.start();
    URI uri = URI.create("http://127.0.0.1:" + behind.getAddress().getPort());
    watched = Nginx.start(List.of(uri), Site.SECRET, 0);
  }

  @AfterAll
  static void close() {
    try (Nginx stopped = nginx;
        Nginx stoppedToo = watched;
        Site closed = site) {
      if (behind != null) {
        behind.stop(0);
      }
    }
  }

  @BeforeEach
  void nothingIsSeen() {
    seen.clear();
  }

  @Test
  void whoIsNotKnownIsRefusedAndToldAsAProblem() {
    HttpResponse<String> answer = send(request("POST", "/api/v1/coupons/any/claims", "", ""));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.headers().allValues("WWW-Authenticate")).hasSize(1);
    assertThat(answer(answer).problem()).isEqualTo("unauthenticated");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/q/metrics",
        "/q/health/ready",
        "/api/../q/metrics",
        "/api/%2e%2e/q/metrics",
        "/api/.%2E/q/metrics",
        "/api/..%2fq/metrics",
        "/api/v1/..%5c..%5cq/metrics",
        "/api/v1/%2e%2e%2f%2e%2e%2fq/metrics",
        "/api/v1/coupons/./x",
        "/api/v1/coupons/%2e",
        "/api/v1/coupons/..",
        "/api/v1/coupons/..?x",
        "/q/metrics/..%2f..%2fapi/x",
        "/q/metrics/../../api/x",
        "/q/metrics/..%252f..%252fapi/x",
        "/q/metrics/%2e%2e/%2e%2e/api/x",
        "/x/..%2fapi/v1/coupons/a/claims",
        "//api/v1/coupons",
        "/%61pi/v1/coupons",
        "/%2fapi/v1/coupons"
      })
  void aPathOutsideTheApiOrReadInTwoWaysReachesNoReplica(String path) {
    HttpResponse<String> answer = send(at(watched.uri(), "GET", path, "ops", "").build());
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer(answer).problem()).isEqualTo("not-found");
    assertThat(seen).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/v1/coupons/a/claims/a.b",
        "/api/v1/coupons/a/claims/..a%2fb",
        "/api/v1/coupons/a/claims/https:%2f%2fid%2fa%5cb%25",
        "/api/v1/coupons?after=/../..",
      })
  void aPathOfTheApiIsPassedOnAsItCame(String path) {
    assertThat(send(at(watched.uri(), "GET", path, "ops", "").build()).statusCode()).isEqualTo(200);
    assertThat(seen)
        .singleElement()
        .satisfies(s -> assertThat(s.getRequestURI()).hasToString(path));
  }

  /** Limits for addresses would be for those that a client makes up. */
  @Test
  void aClientDoesNotChooseTheAddressItIsCountedUnder() {
    send(
        at(watched.uri(), "GET", "/api/v1/coupons", "ops", "")
            .header("X-Forwarded-For", "192.0.2.1")
            .header("X-Forwarded-For", "192.0.2.2, 192.0.2.3")
            .header("Forwarded", "for=192.0.2.1")
            .build());
    assertThat(seen)
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.getRequestHeaders().get("X-Forwarded-For"))
                  .containsExactly("127.0.0.1");
              assertThat(request.getRequestHeaders()).doesNotContainKey("Forwarded");
            });
  }

  @Test
  void nobodySaysFromOutsideWhoTheyAre() {
    String coupon = site.coupon(10);
    String path = "/api/v1/coupons/" + coupon;
    String[] forged = {
      "X-User-Id", "user-1", "X-User-Groups", "admin", "X-Gateway-Secret", "not-the-secret-of-it"
    };
    HttpRequest claim = builder("POST", path + "/claims", "user-0", "").headers(forged).build();
    Answer claimed = answer(send(claim));
    assertThat(claimed.label()).isEqualTo("201");
    assertThat(claimed.holding("user-0").sequence()).isEqualTo(1);
    HttpRequest pause = builder("POST", path + "/pause", "user-0", "").headers(forged).build();
    assertThat(answer(send(pause)).label()).isEqualTo("403 forbidden");
    assertThat(send(request("POST", path + "/pause", "ops", "")).statusCode()).isEqualTo(200);
  }

  /** Each step by another replica, as it happens: none of them remembers a visitor. */
  @Test
  void aSiteBehindARoomIsSeenByWhoIsInside() {
    String room =
        "{\"id\":\"door\",\"name\":\"The door\",\"event\":\"door\",\"mode\":\"ROOM\","
            + "\"capacity\":1,\"perSecond\":100}";
    assertThat(send(request("POST", "/api/v1/queues", "ops", room)).statusCode()).isEqualTo(201);
    Map<String, String> alice = new HashMap<>();
    Map<String, String> bob = new HashMap<>();

    HttpResponse<String> away = visit("/shop/index.html?size=42", alice);
    assertThat(away.statusCode()).isEqualTo(303);
    String visit = away.headers().firstValue("Location").orElseThrow();
    assertThat(visit).contains("/api/v1/queues/door/visit?to=" + nginx.uri() + "/shop/");
    HttpResponse<String> back = visit(pathOf(visit), alice);
    assertThat(back.statusCode()).isEqualTo(303);
    assertThat(back.headers().firstValue("Location"))
        .contains(nginx.uri() + "/shop/index.html?size=42");
    assertThat(visit("/shop/index.html?size=42", alice).body()).contains("You are inside");

    assertThat(visit("/shop/index.html", bob).statusCode()).isEqualTo(303);
    assertThat(visit(pathOf(visit), bob).body()).contains("You are next.");
    assertThat(visit("/shop/index.html", bob).statusCode()).isEqualTo(303);
    // The password of nobody was checked there.
    HttpRequest forged =
        at(nginx.uri(), "GET", "/api/v1/queues/door/entries/user-0", "ops", "").build();
    send(at(nginx.uri(), "GET", pathOf(visit), "user-0", "").build());
    assertThat(send(forged).statusCode()).isEqualTo(404);
  }

  private static String pathOf(String address) {
    return address.startsWith("/") ? address : address.substring(nginx.uri().toString().length());
  }

  /** As a browser does it, with its cookies. */
  private static HttpResponse<String> visit(String path, Map<String, String> cookies) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(nginx.uri() + path));
    if (!cookies.isEmpty()) {
      StringBuilder line = new StringBuilder();
      cookies.forEach((name, value) -> line.append("; ").append(name).append('=').append(value));
      request.header("Cookie", line.substring(2));
    }
    HttpResponse<String> answer = send(request.build());
    for (String cookie : answer.headers().allValues("Set-Cookie")) {
      String[] pair = cookie.split(";")[0].split("=", 2);
      cookies.put(pair[0], pair[1]);
    }
    return answer;
  }

  /** It gathered events until they filled a buffer, and cut a stream on which little happened. */
  @Test
  void aQuietStreamOfLiveNumbersWasCut() {
    String coupon = site.coupon(2);
    String path = "/api/v1/coupons/" + coupon;
    HttpRequest watch = request("GET", path + "/live", "user-0", "");
    try (Watcher watcher =
        new Watcher(
            watch.uri(),
            "Authorization",
            watch.headers().firstValue("Authorization").orElseThrow())) {
      await().until(() -> watcher.events().size() == 1);
      long begun = System.nanoTime();
      await()
          .atMost(Duration.ofSeconds(15))
          .pollDelay(LONGER_THAN_ANSWERS_ARE_WAITED_FOR)
          .until(() -> System.nanoTime() - begun > LONGER_THAN_ANSWERS_ARE_WAITED_FOR.toNanos());
      assertThat(watcher.hasEnded()).isFalse();
      send(request("POST", path + "/claims", "user-0", ""));
      await().until(() -> watcher.events().size() == 2);
    }
  }

  /** A replica that hangs, and one that is dead: those who asked them are told the truth. */
  @Test
  void whatIsAskedAgainIsAnsweredRight() {
    String coupon = site.coupon(USERS / 2);
    Replica hanging = site.replicas().get(0);
    Replica dead = site.replicas().get(1);
    Map<String, Answer> first;
    hanging.suspend();
    try {
      dead.kill();
      first = claimAll(coupon);
    } finally {
      hanging.resume();
    }
    assertThat(first.values())
        .extracting(Answer::label)
        .isSubsetOf("201", "409 already-claimed", "409 sold-out");
    Audit.stores(site.servers(), coupon, USERS / 2);
    Map<String, Holding> stored = site.servers().claims(coupon);
    first.forEach(
        (user, answer) -> {
          if (answer.isClaim()) {
            assertThat(answer.holding(user)).isEqualTo(stored.get(user));
          } else {
            assertThat(stored).doesNotContainKey(user);
          }
        });
    site.run(REPLICAS);
  }

  /** The notes' case: one order, four who are told the same, and the provider is called once. */
  @Test
  void fiveOrdersOfOneUserAtOnceAreOne() {
    String shop = "{\"id\":\"shop\",\"name\":\"A shop\",\"currency\":\"EUR\"}";
    assertThat(send(request("POST", "/api/v1/sales", "ops", shop)).statusCode()).isEqualTo(201);
    String item = "{\"id\":\"a\",\"name\":\"An item\",\"quantity\":10,\"price\":100}";
    assertThat(send(request("POST", "/api/v1/sales/shop/items", "ops", item)).statusCode())
        .isEqualTo(201);
    List<CompletableFuture<HttpResponse<String>>> asked =
        IntStream.range(0, 5)
            .mapToObj(i -> HTTP.sendAsync(order(), BodyHandlers.ofString()))
            .toList();
    List<HttpResponse<String>> answers = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> one : asked) {
      // As the documents say to do on a slow machine.
      answers.add(
          await()
              .atMost(Duration.ofSeconds(30))
              .until(
                  () -> one.join().statusCode() == 201 ? one.join() : send(order()),
                  answer -> answer.statusCode() == 201));
    }

    assertThat(answers.stream().map(answer -> text(answer, "id")).distinct()).hasSize(1);
    assertThat(answers)
        .filteredOn(answer -> answer.headers().firstValue("Idempotent-Replayed").isEmpty())
        .hasSizeLessThanOrEqualTo(1);
    String charge = "p" + text(answers.get(0), "id").substring(1);
    HttpRequest book =
        HttpRequest.newBuilder(URI.create(provider.url() + "/book/" + charge)).build();
    assertThat(send(book).body()).isEqualTo("1 1");
    assertThat(text(send(request("GET", "/api/v1/sales/shop/items/a", "ops", "")), "available"))
        .isEqualTo("9");
  }

  private static HttpRequest order() {
    return builder(
            "POST",
            "/api/v1/orders",
            "user-0",
            "{\"saleId\":\"shop\",\"items\":[{\"itemId\":\"a\",\"quantity\":1}],"
                + "\"payment\":{\"provider\":\"HTTP\"}}")
        .header("Idempotency-Key", "k")
        .build();
  }

  private static String text(HttpResponse<String> answer, String member) {
    try {
      return new ObjectMapper().readTree(answer.body()).get(member).asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What an operator sends may not be sent twice, and what became of it is not made up. */
  @Test
  void aCreationThatIsNotAnsweredIsDoneOnceAtMost() {
    String name = "Only once";
    List<Replica> replicas = site.replicas().stream().filter(Replica::isRunning).toList();
    HttpResponse<String> answer;
    replicas.forEach(Replica::suspend);
    try {
      answer =
          send(
              request(
                  "POST", "/api/v1/coupons", "ops", "{\"name\":\"" + name + "\",\"quantity\":1}"));
    } finally {
      replicas.forEach(Replica::resume);
    }
    assertThat(answer(answer).label()).isEqualTo("503 unknown-outcome");
    assertThat(Integer.parseInt(answer.headers().firstValue("Retry-After").orElse("0")))
        .isBetween(1, 4);
    String coupons =
        site.gateway().operate(site.replicas().size() - 1, "GET", "/coupons", "").body();
    assertThat(coupons.split(name, -1).length - 1).isLessThanOrEqualTo(1);
  }

  private static Map<String, Answer> claimAll(String coupon) {
    Map<String, CompletableFuture<Answer>> asked = new HashMap<>();
    IntStream.range(0, USERS)
        .mapToObj(i -> "user-" + i)
        .forEach(
            user ->
                asked.put(
                    user,
                    HTTP.sendAsync(
                            request("POST", "/api/v1/coupons/" + coupon + "/claims", user, ""),
                            BodyHandlers.ofString())
                        .thenApply(BehindNginxIT::answer)));
    Map<String, Answer> answers = new HashMap<>();
    asked.forEach((user, answer) -> answers.put(user, answer.join()));
    return answers;
  }

  private static HttpRequest request(String method, String path, String user, String body) {
    return builder(method, path, user, body).build();
  }

  private static HttpRequest.Builder builder(String method, String path, String user, String body) {
    return at(nginx.uri(), method, path, user, body);
  }

  private static HttpRequest.Builder at(
      URI gateway, String method, String path, String user, String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(gateway + path))
            .timeout(Duration.ofSeconds(60))
            .method(method, BodyPublishers.ofString(body));
    if (!user.isEmpty()) {
      String credentials = user + ":" + Nginx.PASSWORD;
      request.header(
          "Authorization",
          "Basic "
              + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8)));
    }
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return request;
  }

  private static HttpResponse<String> send(HttpRequest request) {
    try {
      return HTTP.send(request, BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Answer answer(HttpResponse<String> response) {
    return new Answer(
        response.statusCode(),
        response.body(),
        response.headers().firstValue("Retry-After").orElse(""));
  }
}

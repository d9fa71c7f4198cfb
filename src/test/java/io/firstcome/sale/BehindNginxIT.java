package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.live.Watcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The gateway of {@code deploy/nginx} in front of four replicas, where nginx is installed. */
@Timeout(180)
class BehindNginxIT {
  private static final int REPLICAS = 4;
  private static final int USERS = 120;

  /** See {@link Nginx}: 3 s. */
  private static final Duration LONGER_THAN_ANSWERS_ARE_WAITED_FOR = Duration.ofSeconds(4);

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static Site site;
  private static Nginx nginx;

  @BeforeAll
  static void open() {
    assumeThat(Nginx.isInstalled()).as("nginx is not installed: its gateway is not tried").isTrue();
    site = new Site(BehindNginxIT.class).run(REPLICAS);
    nginx = Nginx.start(site.replicas().stream().map(Replica::uri).toList(), Site.SECRET, USERS);
  }

  @AfterAll
  static void close() {
    try (Nginx stopped = nginx;
        Site closed = site) {
      // Nothing but their end.
    }
  }

  @Test
  void whoIsNotKnownIsRefusedAndToldAsAProblem() {
    HttpResponse<String> answer = send(request("POST", "/api/v1/coupons/any/claims", "", ""));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.headers().firstValue("Content-Type")).contains("application/problem+json");
    assertThat(answer.headers().allValues("WWW-Authenticate")).hasSize(1);
    assertThat(answer(answer).problem()).isEqualTo("unauthenticated");
  }

  @Test
  void metricsAndHealthAreNotForTheWorld() {
    for (String path : List.of("/q/metrics", "/q/health/ready", "/", "/api/../q/metrics")) {
      HttpResponse<String> answer = send(request("GET", path, "ops", ""));
      assertThat(answer.statusCode()).as(path).isEqualTo(404);
      assertThat(answer(answer).problem()).as(path).isEqualTo("not-found");
    }
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
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(nginx.uri() + path))
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

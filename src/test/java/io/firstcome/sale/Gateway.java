package io.firstcome.sale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The trusted gateway in front of the replicas: says who asks, and sends each request to the next
 * replica, also to one that is dead, as gateways do until they notice.
 */
final class Gateway {
  /** A replica that takes longer is taken for dead, and another one is asked. */
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** Where this very replica is meant: a cold one on a busy machine takes its time. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** One for all: it cannot be closed on JDK 17. */
  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  private final List<URI> replicas;
  private final List<URI> management;
  private final String secret;
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * @param secret as in {@code firstcome.gateway.secrets}; empty where none is needed
   */
  Gateway(List<URI> replicas, String secret) {
    this(replicas, List.of(), secret);
  }

  /** In front of processes of which the management ports are known too. */
  static Gateway of(List<Replica> replicas, String secret) {
    return new Gateway(
        replicas.stream().map(Replica::uri).toList(),
        replicas.stream().map(Replica::management).toList(),
        secret);
  }

  private Gateway(List<URI> replicas, List<URI> management, String secret) {
    this.replicas = List.copyOf(replicas);
    this.management = List.copyOf(management);
    this.secret = secret;
  }

  /** Claims a unit at the next replica; fails where it does not answer. */
  CompletableFuture<Answer> claim(String couponId, String user) {
    int replica = Math.floorMod(turn.getAndIncrement(), replicas.size());
    return claim(replica, couponId, user, TIMEOUT);
  }

  /** Claims a unit at this replica. */
  CompletableFuture<Answer> claim(int replica, String couponId, String user) {
    return claim(replica, couponId, user, PATIENCE);
  }

  private CompletableFuture<Answer> claim(
      int replica, String couponId, String user, Duration timeout) {
    HttpRequest request =
        request(replica, "/api/v1/coupons/" + couponId + "/claims")
            .header("X-User-Id", user)
            .timeout(timeout)
            .POST(BodyPublishers.noBody())
            .build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).thenApply(Gateway::answer);
  }

  /**
   * Asks this replica for something as the operator.
   *
   * @param path below {@code /api/v1}
   * @param body JSON, or empty
   */
  Answer operate(int replica, String method, String path, String body) {
    HttpRequest.Builder request =
        request(replica, "/api/v1" + path)
            .header("X-User-Id", "operator")
            .header("X-User-Groups", "admin");
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return send(request.method(method, BodyPublishers.ofString(body)).build());
  }

  /**
   * Reserves items at this replica.
   *
   * @param key the idempotency key
   * @param items JSON of the lines
   */
  CompletableFuture<Answer> reserve(
      int replica, String saleId, String user, String key, String items) {
    HttpRequest request =
        request(replica, "/api/v1/sales/" + saleId + "/reservations")
            .header("X-User-Id", user)
            .header("Idempotency-Key", key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString("{\"items\":" + items + "}"))
            .build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).thenApply(Gateway::answer);
  }

  /**
   * Posts nothing but the path.
   *
   * @param path below {@code /api/v1}
   * @param groups of the user, or empty
   */
  CompletableFuture<Answer> post(int replica, String path, String user, String groups) {
    HttpRequest request =
        request(replica, "/api/v1" + path)
            .header("X-User-Id", user)
            .header("X-User-Groups", groups)
            .POST(BodyPublishers.noBody())
            .build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).thenApply(Gateway::answer);
  }

  /**
   * Posts a request that has a key.
   *
   * @param path below {@code /api/v1}
   * @param groups of the user, or empty
   * @param key the idempotency key
   * @param body JSON
   */
  CompletableFuture<Answer> send(
      int replica, String path, String user, String groups, String key, String body) {
    HttpRequest request =
        request(replica, "/api/v1" + path)
            .header("X-User-Id", user)
            .header("X-User-Groups", groups)
            .header("Idempotency-Key", key)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    return HTTP.sendAsync(request, BodyHandlers.ofString()).thenApply(Gateway::answer);
  }

  /** What is at this path of this replica, as anybody sees it. */
  Answer read(int replica, String path) {
    return send(request(replica, path).GET().build());
  }

  /** What this replica tells of its metrics and its health. */
  Answer manage(int replica, String path) {
    URI uri = URI.create(management.get(replica) + path);
    return send(HttpRequest.newBuilder(uri).timeout(PATIENCE).GET().build());
  }

  private HttpRequest.Builder request(int replica, String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(replicas.get(replica) + path)).timeout(PATIENCE);
    return secret.isEmpty() ? request : request.header("X-Gateway-Secret", secret);
  }

  private static Answer send(HttpRequest request) {
    try {
      return answer(HTTP.send(request, BodyHandlers.ofString()));
    } catch (IOException e) {
      throw new UncheckedIOException(request.uri() + ": " + e, e);
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

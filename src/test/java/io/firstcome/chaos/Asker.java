package io.firstcome.chaos;

import io.firstcome.chaos.Operation.Kind;
import io.firstcome.sale.Answer;
import io.firstcome.sale.Holding;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks one replica once, as the gateway does, and writes down what came of it. */
final class Asker {
  private static final Duration TIMEOUT = Duration.ofSeconds(4);
  private static final Pattern RESERVATION = Pattern.compile("\"id\":\"([^\"]+)\"");
  private static final Pattern SEQUENCE = Pattern.compile("\"sequence\":(\\d+)");
  private static final Pattern UNIT =
      Pattern.compile("\\{\"sequence\":(\\d+),\"issuedAt\":\"([^\"]+)\"");
  private static final Pattern EXPIRES = Pattern.compile("\"expiresAt\":\"([^\"]+)\"");
  private static final Pattern STATUS = Pattern.compile("\"status\":\"([A-Z]+)\"");

  /** One for all: it cannot be closed on JDK 17. */
  private static final HttpClient HTTP = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();

  private final History history;

  /**
   * What is to be asked.
   *
   * @param key see {@link Operation#key}
   * @param body JSON, or empty
   */
  record Request(Kind kind, String target, String user, String key, String body) {}

  Asker(History history) {
    this.history = history;
  }

  Operation ask(URI replica, Request request) throws InterruptedException {
    long invoked = System.nanoTime();
    Answer answer = send(http(replica, request));
    Operation operation =
        new Operation(
            request.kind(),
            request.target(),
            request.user(),
            request.key(),
            invoked,
            System.nanoTime(),
            answer.status(),
            answer.problem(),
            told(request, answer));
    history.add(operation);
    return operation;
  }

  /** As the operator, and not part of the history. */
  static Answer read(URI replica, String path) throws InterruptedException {
    return send(authorized(replica, path, "operator", "admin").GET().build());
  }

  private static HttpRequest http(URI replica, Request request) {
    String coupon = "/coupons/" + Part.asked(request.target());
    String reservations = "/sales/" + request.target() + "/reservations";
    HttpRequest.Builder http =
        switch (request.kind()) {
          case CREATE -> authorized(replica, request.key(), "operator", "admin");
          case CLAIM ->
              authorized(
                  replica,
                  coupon + "/claims" + (request.key().isEmpty() ? "" : "?units=" + request.key()),
                  request.user(),
                  "");
          case REDEEM -> authorized(replica, coupon + "/redemptions", "shop", "service");
          case UNREDEEM -> authorized(replica, coupon + "/redemptions/undo", "shop", "service");
          case REVOKE ->
              authorized(
                  replica, coupon + "/claims/" + request.user() + "/revoke", "operator", "admin");
          case RESTOCK -> authorized(replica, coupon, "operator", "admin");
          case RESERVE ->
              authorized(replica, reservations, request.user(), "")
                  .header("Idempotency-Key", request.key());
          case CONFIRM ->
              authorized(
                  replica, reservations + "/" + request.key() + "/confirm", "payments", "service");
          case CANCEL ->
              authorized(
                  replica, reservations + "/" + request.key() + "/cancel", request.user(), "");
          case EXTEND ->
              authorized(
                  replica, reservations + "/" + request.key() + "/extend", request.user(), "");
          case UNDO ->
              authorized(
                  replica, reservations + "/" + request.key() + "/undo", "payments", "service");
        };
    if (!request.body().isEmpty()) {
      http.header("Content-Type", "application/json");
    }
    String method = request.kind() == Kind.RESTOCK ? "PATCH" : "POST";
    return http.method(method, BodyPublishers.ofString(request.body())).build();
  }

  private static HttpRequest.Builder authorized(
      URI replica, String path, String user, String groups) {
    HttpRequest.Builder http =
        HttpRequest.newBuilder(URI.create(replica + "/api/v1" + path))
            .timeout(TIMEOUT)
            .header("X-Gateway-Secret", World.SECRET)
            .header("X-User-Id", user);
    return groups.isEmpty() ? http : http.header("X-User-Groups", groups);
  }

  private static Answer send(HttpRequest request) throws InterruptedException {
    try {
      HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), "");
    } catch (IOException e) {
      return new Answer(0, "", "");
    }
  }

  private static String told(Request request, Answer answer) {
    switch (request.kind()) {
      case CLAIM:
        return answer.isClaim() ? claims(request, answer) : "";
      case UNREDEEM:
        return answer.status() == 200 ? request.key() : "";
      case REVOKE:
        return answer.status() == 200 ? "REVOKED" : "";
      case REDEEM:
        return answer.status() == 200 || answer.status() == 201
            ? redemption(
                request.key(),
                Part.own(request.target(), Long.parseLong(first(SEQUENCE, answer.body()))))
            : "";
      case RESERVE:
        return answer.status() == 201 ? first(RESERVATION, answer.body()) : "";
      case EXTEND:
        return answer.status() == 200
            ? Instant.parse(first(EXPIRES, answer.body())).toString()
            : "";
      case UNDO:
        return answer.status() == 200 ? first(STATUS, answer.body()) : "";
      case CONFIRM:
      case CANCEL:
        return answer.status() == 200
            ? first(STATUS, answer.body())
            : switch (answer.problem()) {
              case "reservation-expired" -> "EXPIRED";
              case "reservation-cancelled" -> "CANCELLED";
              case "reservation-confirmed" -> "CONFIRMED";
              case "reservation-undone" -> "UNDONE";
              default -> "";
            };
      default:
        return "";
    }
  }

  /** Of several units all, and as many as were asked for: a claim is granted whole or not. */
  private static String claims(Request request, Answer answer) {
    if (request.key().isEmpty()) {
      return claim(own(request, answer.holding(request.user())));
    }
    List<String> units =
        UNIT.matcher(answer.body())
            .results()
            .map(
                unit ->
                    claim(new Holding(Long.parseLong(unit.group(1)), Instant.parse(unit.group(2)))))
            .toList();
    if (units.size() != Integer.parseInt(request.key())) {
      throw new IllegalStateException(
          request.key() + " units were asked for, and told is " + answer.body());
    }
    return String.join(" ", units);
  }

  /** As the judge compares them. */
  private static Holding own(Request request, Holding told) {
    return new Holding(Part.own(request.target(), told.sequence()), told.issuedAt());
  }

  static String redemption(String order, long sequence) {
    return order + "@" + sequence;
  }

  static String claim(Holding holding) {
    return holding.sequence() + "@" + holding.issuedAt();
  }

  private static String first(Pattern pattern, String text) {
    Matcher found = pattern.matcher(text);
    if (!found.find()) {
      throw new IllegalStateException("no " + pattern + " in " + text);
    }
    return found.group(1);
  }
}

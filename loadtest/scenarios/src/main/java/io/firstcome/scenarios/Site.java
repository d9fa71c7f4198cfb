package io.firstcome.scenarios;

import static io.gatling.javaapi.core.CoreDsl.bodyString;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.http.HttpProtocolBuilder;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What loadtest/run has started, and what it wants to know afterwards. */
final class Site {
  static final int USERS = Integer.getInteger("firstcome.users");
  static final int SECONDS = Integer.getInteger("firstcome.seconds");

  private static final Pattern CLAIM =
      Pattern.compile("\"userId\":\"([^\"]*)\",\"sequence\":(\\d+),\"issuedAt\":\"([^\"]*)\"");
  private static final Pattern PROBLEM = Pattern.compile("urn:firstcome:problem:([a-z-]+)");

  /** Status, user, sequence and instant of each claim that somebody was told of. */
  private static final Queue<String> ACKNOWLEDGED = new ConcurrentLinkedQueue<>();

  private Site() {}

  static HttpProtocolBuilder protocol() {
    return http.baseUrls(List.of(System.getProperty("firstcome.urls").split(",")))
        .header("X-Gateway-Secret", System.getProperty("firstcome.secret"))
        .header("X-User-Id", "#{user}")
        .disableUrlEncoding();
  }

  /** 201 and the refusals are answers; all else is an error. */
  static HttpRequestActionBuilder claim(String name) {
    return http(name)
        .post("/api/v1/coupons/" + System.getProperty("firstcome.coupon") + "/claims")
        .check(status().in(201, 409).saveAs("status"), bodyString().saveAs("body"));
  }

  /** Takes down what a user was told; into the session: {@code problem}, empty where it is 201. */
  static Session note(Session session) {
    if (!session.contains("body") || session.isFailed()) {
      return session.set("problem", "error");
    }
    String body = session.getString("body");
    Matcher claim = CLAIM.matcher(body);
    if (claim.find()) {
      ACKNOWLEDGED.add(
          String.join(
              " ",
              String.valueOf(session.getInt("status")),
              claim.group(1),
              claim.group(2),
              claim.group(3)));
      if (!claim.group(1).equals(session.getString("user"))) {
        throw new IllegalStateException("a claim of another user: " + body);
      }
    }
    Matcher problem = PROBLEM.matcher(body);
    return session.set("problem", problem.find() ? problem.group(1) : "");
  }

  /** For the audit. */
  static void writeAcknowledged() {
    try {
      Files.write(Path.of(System.getProperty("firstcome.acknowledged")), ACKNOWLEDGED);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

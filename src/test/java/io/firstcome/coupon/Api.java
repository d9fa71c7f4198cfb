package io.firstcome.coupon;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.empty;
import static org.hamcrest.Matchers.equalTo;

import io.firstcome.http.identity.Gateway;
import io.restassured.RestAssured;
import io.restassured.config.EncoderConfig;
import io.restassured.http.ContentType;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

/** The API as its users call it, and coupons that no other test has. */
public final class Api {

  public static final String COUPONS = "/api/v1/coupons";

  private static final String UNRESERVED =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";

  private Api() {}

  public static String freshId() {
    return "h-" + UUID.randomUUID();
  }

  public static RequestSpecification anonymous() {
    return given().urlEncodingEnabled(false);
  }

  /** For clients that do not wait for each answer. */
  public static HttpRequest.Builder request(URI uri, String user) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).header("X-User-Id", user);
    Gateway.headers().forEach(request::header);
    return request;
  }

  public static RequestSpecification as(String user) {
    return anonymous().header("X-User-Id", user);
  }

  public static RequestSpecification admin() {
    return as("operator").header("X-User-Groups", "admin");
  }

  /** A coupon for anybody, open now and without end. */
  public static String create(long quantity) {
    return create(quantity, Map.of());
  }

  /**
   * A coupon of a fresh id.
   *
   * @param more fields of the request
   */
  public static String create(long quantity, Map<String, Object> more) {
    Map<String, Object> body = order(quantity, more);
    post(body).statusCode(201);
    return body.get("id").toString();
  }

  /** A request that creates a coupon. */
  public static Map<String, Object> order(long quantity, Map<String, Object> more) {
    Map<String, Object> body = new HashMap<>();
    body.put("id", freshId());
    body.put("name", "A coupon");
    body.put("quantity", quantity);
    body.putAll(more);
    return body;
  }

  public static ValidatableResponse post(Object body) {
    return admin().contentType("application/json").body(body).post(COUPONS).then();
  }

  public static ValidatableResponse read(String couponId) {
    return anonymous().get(coupon(couponId)).then();
  }

  public static ValidatableResponse patch(String couponId, Object body) {
    return admin().contentType("application/json").body(body).patch(coupon(couponId)).then();
  }

  /** With a body of lines, as it is. */
  public static RequestSpecification lines(RequestSpecification as, String type, String body) {
    int semicolon = type.indexOf(';');
    return as.config(
            RestAssured.config()
                .encoderConfig(
                    EncoderConfig.encoderConfig()
                        .encodeContentTypeAs(
                            semicolon < 0 ? type : type.substring(0, semicolon), ContentType.TEXT)
                        .appendDefaultContentCharsetToContentTypeIfUndefined(false)))
        .contentType(type)
        .body(body);
  }

  /** Pauses, resumes or closes a coupon. */
  public static ValidatableResponse change(String couponId, String verb) {
    return admin().post(coupon(couponId) + "/" + verb).then();
  }

  public static ValidatableResponse addToAudience(String couponId, Object... users) {
    return admin()
        .contentType("application/json")
        .body(Map.of("users", users))
        .put(coupon(couponId) + "/audience")
        .then();
  }

  public static ValidatableResponse removeFromAudience(String couponId, Object... users) {
    return admin()
        .contentType("application/json")
        .body(Map.of("users", users))
        .delete(coupon(couponId) + "/audience")
        .then();
  }

  public static ValidatableResponse claim(String couponId, String user) {
    return as(user).post(claims(couponId)).then();
  }

  /** Claims so many units in all. */
  public static ValidatableResponse claim(String couponId, String user, int units) {
    return as(user).post(claims(couponId) + "?units=" + units).then();
  }

  /** Claims as a client that retries by itself. */
  public static ValidatableResponse put(String couponId, String user) {
    return as(user).put(claim(couponId, user, "")).then();
  }

  /** Reads the claim of a user as that user. */
  public static ValidatableResponse ownClaim(String couponId, String user) {
    return as(user).get(claim(couponId, user, "")).then();
  }

  /**
   * The audit could compare Redis with MySQL, and nothing is wrong.
   *
   * @param what as in {@code coupons/h-1} or {@code sales/s-1}
   */
  public static void assertClean(String what) {
    admin()
        .get("/api/v1/admin/audit/" + what)
        .then()
        .statusCode(200)
        .body("compared", equalTo(true))
        .body("findings", empty());
  }

  /** Claims that were answered without Redis. */
  public static double fromMemory() {
    return metric("firstcome_gate_answers_total", "");
  }

  /**
   * The sum of the series that there are.
   *
   * @param name how they begin
   * @param label what they contain
   */
  public static double metric(String name, String label) {
    return management()
        .get("/q/metrics")
        .asString()
        .lines()
        .filter(line -> line.startsWith(name) && line.contains(label))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  public static String coupon(String couponId) {
    return COUPONS + "/" + encoded(couponId);
  }

  public static String claims(String couponId) {
    return coupon(couponId) + "/claims";
  }

  public static String claim(String couponId, String user, String query) {
    return claims(couponId) + "/" + encoded(user) + query;
  }

  /** As one segment of a path. */
  public static String encoded(String segment) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
      encoded.append(
          UNRESERVED.indexOf(b) >= 0 ? String.valueOf((char) b) : "%%%02X".formatted(b & 0xff));
    }
    return encoded.toString();
  }
}

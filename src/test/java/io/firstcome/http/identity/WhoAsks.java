package io.firstcome.http.identity;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.anyOf;
import static org.hamcrest.Matchers.equalTo;

import io.restassured.response.Response;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;

/** Finds out, by routes that every application has, whom a request is taken to come from. */
final class WhoAsks {
  private static final String COUPONS = "/api/v1/coupons";

  private final Supplier<RequestSpecification> operator;
  private String claims;

  /**
   * @param operator a request that is the operator's
   */
  WhoAsks(Supplier<RequestSpecification> operator) {
    this.operator = operator;
  }

  /** Claims for a user, as only that user may. */
  Response claimFor(String user, RequestSpecification asked) {
    String encoded = URLEncoder.encode(user, StandardCharsets.UTF_8).replace("*", "%2A");
    return asked.urlEncodingEnabled(false).put(claims() + "/" + encoded);
  }

  /** The request is this user's. */
  void is(String user, RequestSpecification asked) {
    was(user, claimFor(user, asked));
  }

  static ValidatableResponse was(String user, Response answer) {
    return answer
        .then()
        .statusCode(anyOf(equalTo(200), equalTo(201)))
        .body("userId", equalTo(user));
  }

  /** Lists the claims, as only the operator may. */
  Response operate(RequestSpecification asked) {
    return asked.get(claims());
  }

  private synchronized String claims() {
    if (claims == null) {
      claims = create(Map.of()) + "/claims";
    }
    return claims;
  }

  /** The path of a coupon of its own. */
  String create(Map<String, Object> more) {
    String id = "w-" + UUID.randomUUID();
    Map<String, Object> order =
        new HashMap<>(Map.of("id", id, "name", "Who asks", "quantity", 10_000));
    order.putAll(more);
    operator.get().contentType("application/json").body(order).post(COUPONS).then().statusCode(201);
    return COUPONS + "/" + id;
  }

  static RequestSpecification by(String user) {
    return given().header("X-User-Id", user);
  }
}

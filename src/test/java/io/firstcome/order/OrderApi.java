package io.firstcome.order;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.firstcome.stock.SaleApi;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The API of orders as its users call it, and sales with prices that no other test has. */
public final class OrderApi {

  public static final String ORDERS = "/api/v1/orders";

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int ACCEPTED = 202;

  private OrderApi() {}

  /** A sale in EUR with one item {@code a}, HOT. */
  public static String sale(long quantity, long price) {
    return sale(quantity, price, "HOT");
  }

  /** A sale in EUR with one item {@code a}. */
  public static String sale(long quantity, long price, String strategy) {
    String id = SaleApi.freshId();
    SaleApi.admin()
        .body(Map.of("id", id, "name", "A sale", "currency", "EUR"))
        .post(SaleApi.SALES)
        .then()
        .statusCode(201);
    item(id, "a", quantity, price, strategy);
    return id;
  }

  public static void item(String sale, String item, long quantity, long price, String strategy) {
    SaleApi.newItem(
            sale,
            Map.of(
                "id",
                item,
                "name",
                "An item",
                "quantity",
                quantity,
                "price",
                price,
                "strategy",
                strategy))
        .statusCode(201);
  }

  /** A request for so many of item {@code a}. */
  public static Map<String, Object> body(String sale, long units, String provider) {
    return body(sale, Map.of("a", units), provider);
  }

  public static Map<String, Object> body(String sale, Map<String, Long> items, String provider) {
    List<Map<String, Object>> lines = new ArrayList<>();
    items.forEach((item, units) -> lines.add(Map.of("itemId", item, "quantity", units)));
    Map<String, Object> body = new HashMap<>();
    body.put("saleId", sale);
    body.put("items", lines);
    body.put("payment", Map.of("provider", provider));
    return body;
  }

  public static Map<String, Object> with(Map<String, Object> body, String field, Object value) {
    body.put(field, value);
    return body;
  }

  /** The answer to an order once it has ended: a busy machine may answer 202 before. */
  public static ValidatableResponse place(String user, String key, Object body) {
    return place(SaleApi.as(user), key, body);
  }

  public static ValidatableResponse place(RequestSpecification caller, String key, Object body) {
    RequestSpecification request = caller.header("Idempotency-Key", key).body(body);
    return await()
        .atMost(SOON)
        .until(
            () -> given().spec(request).post(ORDERS).then(),
            answer -> answer.extract().statusCode() != ACCEPTED);
  }

  /** The answer to an order that does not end by itself. */
  public static ValidatableResponse begin(String user, String key, Object body) {
    return SaleApi.as(user)
        .header("Idempotency-Key", key)
        .body(body)
        .post(ORDERS)
        .then()
        .statusCode(ACCEPTED);
  }

  public static ValidatableResponse read(String order) {
    return SaleApi.service().get(ORDERS + "/" + order).then();
  }

  public static ValidatableResponse cancel(String user, String order) {
    return SaleApi.as(user).post(ORDERS + "/" + order + "/cancel").then();
  }

  public static ValidatableResponse refund(String order) {
    return SaleApi.service()
        .body(Map.of("reason", "Returned"))
        .post(ORDERS + "/" + order + "/refund")
        .then();
  }

  public static ValidatableResponse settle(String order, String action) {
    return SaleApi.admin()
        .body(Map.of("action", action, "reason", "Looked at"))
        .post("/api/v1/admin/orders/" + order + "/settle")
        .then();
  }

  public static String id(ValidatableResponse response) {
    return response.extract().jsonPath().getString("id");
  }

  /** The order in a problem. */
  public static String cancelled(ValidatableResponse response) {
    return response.extract().jsonPath().getString("order.id");
  }

  public static String chargeOf(String order) {
    return "p" + order.substring(1);
  }
}

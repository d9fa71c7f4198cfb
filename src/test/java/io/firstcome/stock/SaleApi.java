package io.firstcome.stock;

import static io.restassured.RestAssured.given;
import static org.awaitility.Awaitility.await;

import io.firstcome.coupon.Stores;
import io.firstcome.redis.Keys;
import io.restassured.response.ValidatableResponse;
import io.restassured.specification.RequestSpecification;
import io.vertx.redis.client.Command;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** The API of sales as its users call it, and sales that no other test has. */
public final class SaleApi {

  public static final String SALES = "/api/v1/sales";

  private SaleApi() {}

  public static String freshId() {
    return "s-" + UUID.randomUUID();
  }

  public static RequestSpecification anonymous() {
    return given().urlEncodingEnabled(false).contentType("application/json");
  }

  public static RequestSpecification as(String user) {
    return anonymous().header("X-User-Id", user);
  }

  public static RequestSpecification admin() {
    return as("operator").header("X-User-Groups", "admin");
  }

  public static RequestSpecification service() {
    return as("payments").header("X-User-Groups", "service");
  }

  /** A sale of a fresh id with one item {@code a}. */
  public static String sale(long quantity) {
    String id = sale();
    item(id, "a", quantity);
    return id;
  }

  /** A sale of a fresh id. */
  public static String sale() {
    String id = freshId();
    admin().body(Map.of("id", id, "name", "A sale")).post(SALES).then().statusCode(201);
    return id;
  }

  public static void item(String saleId, String itemId, long quantity) {
    newItem(saleId, Map.of("id", itemId, "name", "An item", "quantity", quantity)).statusCode(201);
  }

  public static ValidatableResponse newItem(String saleId, Map<String, Object> body) {
    return admin().body(body).post(items(saleId)).then();
  }

  public static String items(String saleId) {
    return SALES + "/" + saleId + "/items";
  }

  public static String reservations(String saleId) {
    return SALES + "/" + saleId + "/reservations";
  }

  /** All or nothing of item {@code a}. */
  public static ValidatableResponse reserve(String saleId, String user, String key, long units) {
    return reserve(saleId, user, key, body(Map.of("a", units)));
  }

  public static ValidatableResponse reserve(String saleId, String user, String key, Object body) {
    return as(user).header("Idempotency-Key", key).body(body).post(reservations(saleId)).then();
  }

  /** A request for items. */
  public static Map<String, Object> body(Map<String, Long> items) {
    List<Map<String, Object>> lines = new ArrayList<>();
    items.forEach((item, units) -> lines.add(Map.of("itemId", item, "quantity", units)));
    return new HashMap<>(Map.of("items", lines));
  }

  public static Map<String, Object> body(Map<String, Long> items, String mode, long ttlSeconds) {
    Map<String, Object> body = body(items);
    body.put("mode", mode);
    body.put("ttlSeconds", ttlSeconds);
    return body;
  }

  /** The id of a new reservation of item {@code a}. */
  public static String reserved(String saleId, String user, String key, long units) {
    return reserve(saleId, user, key, units).statusCode(201).extract().jsonPath().getString("id");
  }

  public static ValidatableResponse read(String saleId, String id, String user) {
    return as(user).get(reservations(saleId) + "/" + id).then();
  }

  public static ValidatableResponse confirm(String saleId, String id) {
    return service().post(reservations(saleId) + "/" + id + "/confirm").then();
  }

  public static ValidatableResponse cancel(String saleId, String id, String user) {
    return as(user).post(reservations(saleId) + "/" + id + "/cancel").then();
  }

  public static ValidatableResponse extend(String saleId, String id, String user, Long seconds) {
    return as(user)
        .body(seconds == null ? Map.of() : Map.of("ttlSeconds", seconds))
        .post(reservations(saleId) + "/" + id + "/extend")
        .then();
  }

  public static ValidatableResponse takeAgain(String saleId, String id) {
    return service().body(Map.of()).post(reservations(saleId) + "/" + id + "/take-again").then();
  }

  public static ValidatableResponse undo(String saleId, String id, String reason) {
    return service()
        .body(Map.of("reason", reason))
        .post(reservations(saleId) + "/" + id + "/undo")
        .then();
  }

  public static ValidatableResponse history(String saleId, String id, String user) {
    return as(user).get(reservations(saleId) + "/" + id + "/history").then();
  }

  /** Waits until Redis has left the lines of what gave its units back to MySQL. */
  public static void awaitStripped(Stores stores, String saleId, String id) {
    await("lines of " + id)
        .atMost(Stores.SOON)
        .until(
            () ->
                stores
                    .redis(Command.HGET, Keys.saleReservations(Keys.sale(saleId)), id)
                    .toString()
                    .endsWith(" -"));
  }

  /** Pauses, resumes or closes a sale. */
  public static ValidatableResponse change(String saleId, String verb) {
    return admin().body("").post(SALES + "/" + saleId + "/" + verb).then();
  }

  public static ValidatableResponse restock(
      String saleId, String itemId, String key, long units, String reason) {
    return admin()
        .header("Idempotency-Key", key)
        .body(Map.of("quantity", units, "reason", reason))
        .post(items(saleId) + "/" + itemId + "/restock")
        .then();
  }

  public static ValidatableResponse item(String saleId, String itemId) {
    return anonymous().get(items(saleId) + "/" + itemId).then();
  }

  /** {@code total available held sold} of an item. */
  public static String numbers(String saleId, String itemId) {
    var item = item(saleId, itemId).statusCode(200).extract().jsonPath();
    return item.getLong("total")
        + " "
        + item.getLong("available")
        + " "
        + item.getLong("held")
        + " "
        + item.getLong("sold");
  }
}

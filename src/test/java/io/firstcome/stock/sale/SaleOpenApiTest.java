package io.firstcome.stock.sale;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.stock.SaleApi;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The description of the API tells all of sales, items and reservations too. */
@QuarkusTest
class SaleOpenApiTest {

  private static final String SALE = "/api/v1/sales/{saleId}";

  @Test
  void everyRouteIsThereAndRefersToTheProblem() {
    TreeMap<String, Map<String, Object>> operations = operations();
    assertThat(operations.keySet())
        .containsExactlyInAnyOrder(
            "get /api/v1/sales",
            "post /api/v1/sales",
            "get " + SALE,
            "patch " + SALE,
            "get " + SALE + "/items",
            "post " + SALE + "/items",
            "get " + SALE + "/items/{itemId}",
            "patch " + SALE + "/items/{itemId}",
            "get " + SALE + "/items/{itemId}/live",
            "post " + SALE + "/items/{itemId}/restock",
            "post " + SALE + "/reservations",
            "get " + SALE + "/reservations/{reservationId}",
            "post " + SALE + "/reservations/{reservationId}/confirm",
            "post " + SALE + "/reservations/{reservationId}/cancel");
    SoftAssertions all = new SoftAssertions();
    operations.forEach(
        (route, operation) -> {
          all.assertThat((String) operation.get("summary")).as(route).isNotBlank();
          all.assertThat((List<?>) operation.get("tags")).as(route).isNotEmpty();
          all.assertThat(String.valueOf(((Map<?, ?>) operation.get("responses")).get("default")))
              .as(route)
              .contains("#/components/responses/Problem");
        });
    all.assertAll();
  }

  @ParameterizedTest
  @CsvSource({
    "post /api/v1/sales, 201 200, Sale",
    "get /api/v1/sales, 200, SalePage",
    "post /api/v1/sales/{saleId}/items, 201 200, Item",
    "get /api/v1/sales/{saleId}/items, 200, ItemPage",
    "post /api/v1/sales/{saleId}/items/{itemId}/restock, 200, Item",
    "post /api/v1/sales/{saleId}/reservations, 201, Reservation",
    "get /api/v1/sales/{saleId}/reservations/{reservationId}, 200, Reservation",
    "post /api/v1/sales/{saleId}/reservations/{reservationId}/confirm, 200, Reservation",
  })
  void everySuccessSaysWhatItAnswers(String route, String statuses, String schema) {
    Map<?, ?> responses = (Map<?, ?>) operations().get(route).get("responses");
    for (String status : statuses.split(" ")) {
      assertThat(String.valueOf(responses.get(status)))
          .contains("application/json", "#/components/schemas/" + schema + "}");
    }
    assertThat(responses.keySet().stream().map(String::valueOf).filter(s -> s.startsWith("2")))
        .containsExactlyInAnyOrder(statuses.split(" "));
  }

  @Test
  void theSchemasHaveExamples() {
    JsonPath document = document();
    SoftAssertions all = new SoftAssertions();
    for (String schema :
        List.of(
            "NewSale",
            "Sale",
            "NewItem",
            "Item",
            "Restock",
            "ReservationItem",
            "ReservationLine",
            "NamePatch")) {
      Map<String, Map<String, Object>> properties =
          document.getMap("components.schemas." + schema + ".properties");
      all.assertThat(properties).as(schema).isNotEmpty();
      if (properties != null) {
        properties.forEach(
            (name, property) ->
                all.assertThat(
                        property.containsKey("examples")
                            || property.containsKey("$ref")
                            || property.containsKey("anyOf"))
                    .as("examples of " + schema + "." + name + ": " + property)
                    .isTrue());
      }
    }
    all.assertAll();
  }

  @Test
  void theKeyIsAHeader() {
    assertThat(operations().get("post " + SALE + "/reservations").get("parameters").toString())
        .contains("Idempotency-Key");
  }

  private static TreeMap<String, Map<String, Object>> operations() {
    TreeMap<String, Map<String, Object>> operations = new TreeMap<>();
    Map<String, Map<String, Map<String, Object>>> paths = document().getMap("paths");
    paths.forEach(
        (path, item) ->
            item.forEach(
                (method, operation) -> {
                  if (path.startsWith(SaleApi.SALES) && !method.equals("parameters")) {
                    operations.put(method + " " + path, operation);
                  }
                }));
    return operations;
  }

  private static JsonPath document() {
    return management()
        .queryParam("format", "json")
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .extract()
        .jsonPath();
  }
}

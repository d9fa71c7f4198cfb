package io.firstcome.coupon;

import static io.firstcome.Management.management;
import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.junit.QuarkusTest;
import io.restassured.path.json.JsonPath;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The description of the API tells all of it, so that a client can be written from it alone. */
@QuarkusTest
class OpenApiTest {

  private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

  @Test
  void everyRouteIsThere() {
    TreeSet<String> routes = new TreeSet<>(operations().keySet());
    assertThat(routes)
        .contains(
            "get /api/v1/coupons",
            "post /api/v1/coupons",
            "get /api/v1/coupons/{couponId}",
            "patch /api/v1/coupons/{couponId}",
            "post /api/v1/coupons/{couponId}/pause",
            "post /api/v1/coupons/{couponId}/resume",
            "post /api/v1/coupons/{couponId}/close",
            "put /api/v1/coupons/{couponId}/audience",
            "delete /api/v1/coupons/{couponId}/audience",
            "get /api/v1/coupons/{couponId}/claims",
            "post /api/v1/coupons/{couponId}/claims",
            "get /api/v1/coupons/{couponId}/claims/{userId}",
            "put /api/v1/coupons/{couponId}/claims/{userId}");
  }

  @Test
  void everyRouteHasASummaryAndATag() {
    SoftAssertions all = new SoftAssertions();
    operations()
        .forEach(
            (route, operation) -> {
              all.assertThat((String) operation.get("summary")).as(route).isNotBlank();
              all.assertThat((List<?>) operation.get("tags")).as(route).isNotEmpty();
            });
    all.assertAll();
  }

  /** What is answered with a status of its own is no guess of the generator. */
  @ParameterizedTest
  @CsvSource({
    "post /api/v1/coupons, 201 200, Coupon",
    "get /api/v1/coupons/{couponId}, 200, Coupon",
    "post /api/v1/coupons/{couponId}/claims, 201, Claim",
    "put /api/v1/coupons/{couponId}/claims/{userId}, 201 200, Claim",
    "get /api/v1/coupons/{couponId}/claims/{userId}, 200, Claim",
    "get /api/v1/coupons/{couponId}/claims, 200, ClaimPage",
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
  void theSchemasOfCouponsAndClaimsHaveExamples() {
    JsonPath document = document();
    SoftAssertions all = new SoftAssertions();
    for (String schema : List.of("NewCoupon", "CouponPatch", "Coupon", "Claim", "Users")) {
      Map<String, Map<String, Object>> properties =
          document.getMap("components.schemas." + schema + ".properties");
      all.assertThat(properties).as(schema).isNotEmpty();
      if (properties != null) {
        properties.forEach(
            (name, property) ->
                all.assertThat(property.containsKey("examples") || property.containsKey("$ref"))
                    .as("examples of " + schema + "." + name + ": " + property)
                    .isTrue());
      }
    }
    all.assertAll();
  }

  @Test
  void theProblemIsDescribed() {
    JsonPath document = document();
    assertThat(document.getList("components.schemas.Problem.required"))
        .isEqualTo(List.of("type", "title", "status", "detail"));
    assertThat(
            document.getString(
                "components.responses.Problem.content.'application/problem+json'.schema.'$ref'"))
        .isEqualTo("#/components/schemas/Problem");
  }

  @Test
  void everyOperationRefersToTheProblem() {
    operations()
        .forEach(
            (route, operation) ->
                assertThat(String.valueOf(((Map<?, ?>) operation.get("responses")).get("default")))
                    .as(route)
                    .contains("#/components/responses/Problem"));
  }

  /** Method and path to operation. */
  private static TreeMap<String, Map<String, Object>> operations() {
    TreeMap<String, Map<String, Object>> operations = new TreeMap<>();
    Map<String, Map<String, Map<String, Object>>> paths = document().getMap("paths");
    paths.forEach(
        (path, item) ->
            item.forEach(
                (method, operation) -> {
                  if (path.startsWith(Api.COUPONS) && METHODS.contains(method)) {
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

package io.firstcome.web;

import static io.firstcome.Management.management;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;

import io.quarkus.test.junit.QuarkusTest;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ApiDescriptionTest {

  @Test
  void theDocumentTellsTheOutcomesAndTheErrors() {
    management()
        .queryParam("format", "json")
        .get("/q/openapi")
        .then()
        .statusCode(200)
        .body("info.title", equalTo("Firstcome"))
        .body("info.description", containsString("| sold out | 409 `sold-out` |"))
        .body("components.schemas.Problem.required.size()", equalTo(4))
        .body("components.schemas.Problem.examples[0].status", equalTo(409))
        .body("components.responses.Problem.content", hasKey("application/problem+json"))
        .body("components.securitySchemes.bearer.scheme", equalTo("bearer"))
        .body("components.securitySchemes.bearer.description", containsString("'sub'"))
        .body("components.securitySchemes.gateway.name", equalTo("X-User-Id"));
  }

  @Test
  void theDocumentCanBeTriedInABrowser() {
    management().get("/q/swagger-ui/").then().statusCode(200).contentType("text/html");
  }
}

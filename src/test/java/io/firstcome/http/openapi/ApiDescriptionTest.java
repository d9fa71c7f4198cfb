package io.firstcome.http.openapi;

import static io.firstcome.Management.management;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.equalTo;
import static org.hamcrest.Matchers.hasKey;
import static org.hamcrest.Matchers.nullValue;

import io.quarkus.test.junit.QuarkusTest;
import java.util.Set;
import org.junit.jupiter.api.Test;

@QuarkusTest
class ApiDescriptionTest {

  /** Of the identity of tests; that of tokens: JwtIdentityTest. */
  private static final Set<String> GATEWAY = Set.of("gateway", "gatewayGroups", "gatewaySecret");

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
        .body("components.securitySchemes.keySet()", equalTo(GATEWAY))
        .body("components.securitySchemes.gateway.name", equalTo("X-User-Id"))
        .body("paths.'/api/v1/coupons'.post.security[0].keySet()", equalTo(GATEWAY))
        .body("paths.'/api/v1/coupons'.get.security", nullValue());
  }

  @Test
  void theDocumentCanBeTriedInABrowser() {
    management().get("/q/swagger-ui/").then().statusCode(200).contentType("text/html");
  }
}

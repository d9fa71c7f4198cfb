package io.firstcome.http.edge;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hamcrest.Matchers.containsString;
import static org.hamcrest.Matchers.not;

import io.firstcome.http.identity.Guarded;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.ValidatableResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The route that benchmarks compare with, where it is enabled. */
@QuarkusTest
@TestProfile(Guarded.class)
class ReferenceRouteTest {

  private static final String RESOURCE = "/reference/coupons/demo/claims";
  private static final String HOT = "/reference/hot/coupons/demo/claims";

  private static ValidatableResponse claim(String path) {
    return given()
        .header("X-User-Id", "alice")
        .post(path)
        .then()
        .contentType(containsString("json"));
  }

  @ParameterizedTest
  @ValueSource(strings = {RESOURCE, HOT})
  void answersWithAClaimAndAsksNobodyWhoTheyAre(String path) {
    int length = claim(path).statusCode(201).extract().asByteArray().length;
    assertThat(length).as("bytes of a claim").isBetween(80, 120);
  }

  @Test
  void whatIsNoClaimIsNotAnswered() {
    Problems.is(given().post("/reference/hot/coupons/demo/claims").then(), ProblemType.NOT_FOUND);
    Problems.is(
        given().header("X-User-Id", "alice").post("/reference/hot/coupons/claims").then(),
        ProblemType.NOT_FOUND);
  }

  @ParameterizedTest
  @ValueSource(strings = {RESOURCE, HOT})
  void isNotMeasured(String path) {
    claim(path).statusCode(201);
    management().get("/q/health/live").then().statusCode(200);
    management().get("/q/metrics").then().statusCode(200).body(not(containsString("/reference")));
  }

  @Test
  void isNotInTheDescriptionOfTheApi() {
    management().get("/q/openapi").then().statusCode(200).body(not(containsString("/reference")));
  }
}

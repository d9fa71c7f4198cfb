package io.firstcome.web;

import static io.restassured.RestAssured.given;
import static org.hamcrest.Matchers.equalTo;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With secrets configured the headers alone say nothing. */
@QuarkusTest
@TestProfile(GatewaySecretTest.TwoSecrets.class)
class GatewaySecretTest {
  private static final String OLD = "old-secret-16-chars";
  private static final String NEW = "new-secret-of-another-length";

  public static class TwoSecrets implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(GatewaySecrets.SETTING, OLD + "," + NEW);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OLD, NEW})
  void eitherSecretIsAccepted(String secret) {
    given()
        .header("X-Gateway-Secret", secret)
        .header("X-User-Id", "alice")
        .get("/test/web/who")
        .then()
        .statusCode(200)
        .body("id", equalTo("alice"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "wrong", OLD + "x", OLD + "," + NEW})
  void anyOtherIsNot(String secret) {
    Problems.is(
        given()
            .header("X-Gateway-Secret", secret)
            .header("X-User-Id", "alice")
            .get("/test/web/who")
            .then(),
        ProblemType.UNAUTHENTICATED);
  }

  @Test
  void noSecretIsNot() {
    Problems.is(
        given()
            .header("X-User-Id", "alice")
            .header("X-User-Groups", "admin")
            .get("/test/web/admin")
            .then(),
        ProblemType.UNAUTHENTICATED);
  }

  /** The client's beside the gateway's. */
  @Test
  void twoAtOnceAreNot() {
    Problems.is(
        given()
            .header("X-Gateway-Secret", "wrong")
            .header("X-Gateway-Secret", OLD)
            .header("X-User-Id", "alice")
            .get("/test/web/who")
            .then(),
        ProblemType.UNAUTHENTICATED);
  }
}

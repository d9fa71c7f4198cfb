package io.firstcome.http.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.edge.ReferenceRoute;
import io.firstcome.http.edge.ReferenceRouteTest;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With secrets configured the headers alone say nothing. */
@QuarkusTest
@TestProfile(GatewaySecretTest.TwoSecrets.class)
public class GatewaySecretTest {
  private static final String OLD = "old-secret-16-chars";
  private static final String NEW = "new-secret-of-another-length";

  private static final WhoAsks WHO =
      new WhoAsks(() -> by("op").header("X-User-Groups", "admin").header("X-Gateway-Secret", NEW));

  /** Beside it the route of {@link ReferenceRouteTest}, so that no other application is built. */
  public static class TwoSecrets implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(GatewaySecrets.SETTING, OLD + "," + NEW, ReferenceRoute.SETTING, "true");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {OLD, NEW})
  void eitherSecretIsAccepted(String secret) {
    WHO.is("alice", by("alice").header("X-Gateway-Secret", secret));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "wrong", OLD + "x", OLD + "," + NEW})
  void anyOtherIsNot(String secret) {
    Problems.is(
        WHO.claimFor("alice", by("alice").header("X-Gateway-Secret", secret)).then(),
        ProblemType.UNAUTHENTICATED);
  }

  @Test
  void noSecretIsNot() {
    Problems.is(
        WHO.operate(by("alice").header("X-User-Groups", "admin")).then(),
        ProblemType.UNAUTHENTICATED);
  }

  /** The client's beside the gateway's. */
  @Test
  void twoAtOnceAreNot() {
    Problems.is(
        WHO.claimFor(
                "alice",
                by("alice").header("X-Gateway-Secret", "wrong").header("X-Gateway-Secret", OLD))
            .then(),
        ProblemType.UNAUTHENTICATED);
  }

  /** They were found broken before it was known who sent them, and nobody answered. */
  @ParameterizedTest
  @ValueSource(strings = {"", "wrong", NEW})
  void brokenChunksAreAnsweredWhoeverSendsThem(String secret) throws IOException {
    try (Socket socket = new Socket("localhost", RestAssured.port)) {
      String request =
          "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nX-User-Id: op\r\nX-User-Groups: admin\r\n"
              + (secret.isEmpty() ? "" : "X-Gateway-Secret: " + secret + "\r\n")
              + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .startsWith("HTTP/1.1 400")
          .contains("problem:malformed");
    }
  }

  /** Without what the gateway of all other tests adds. */
  private static RequestSpecification by(String user) {
    return WhoAsks.by(user).noFilters();
  }
}

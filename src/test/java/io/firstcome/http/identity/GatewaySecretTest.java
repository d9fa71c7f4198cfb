package io.firstcome.http.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.http.problem.Problems;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import io.restassured.specification.RequestSpecification;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With secrets configured the headers alone say nothing. */
@QuarkusTest
@TestProfile(Guarded.class)
class GatewaySecretTest {
  private static final String OLD = Guarded.OLD_SECRET;
  private static final String NEW = Guarded.NEW_SECRET;

  private static final WhoAsks WHO =
      new WhoAsks(() -> by("op").header("X-User-Groups", "admin").header("X-Gateway-Secret", NEW));

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

  /** From an address of its own, without what the gateway of all other tests adds. */
  private static RequestSpecification by(String user) {
    String client = "2001:db8:" + UUID.randomUUID().toString().substring(9, 18).replace('-', ':');
    return WhoAsks.by(user).noFilters().header("X-Forwarded-For", client + "::1");
  }
}

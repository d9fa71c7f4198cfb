package io.firstcome.http.edge;

import static io.firstcome.Management.management;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.firstcome.Management;
import io.firstcome.Operation;
import io.firstcome.http.identity.Gateway;
import io.firstcome.http.problem.Problem;
import io.firstcome.work.Chunks;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who sends slowly, or not at all, holds nothing for long, and keeps nobody else from anything. */
@QuarkusTest
@TestProfile(Impatient.class)
class SlowClientsTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  /** Drawn at random, as the others are: metrics of all servers must have the same tags. */
  private static int tlsPort() {
    // Of the executable, only its log knows.
    int port =
        ConfigProvider.getConfig()
            .getOptionalValue("quarkus.http.test-ssl-port", Integer.class)
            .orElse(0);
    if (port > 0) {
      return port;
    }
    try {
      Matcher listening =
          Pattern.compile("Listening on: .*https://[^:]+:(\\d+)")
              .matcher(Files.readString(Path.of(System.getProperty("quarkus.log.file.path"))));
      assertThat(listening.find()).isTrue();
      return Integer.parseInt(listening.group(1));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final String GATEWAY =
      Gateway.headers().entrySet().stream()
          .map(header -> header.getKey() + ": " + header.getValue() + "\r\n")
          .collect(Collectors.joining());

  private static final String OPERATOR =
      "Host: x\r\nContent-Type: application/json\r\nX-User-Id: op\r\nX-User-Groups: admin\r\n"
          + GATEWAY;

  @TestHTTPResource("/")
  URL service;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /api/v1/coupons HTTP/1.1\r\nContent-Length: 1000\r\n",
        "POST /api/v1/coupons HTTP/1.1\r\nContent-Length: 100000\r\n",
        // The short way of a reservation reads its body by itself.
        "POST /api/v1/sales/a/reservations HTTP/1.1\r\n"
            + "Idempotency-Key: k\r\n"
            + "Content-Length: 500\r\n",
      })
  void aBodyThatDripsIs408AndTheConnectionIsClosed(String head) throws Exception {
    try (Socket socket = connect()) {
      send(socket, head + OPERATOR + "\r\n");
      drip(socket, "x");
      assertThat(answer(socket).get(10, TimeUnit.SECONDS))
          .startsWith("HTTP/1.1 408")
          .containsIgnoringCase("content-type: " + Problem.MEDIA_TYPE)
          .contains("problem:request-timeout");
    }
  }

  @Test
  void theDocumentedStatusIsSentByEveryOperationThatReadsABody() throws Exception {
    List<Operation> reading =
        Operation.all().stream().filter(one -> one.statuses().contains("408")).toList();
    assertThat(reading).hasSizeGreaterThan(10);
    for (List<Operation> some : Chunks.of(reading, Impatient.MAX_CONNECTIONS / 2)) {
      List<Socket> sockets = new ArrayList<>();
      List<CompletableFuture<String>> answers = new ArrayList<>();
      for (Operation operation : some) {
        Socket socket = connect();
        sockets.add(socket);
        send(socket, operation.method() + " " + operation.ofNothing() + " HTTP/1.1\r\n");
        send(socket, "Content-Length: 1000\r\nIdempotency-Key: k\r\n" + OPERATOR + "\r\n{");
        answers.add(answer(socket));
      }
      for (int i = 0; i < some.size(); i++) {
        assertThat(answers.get(i).get(20, TimeUnit.SECONDS))
            .as("%s", some.get(i))
            .startsWith("HTTP/1.1 408");
        sockets.get(i).close();
      }
    }
  }

  @Test
  void aBodyOfUnknownLengthThatDripsIsNoDifferent() throws Exception {
    try (Socket socket = connect()) {
      send(socket, "POST /api/v1/coupons HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + OPERATOR);
      send(socket, "\r\n");
      drip(socket, "1\r\nx\r\n");
      assertThat(answer(socket).get(10, TimeUnit.SECONDS))
          .startsWith("HTTP/1.1 408")
          .contains("problem:request-timeout");
    }
  }

  /** Nobody needs the body of a claim, so it is answered before it is there. */
  @Test
  void aBodyThatDripsOnAfterTheAnswerEndsTheConnection() throws Exception {
    try (Socket socket = connect()) {
      send(socket, "POST /api/v1/coupons/none/claims HTTP/1.1\r\nContent-Length: 1000\r\n");
      send(socket, OPERATOR + "\r\n");
      drip(socket, "x");
      assertThat(answer(socket).get(10, TimeUnit.SECONDS)).startsWith("HTTP/1.1 404");
    }
  }

  /** A body that came in time, read or not, leaves its connection to the next request. */
  @Test
  void whoIsInTimeIsNotDisturbed() throws Exception {
    try (Socket socket = connect()) {
      CompletableFuture<String> answer = answer(socket);
      long start = System.nanoTime();
      int asked = 0;
      // For longer than a body may take.
      while (System.nanoTime() - start < Duration.ofSeconds(2).toNanos()) {
        send(socket, "POST /api/v1/coupons/none/claims HTTP/1.1\r\nContent-Length: 1\r\n");
        send(socket, OPERATOR + "\r\n ");
        send(socket, "POST /api/v1/coupons HTTP/1.1\r\nContent-Length: 1\r\n" + OPERATOR);
        send(socket, "\r\n ");
        asked += 2;
        LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
      }
      send(socket, "GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

      assertThat(answer.get(10, TimeUnit.SECONDS).split("HTTP/1.1 [24]", -1)).hasSize(asked + 2);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nX-Half: "})
  void aConnectionThatSaysNothingMoreIsClosed(String begun) throws Exception {
    try (Socket socket = connect()) {
      send(socket, begun);
      assertThat(answer(socket).get(30, TimeUnit.SECONDS)).isEmpty();
    }
  }

  /**
   * 64 of them, who said nothing more, kept the operator from uploading for as long as they liked.
   */
  @Test
  void whoIsNoOperatorIsAnsweredBeforeThereIsALargeBodyAndTakesNoRoomForOne() throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 3 * Impatient.MAX_LARGE; i++) {
        Socket socket = connect();
        open.add(socket);
        String user = i % 2 == 0 ? "" : "X-User-Id: alice\r\n" + GATEWAY;
        send(socket, "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n");
        send(socket, user + "\r\n");
        assertThat(answer(socket).get(10, TimeUnit.SECONDS))
            .startsWith("HTTP/1.1 " + (i % 2 == 0 ? "401" : "413"));
      }
      for (int i = 0; i < 3 * Impatient.MAX_LARGE; i++) {
        Socket socket = connect();
        open.add(socket);
        send(socket, "POST /api/v1/coupons HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n");
        send(socket, "\r\n");
      }
      assertThat(large()).startsWith("HTTP/1.1 400");
      assertThat(chunked()).startsWith("HTTP/1.1 400");
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  /** Whoever keeps connections to the management port open keeps no probe from its answer. */
  @Test
  void theManagementConnectionUsedLeastRecentlyMakesRoomForANewOne() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    List<CompletableFuture<String>> answers = new ArrayList<>();
    try {
      for (int i = 0; i <= Impatient.MAX_MANAGERS; i++) {
        Socket socket = new Socket(service.getHost(), Management.port());
        sockets.add(socket);
        answers.add(answer(socket));
        send(socket, "GET /q/health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        management().get("/q/health/live").then().statusCode(200);
      }
      assertThat(answers.get(0).get(10, TimeUnit.SECONDS)).startsWith("HTTP/1.1 200");
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  void soDoesAManagementConnectionThatSaysNothing() throws Exception {
    List<Socket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i <= Impatient.MAX_MANAGERS; i++) {
        sockets.add(new Socket(service.getHost(), Management.port()));
      }
      assertThat(answer(sockets.get(0)).get(10, TimeUnit.SECONDS)).isEmpty();
      management().get("/q/health/live").then().statusCode(200);
    } finally {
      for (Socket socket : sockets) {
        socket.close();
      }
    }
  }

  /** Of those who may send them, at most so many are held in memory. */
  @Test
  void moreLargeBodiesThanThereIsRoomForAreRefusedUntilThereIs() throws Exception {
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < Impatient.MAX_LARGE; i++) {
        Socket socket = connect();
        open.add(socket);
        send(socket, "POST /api/v1/coupons HTTP/1.1\r\nContent-Length: 100000\r\n" + OPERATOR);
        send(socket, "\r\n");
      }
      // They are on their way, and time out while it is asked.
      String refused = await().atMost(SOON).until(this::large, a -> a.startsWith("HTTP/1.1 503"));
      assertThat(refused).contains("problem:overloaded").containsIgnoringCase("retry-after: ");
      given().header("X-User-Id", "a").post("/api/v1/coupons/none/claims").then().statusCode(404);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    await().atMost(SOON).until(this::large, answer -> answer.startsWith("HTTP/1.1 400"));
    // And the room is given back each time.
    for (int i = 0; i < 5 * Impatient.MAX_LARGE; i++) {
      assertThat(large()).startsWith("HTTP/1.1 400");
      assertThat(chunked()).startsWith("HTTP/1.1 400");
    }
  }

  /** HTTP/2 is off: see {@link ServerOptions}. */
  @Test
  void overTlsHttp11AloneIsOffered() throws Exception {
    SSLContext trusting = SSLContext.getInstance("TLS");
    trusting.init(null, new TrustManager[] {new TrustsAll()}, null);
    assertThat(negotiated(trusting, "h2", "http/1.1")).isEqualTo("http/1.1");
    ofHttp2Alone(() -> negotiated(trusting, "h2"));
    HttpClient asItComes = HttpClient.newBuilder().sslContext(trusting).build();
    for (int again = 0; again < 2; again++) {
      HttpResponse<String> answer =
          asItComes.send(
              HttpRequest.newBuilder(
                      URI.create("https://localhost:" + tlsPort() + "/api/v1/coupons/none"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
      assertThat(answer.statusCode()).isEqualTo(404);
    }
  }

  /** The handshake fails, as RFC 7301 has it. */
  void ofHttp2Alone(Callable<String> negotiated) throws Exception {
    assertThatThrownBy(negotiated::call).isInstanceOf(SSLException.class);
  }

  private static String negotiated(SSLContext trusting, String... protocols) throws IOException {
    try (SSLSocket socket =
        (SSLSocket) trusting.getSocketFactory().createSocket("localhost", tlsPort())) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setApplicationProtocols(protocols);
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      return socket.getApplicationProtocol();
    }
  }

  /** Of a name other than that of the certificate, too. */
  private static final class TrustsAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  /** The one handler of a connection's end was replaced, and Quarkus never counted it down. */
  @Test
  void refusedBodiesUseUpTheConnections() throws Exception {
    // Those of the test before may still be closing.
    await().atMost(SOON).ignoreExceptions().until(this::large, a -> a.startsWith("HTTP/1.1 400"));
    for (int i = 0; i < 2 * Impatient.MAX_CONNECTIONS; i++) {
      try (Socket socket = connect()) {
        send(socket, "POST /api/v1/coupons HTTP/1.1\r\nContent-Length: 9000000\r\n" + OPERATOR);
        send(socket, "\r\n");
        assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
            .isEqualTo("HTTP/1.1 413");
      }
    }
  }

  @Test
  void connectionsThatTheBoundRefusesAreNotCounted() throws Exception {
    for (int round = 0; round < 2; round++) {
      List<Socket> open = new ArrayList<>();
      try {
        for (int i = 0; i < 2 * Impatient.MAX_CONNECTIONS; i++) {
          open.add(connect());
        }
      } finally {
        for (Socket socket : open) {
          socket.close();
        }
      }
    }
    await().atMost(SOON).ignoreExceptions().until(this::large, a -> a.startsWith("HTTP/1.1 400"));
  }

  private String large() throws Exception {
    try (Socket socket = connect()) {
      send(
          socket,
          "POST /api/v1/coupons HTTP/1.1\r\nConnection: close\r\nContent-Length: 100000\r\n"
              + OPERATOR
              + "\r\n"
              + "x".repeat(100_000));
      return answer(socket).get(10, TimeUnit.SECONDS);
    }
  }

  private String chunked() throws Exception {
    try (Socket socket = connect()) {
      send(
          socket,
          "POST /api/v1/coupons HTTP/1.1\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
              + OPERATOR
              + "\r\n1\r\nx\r\n0\r\n\r\n");
      return answer(socket).get(10, TimeUnit.SECONDS);
    }
  }

  private Socket connect() throws IOException {
    return new Socket(service.getHost(), service.getPort());
  }

  private static void send(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** A little now and then, until nobody takes it any more. */
  private static void drip(Socket socket, String drop) {
    CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              try {
                send(socket, drop);
                drip(socket, drop);
              } catch (IOException e) {
                // It was closed, by the one side or the other.
              }
            });
  }

  /** What comes until the other side closes. */
  private static CompletableFuture<String> answer(Socket socket) {
    CompletableFuture<String> answer = new CompletableFuture<>();
    StringBuilder text = new StringBuilder();
    Thread reader =
        new Thread(
            () -> {
              try {
                int next;
                while ((next = socket.getInputStream().read()) >= 0) {
                  text.append((char) next);
                }
              } catch (IOException e) {
                // As good as its end: whoever drips may be reset.
              }
              answer.complete(text.toString());
            });
    reader.setDaemon(true);
    reader.start();
    return answer;
  }
}

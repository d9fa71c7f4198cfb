package io.firstcome.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerEngineTest {
  /** Short: the path of a Unix socket has 107 characters at most. */
  @TempDir Path folder;

  @Test
  void anEngineThatAnswersOnItsSocketIsSeen() throws Exception {
    Path socket = folder.resolve("docker.sock");
    try (Engine engine =
        new Engine(UnixDomainSocketAddress.of(socket), "HTTP/1.1 200 OK\r\n\r\nOK")) {
      assertThat(DockerEngine.answers(Map.of("DOCKER_HOST", "unix://" + socket))).isTrue();
      assertThat(engine.request).startsWith("GET /_ping HTTP/1.");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 200 OK, true",
    "HTTP/1.0 400 Bad Request, true",
    "HTTP/1.1 404 Not Found, false",
    "-ERR, false"
  })
  void anEngineOverTcpIsKnownByItsAnswer(String status, boolean seen) throws Exception {
    try (Engine engine =
        new Engine(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), status + "\r\n\r\n")) {
      assertThat(DockerEngine.answers(Map.of("DOCKER_HOST", "tcp://127.0.0.1:" + engine.port())))
          .isEqualTo(seen);
    }
  }

  @Test
  void theUsersOwnEngineIsSeenWithoutDockerHost() throws Exception {
    Path socket = folder.resolve("docker.sock");
    try (Engine engine =
        new Engine(UnixDomainSocketAddress.of(socket), "HTTP/1.1 200 OK\r\n\r\n")) {
      assertThat(DockerEngine.answers(Map.of("XDG_RUNTIME_DIR", folder.toString()))).isTrue();
    }
  }

  @Test
  void aSocketFileNobodyListensOnIsNoEngine() throws IOException {
    Path socket = folder.resolve("docker.sock");
    ServerSocketChannel.open(StandardProtocolFamily.UNIX)
        .bind(UnixDomainSocketAddress.of(socket))
        .close();
    assertThat(socket).exists();
    assertThat(DockerEngine.answers(Map.of("DOCKER_HOST", "unix://" + socket))).isFalse();
  }

  @Test
  void aSilentEngineIsNotWaitedForLong() throws IOException {
    Path socket = folder.resolve("docker.sock");
    try (ServerSocketChannel silent =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(socket))) {
      assertThat(DockerEngine.answers(Map.of("DOCKER_HOST", "unix://" + socket))).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ssh://somebody@somewhere", "no uri", "tcp://127.0.0.1", "unix://"})
  void anAddressWeCannotAskIsNoEngine(String host) {
    assertThat(DockerEngine.answers(Map.of("DOCKER_HOST", host))).isFalse();
  }

  /** Answers one request. */
  private static final class Engine implements AutoCloseable {
    private final ServerSocketChannel server;
    private final Thread thread;
    private volatile String request;

    Engine(SocketAddress address, String answer) throws IOException {
      server =
          address instanceof UnixDomainSocketAddress
              ? ServerSocketChannel.open(StandardProtocolFamily.UNIX)
              : ServerSocketChannel.open();
      server.bind(address);
      thread = new Thread(() -> serve(answer));
      thread.start();
    }

    int port() throws IOException {
      return ((InetSocketAddress) server.getLocalAddress()).getPort();
    }

    private void serve(String answer) {
      try (SocketChannel client = server.accept()) {
        ByteBuffer received = ByteBuffer.allocate(256);
        client.read(received);
        request = new String(received.array(), 0, received.position(), StandardCharsets.US_ASCII);
        client.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
      } catch (IOException e) {
        // Closed: the test is over.
      }
    }

    @Override
    public void close() throws Exception {
      server.close();
      thread.join();
    }
  }
}

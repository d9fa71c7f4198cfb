package io.firstcome.local;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Whether a Docker engine answers. Asked on its socket: a {@code docker} program on the path says
 * nothing about an engine, and a socket file may be left over from a dead one.
 */
final class DockerEngine {
  private static final int TIMEOUT_SECONDS = 2;

  private DockerEngine() {}

  /**
   * @param environment {@code DOCKER_HOST} names the only engine; else the system's and the user's
   *     own are tried
   */
  static boolean answers(Map<String, String> environment) {
    return addresses(environment).stream().anyMatch(DockerEngine::answersInTime);
  }

  private static List<SocketAddress> addresses(Map<String, String> environment) {
    String host = environment.getOrDefault("DOCKER_HOST", "");
    if (!host.isBlank()) {
      return address(host);
    }
    List<SocketAddress> addresses = new ArrayList<>();
    addresses.add(UnixDomainSocketAddress.of("/var/run/docker.sock"));
    String runtime = environment.getOrDefault("XDG_RUNTIME_DIR", "");
    if (!runtime.isBlank()) {
      addresses.add(UnixDomainSocketAddress.of(runtime + "/docker.sock"));
    }
    return addresses;
  }

  private static List<SocketAddress> address(String host) {
    try {
      URI uri = URI.create(host);
      return switch (String.valueOf(uri.getScheme())) {
        case "unix" -> List.of(UnixDomainSocketAddress.of(uri.getPath()));
        case "tcp" -> List.of(new InetSocketAddress(uri.getHost(), uri.getPort()));
        default -> List.of();
      };
    } catch (IllegalArgumentException e) {
      return List.of();
    }
  }

  /** On a thread of its own: a read from a Unix socket has no time-out. */
  private static boolean answersInTime(SocketAddress address) {
    return CompletableFuture.supplyAsync(
            () -> answers(address),
            task -> {
              Thread thread = new Thread(task, "docker-ping");
              thread.setDaemon(true);
              thread.start();
            })
        .completeOnTimeout(false, TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private static boolean answers(SocketAddress address) {
    try (SocketChannel channel =
        address instanceof UnixDomainSocketAddress
            ? SocketChannel.open(StandardProtocolFamily.UNIX)
            : SocketChannel.open()) {
      channel.connect(address);
      channel.write(
          ByteBuffer.wrap(
              "GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer status = ByteBuffer.allocate("HTTP/1.x 200".length());
      while (status.hasRemaining() && channel.read(status) >= 0) {
        // Until the status is complete or the engine has hung up.
      }
      String line = new String(status.array(), 0, status.position(), StandardCharsets.US_ASCII);
      // 400 is what an engine behind TLS answers to plain text.
      return line.matches("HTTP/1\\.\\d (200|400)");
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}

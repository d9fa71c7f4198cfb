package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A process of nginx with the configuration of {@code deploy/nginx}: all of it but addresses, users
 * and the time after which a replica is taken for dead.
 */
final class Nginx implements AutoCloseable {
  static final String PASSWORD = "demo";

  private static final Path SOURCE = Path.of("deploy", "nginx");

  /** Ends it when the input ends, which the kernel brings about however this JVM ends. */
  private static final String GUARD =
      """
      nginx -p "$0" -c "$0/nginx.conf" -g "daemon off; $1" </dev/null >"$0/log" 2>&1 &
      read -r _
      kill "$!"
      wait "$!"
      """;

  private final Process process;
  private final URI uri;

  private Nginx(Process process, URI uri) {
    this.process = process;
    this.uri = uri;
  }

  static boolean isInstalled() {
    return Stream.of((System.getenv("PATH") + ":/usr/sbin").split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "nginx")));
  }

  /**
   * Starts it and waits until it listens.
   *
   * @param secret that the replicas ask for
   * @param users so many: {@code user-0} and on, beside those of the configuration
   */
  static Nginx start(List<URI> replicas, String secret, int users) {
    return start(freePort(), replicas, secret, users);
  }

  /** The same on a port that was free. */
  static Nginx start(int port, List<URI> replicas, String secret, int users) {
    try {
      Path folder = Path.of("target", "sale", "nginx-" + port).toAbsolutePath();
      Files.createDirectories(folder.resolve("tmp"));
      copy(
          folder,
          "nginx.conf",
          "/tmp/",
          folder + "/tmp/",
          "listen 8080 ",
          "listen 127.0.0.1:" + port + " ");
      copy(
          folder,
          "upstream.conf",
          "server firstcome:8080 max_fails=1 fail_timeout=2s;",
          replicas.stream()
              .map(uri -> "server " + uri.getAuthority() + " max_fails=1 fail_timeout=2s;")
              .collect(Collectors.joining("\n")));
      copy(
          folder,
          "gateway.conf",
          "gateway-secret-of-the-demo",
          secret,
          "proxy_read_timeout 15s",
          "proxy_read_timeout 3s",
          "proxy_read_timeout 5s",
          "proxy_read_timeout 3s");
      copy(folder, "front.conf", "/etc/nginx/firstcome", SOURCE.toAbsolutePath().toString());
      Files.writeString(
          folder.resolve("users"),
          Files.readString(SOURCE.resolve("users"))
              + IntStream.range(0, users)
                  .mapToObj(i -> "user-" + i + ":{PLAIN}" + PASSWORD + "\n")
                  .collect(Collectors.joining()));

      // Its workers would be somebody who may not look into this folder.
      String user = System.getProperty("user.name").equals("root") ? "user root;" : "";
      ProcessBuilder builder = new ProcessBuilder("sh", "-c", GUARD, folder.toString(), user);
      builder.environment().merge("PATH", ":/usr/sbin", String::concat);
      Process process =
          builder
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      await("nginx, see " + folder.resolve("log"))
          .atMost(Duration.ofSeconds(20))
          .pollInterval(Duration.ofMillis(20))
          .until(() -> listens(port));
      return new Nginx(process, URI.create("http://127.0.0.1:" + port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  URI uri() {
    return uri;
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A file of the configuration, with each of what must be in it in another form. */
  private static void copy(Path folder, String file, String... replacements) throws IOException {
    String text = Files.readString(SOURCE.resolve(file));
    for (int i = 0; i < replacements.length; i += 2) {
      assertThat(text).as(file).contains(replacements[i]);
      text = text.replace(replacements[i], replacements[i + 1]);
    }
    Files.writeString(folder.resolve(file), text);
  }

  static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean listens(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }
}

package io.firstcome.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/**
 * A real Redis, or the server that {@link ForeignServer} names. It keeps everything in memory and
 * nothing over a restart unless the extra arguments say so, as in {@code
 * LocalRedis.start("--appendonly", "yes")}.
 */
public final class LocalRedis extends LocalServer {
  private static final int REPLY_TIMEOUT_MILLIS = 1_000;
  private static final Pattern REDIS = Pattern.compile("redis_version:(\\S+)");
  private static final Pattern VALKEY = Pattern.compile("valkey_version:(\\S+)");

  /** What tests do to a server and a server since Redis 7 refuses by default. */
  private static final List<String> ALLOW_TESTS =
      List.of("--enable-debug-command", "yes", "--enable-protected-configs", "yes");

  private final List<String> program;
  private final List<String> extraArguments;

  private LocalRedis(int port, List<String> program, List<String> extraArguments) {
    super("redis", port);
    this.program = program;
    this.extraArguments = extraArguments;
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param extraServerArgs as on the command line of {@code redis-server}; they win over ours
   * @throws IllegalStateException if it cannot be started; says what to do instead
   */
  public static LocalRedis start(String... extraServerArgs) {
    List<String> program = program();
    return startOnFreePort(port -> new LocalRedis(port, program, List.of(extraServerArgs)));
  }

  /** A port that nobody uses now, for a server that listens to a second one. */
  public static int otherPort() {
    return freePort();
  }

  /** As {@code quarkus.redis.hosts} takes it. */
  public String uri() {
    return "redis://127.0.0.1:" + port();
  }

  /** As in {@code Redis 6.2.11} or {@code Valkey 9.1.2}; empty if it asks for a password. */
  public String product() throws IOException {
    String info = info();
    Matcher valkey = VALKEY.matcher(info);
    Matcher redis = REDIS.matcher(info);
    // Valkey says which Redis it stands for, too.
    return valkey.find()
        ? "Valkey " + valkey.group(1)
        : redis.find() ? "Redis " + redis.group(1) : "";
  }

  @Override
  List<String> command() {
    List<String> command = new ArrayList<>(program);
    command.addAll(List.of("--port", String.valueOf(port()), "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", folder().toString(), "--save", ""));
    if (isForeign()) {
      command.addAll(ALLOW_TESTS);
    }
    command.addAll(extraArguments);
    return command;
  }

  @Override
  void prepare() {
    // The folder is all it needs.
  }

  @Override
  boolean answers(String log) throws IOException {
    String info = info();
    return info.contains("process_id:" + pid() + "\r\n") || info.startsWith("-NOAUTH");
  }

  @Override
  String settingToUseInstead() {
    return "quarkus.redis.hosts";
  }

  private String info() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(REPLY_TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write("PING\r\nINFO server\r\nQUIT\r\n".getBytes(StandardCharsets.US_ASCII));
      String replies =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return replies.startsWith("+PONG") || replies.startsWith("-NOAUTH") ? replies : "";
    }
  }

  /** The words that run it, before its arguments. */
  static List<String> program() {
    return ForeignServer.named("redis")
        .map(server -> server.program("valkey-server", "redis-server"))
        .orElseGet(() -> List.of(unpacked().toString()));
  }

  private static boolean isForeign() {
    return ForeignServer.named("redis").isPresent();
  }

  /** The bundled program, unpacked from its jar. */
  private static Path unpacked() {
    String resource =
        ExecutableProvider.newProvidedVersionsMap().get(OsArchitecture.detectOSandArchitecture());
    if (resource == null) {
      throw new IllegalStateException(
          "no Redis for this system is bundled; set quarkus.redis.hosts to use your own");
    }
    return new UserCache()
        .entry(
            resource.substring(1),
            folder -> {
              Path unpacked =
                  ExecutableProvider.newJarResourceProvider(folder.toFile()).get().toPath();
              Files.move(unpacked, folder.resolve("redis-server"));
            })
        .resolve("redis-server");
  }
}

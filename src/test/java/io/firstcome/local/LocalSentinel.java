package io.firstcome.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** A real sentinel, one of three that watch a Redis. */
public final class LocalSentinel extends LocalServer {

  /** The name under which it knows the primary. */
  public static final String PRIMARY = "firstcome";

  private static final int REPLY_TIMEOUT_MILLIS = 1_000;

  private final int primaryPort;

  private LocalSentinel(int port, int primaryPort) {
    super("sentinel", port);
    this.primaryPort = primaryPort;
  }

  public static LocalSentinel start(LocalRedis primary) {
    return startOnFreePort(port -> new LocalSentinel(port, primary.port()));
  }

  public String uri() {
    return "redis://127.0.0.1:" + port();
  }

  @Override
  List<String> command() {
    List<String> command = new ArrayList<>(LocalRedis.program());
    command.addAll(List.of(folder().resolve("sentinel.conf").toString(), "--sentinel"));
    return command;
  }

  @Override
  void prepare() throws IOException {
    Files.writeString(
        folder().resolve("sentinel.conf"),
        """
        port %d
        bind 127.0.0.1
        dir %s
        user app on >secret ~* &* +@all
        sentinel monitor firstcome 127.0.0.1 %d 2
        sentinel down-after-milliseconds firstcome 1000
        sentinel failover-timeout firstcome 5000
        """
            .formatted(port(), folder(), primaryPort));
  }

  @Override
  boolean answers(String log) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
      socket.setSoTimeout(REPLY_TIMEOUT_MILLIS);
      socket.getOutputStream().write("INFO server\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] reply = new byte[4_096];
      int read = socket.getInputStream().readNBytes(reply, 0, 512);
      return new String(reply, 0, read, StandardCharsets.US_ASCII)
          .contains("process_id:" + pid() + "\r\n");
    }
  }

  @Override
  String settingToUseInstead() {
    return "quarkus.redis.hosts";
  }
}

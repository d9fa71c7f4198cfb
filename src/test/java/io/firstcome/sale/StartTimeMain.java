package io.firstcome.sale;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Measures how long the service takes from its start to the first 201, and how much memory it then
 * keeps, with a Redis and a MySQL of its own. Several commands are measured in turn, round by
 * round, so that they meet the same machine. The first round makes the schema and the coupon, warms
 * the page cache and does not count.
 *
 * <pre>{@code
 * java -cp <test class path> io.firstcome.sale.StartTimeMain 10 \
 *   target/firstcome-0.1.0-runner "java -jar target/quarkus-app/quarkus-run.jar"
 * }</pre>
 */
public final class StartTimeMain {
  private static final String COUPON = "start";
  private static final String SECRET = "gateway-secret-of-the-start-time";
  private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** Within this time what a start leaves to do later is done too. */
  private static final long IDLE_MILLIS = 5_000;

  private StartTimeMain() {}

  private record Measured(double millis, long residentKb, long anonymousKb) {}

  /**
   * @param args the number of rounds that count, 1 to 1000, then commands, words separated by
   *     blanks
   */
  public static void main(String[] args) throws Exception {
    if (args.length < 2) {
      System.err.println("usage: StartTimeMain <rounds> <command> [<command>...]");
      System.exit(2);
    }
    int rounds = Math.min(1_000, Math.max(1, Integer.parseInt(args[0])));
    List<String> commands = List.of(args).subList(1, args.length);
    Map<String, List<Measured>> all = new TreeMap<>();
    try (Servers servers = Servers.start()) {
      for (int round = 0; round <= rounds; round++) {
        for (String command : commands) {
          Measured measured = measure(servers, command, "u" + round);
          if (round > 0) {
            all.computeIfAbsent(command, c -> new ArrayList<>()).add(measured);
          }
        }
      }
    }
    System.out.printf(
        "load %s; medians of %d (least to most)%n",
        Files.readString(Path.of("/proc/loadavg")).split(" ")[0], rounds);
    System.out.println("| command | first 201, ms | resident, MiB | of it anonymous, MiB |");
    System.out.println("|---|---|---|---|");
    for (String command : commands) {
      List<Measured> those = all.get(command);
      System.out.printf(
          "| `%s` | %s | %s | %s |%n",
          command,
          spread(those.stream().mapToDouble(Measured::millis).toArray()),
          spread(those.stream().mapToDouble(m -> m.residentKb / 1024.0).toArray()),
          spread(those.stream().mapToDouble(m -> m.anonymousKb / 1024.0).toArray()));
    }
  }

  private static Measured measure(Servers servers, String command, String user) throws Exception {
    int port = freePort();
    Path log = Files.createTempFile("start-time", ".log");
    ProcessBuilder builder =
        new ProcessBuilder(command.strip().split("\\s+"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    Map<String, String> environment = builder.environment();
    servers
        .settings()
        .forEach((key, value) -> environment.put(Replica.environmentForm(key), value));
    environment.put("QUARKUS_HTTP_HOST", "127.0.0.1");
    environment.put("QUARKUS_HTTP_PORT", String.valueOf(port));
    environment.put("QUARKUS_MANAGEMENT_HOST", "127.0.0.1");
    environment.put("QUARKUS_MANAGEMENT_PORT", "0");
    environment.put("FIRSTCOME_IDENTITY", "header");
    environment.put("FIRSTCOME_GATEWAY_SECRETS", SECRET);
    long began = System.nanoTime();
    Process process = builder.start();
    try {
      while (true) {
        int status = claim(port, user + "-" + process.pid());
        if (status == 201) {
          break;
        }
        if (status == 404) {
          create(port);
        }
        if (!process.isAlive() || System.nanoTime() - began > START_TIMEOUT_NANOS) {
          throw new IllegalStateException(command + " does not start:\n" + Files.readString(log));
        }
        TimeUnit.MICROSECONDS.sleep(500);
      }
      double millis = (System.nanoTime() - began) / 1e6;
      Thread.sleep(IDLE_MILLIS);
      return new Measured(millis, memory(process, "VmRSS"), memory(process, "RssAnon"));
    } finally {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      Files.delete(log);
    }
  }

  /** The status, or 0 where nobody listens yet. By hand: a client would add its own time. */
  private static int claim(int port, String user) {
    return send(port, "POST /api/v1/coupons/" + COUPON + "/claims", user, "");
  }

  private static void create(int port) {
    String body = "{\"id\":\"" + COUPON + "\",\"name\":\"Start\",\"quantity\":1000000}";
    send(
        port,
        "POST /api/v1/coupons",
        "operator",
        "X-User-Groups: admin\r\nContent-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  private static int send(int port, String line, String user, String rest) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
      socket.setSoTimeout(10_000);
      String request =
          line
              + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Gateway-Secret: "
              + SECRET
              + "\r\nX-User-Id: "
              + user
              + "\r\n"
              + (rest.isEmpty() ? "\r\n" : rest);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
      return status.length() < 12 ? 0 : Integer.parseInt(status.substring(9));
    } catch (IOException e) {
      return 0;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static long memory(Process process, String what) throws IOException {
    return Files.readAllLines(Path.of("/proc", String.valueOf(process.pid()), "status")).stream()
        .filter(line -> line.startsWith(what + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  private static String spread(double[] values) {
    Arrays.sort(values);
    double median = (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    return String.format(
        Locale.ROOT, "%.0f (%.0f to %.0f)", median, values[0], values[values.length - 1]);
  }
}

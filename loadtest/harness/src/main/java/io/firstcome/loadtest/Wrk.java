package io.firstcome.loadtest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The load generator: <a href="https://github.com/wg/wrk">wrk</a>, a closed loop. */
final class Wrk {
  private static final int EXIT_TIMEOUT_SECONDS = 30;

  /** Ten digits; the users of one run are not those of the next. */
  private static final long MIN_USER = 1_000_000_000L;

  private static final long MAX_USER = 9_900_000_000L;
  private static final long USERS_A_RUN = 100_000_000;

  private final Path script;
  private long firstUser = MIN_USER;

  /**
   * @param folder for the script
   * @throws IllegalStateException if wrk is not installed; says how to get it
   */
  Wrk(Path folder) throws IOException {
    try {
      new ProcessBuilder("wrk", "-v").redirectErrorStream(true).start().destroy();
    } catch (IOException e) {
      throw new IllegalStateException(
          "wrk is not installed. On Debian: apt-get install wrk; else https://github.com/wg/wrk",
          e);
    }
    script = folder.resolve("claims.lua");
    try (InputStream in = Wrk.class.getResourceAsStream("claims.lua")) {
      Files.copy(in, script, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /**
   * What came of a run.
   *
   * @param requests answered
   * @param micros it took
   * @param socketErrors connections that failed, and requests that were not answered in time
   * @param statusErrors answers of 400 and above
   */
  record Result(
      long requests,
      long micros,
      long socketErrors,
      long statusErrors,
      double p50Millis,
      double p99Millis) {}

  Result run(Load load, int connections, int seconds) {
    ProcessBuilder builder =
        new ProcessBuilder(
                "wrk",
                "-t1",
                "-c" + connections,
                "-d" + seconds + "s",
                "--timeout",
                "20s",
                "-s",
                script.toString(),
                load.uri().toString())
            .redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    environment.put("FIRST_USER", String.valueOf(nextFirstUser()));
    environment.put("CLAIM_PATH", load.path());
    environment.put("ITEMS", String.valueOf(load.items()));
    environment.put("SECRET", load.secret());
    environment.put("TOKENS", load.tokens() == null ? "" : load.tokens().toString());
    try {
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(EXIT_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
      return result(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Several may run at once. */
  private synchronized long nextFirstUser() {
    long first = firstUser;
    firstUser = first + USERS_A_RUN > MAX_USER ? MIN_USER : first + USERS_A_RUN;
    return first;
  }

  private static Result result(String output) {
    String line =
        output
            .lines()
            .filter(l -> l.startsWith("RESULT "))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("wrk said: " + output));
    Map<String, Long> values = new HashMap<>();
    for (String pair : line.substring("RESULT ".length()).trim().split(" ")) {
      String[] sides = pair.split("=");
      values.put(sides[0], Long.parseLong(sides[1]));
    }
    long sockets =
        List.of("connect", "read", "write", "timeout").stream().mapToLong(values::get).sum();
    return new Result(
        values.get("requests"),
        values.get("micros"),
        sockets,
        values.get("status"),
        values.get("p50") / 1e3,
        values.get("p99") / 1e3);
  }
}

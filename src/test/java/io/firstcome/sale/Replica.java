package io.firstcome.sale;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A process of the packaged application in production mode, on free ports of this machine. What it
 * says is kept in {@code target/sale}. It ends with this JVM, however that ends.
 */
public final class Replica implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
  private static final int LOG_TAIL_LINES = 40;
  private static final Pattern LISTENING = Pattern.compile("Listening on: (http://\\S+:\\d+)");
  private static final Pattern MANAGEMENT =
      Pattern.compile("Management interface listening on (https?://\\S+:\\d+)");

  private static final Map<String, String> LOOPBACK =
      Map.of(
          "quarkus.http.host", "127.0.0.1",
          "quarkus.http.port", "0",
          "quarkus.management.host", "127.0.0.1",
          "quarkus.management.port", "0");

  /**
   * What an operator would look into; not that the machine had no time for a thread, nor that MySQL
   * is newer than what Flyway was verified with: the suite verifies it.
   */
  private static final Pattern COMPLAINT =
      Pattern.compile(
          "^\\S+ \\S+ (WARN|ERROR|FATAL)\\b(?!.*(BlockedThreadChecker|than the version Flyway)).*");

  /**
   * Runs the replica and ends with its exit status; kills it when the input ends, which the kernel
   * brings about however this JVM ends.
   */
  private static final String GUARD =
      """
      exec 3<&0
      log=$1
      shift
      "$@" </dev/null 3<&- >"$log" 2>&1 &
      replica=$!
      echo "$replica"
      (read -r _ <&3; kill -KILL "$replica") >/dev/null &
      guard=$!
      wait "$replica"
      status=$?
      kill "$guard"
      exit "$status"
      """;

  private final String name;
  private final Path log;
  private final Process shell;
  private final ProcessHandle process;
  private URI uri;
  private URI management;

  private Replica(String name, Path log, Process shell, ProcessHandle process) {
    this.name = name;
    this.log = log;
    this.shell = shell;
    this.process = process;
  }

  /**
   * Starts a process and does not wait for it.
   *
   * @param folder of its own: nothing that lies around is taken for its configuration
   * @param settings as in {@code application.properties}; those of this JVM's environment that
   *     speak to Quarkus or to us are not passed on
   */
  static Replica start(Path folder, Map<String, String> settings) {
    return start(folder, settings, command());
  }

  /**
   * As {@link #start(Path, Map)}.
   *
   * @param command the words of the command line
   */
  public static Replica start(Path folder, Map<String, String> settings, List<String> command) {
    try {
      Files.createDirectories(folder);
      Path log = folder.resolve("log").toAbsolutePath();
      List<String> line = new ArrayList<>(List.of("sh", "-c", GUARD, "guard", log.toString()));
      line.addAll(command);
      ProcessBuilder builder =
          new ProcessBuilder(line)
              .directory(folder.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD);
      Map<String, String> environment = builder.environment();
      environment.keySet().removeIf(key -> key.matches("_?(QUARKUS|FIRSTCOME|MP|SMALLRYE)_.*"));
      LOOPBACK.forEach((key, value) -> environment.put(environmentForm(key), value));
      settings.forEach((key, value) -> environment.put(environmentForm(key), value));
      Process shell = builder.start();
      String pid = shell.inputReader(StandardCharsets.UTF_8).readLine();
      ProcessHandle process =
          ProcessHandle.of(Long.parseLong(pid))
              .orElseThrow(() -> new IOException("ended at once, see " + log));
      return new Replica(folder.getFileName().toString(), log, shell, process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What is run: {@code firstcome.command} (words), or the native executable if it was built, or
   * the package.
   */
  private static List<String> command() {
    String configured = System.getProperty("firstcome.command", "");
    if (!configured.isBlank()) {
      return List.of(configured.strip().split("\\s+"));
    }
    Path executable = Path.of(System.getProperty("native.image.path", ""));
    if (Files.isRegularFile(executable)) {
      return List.of(executable.toAbsolutePath().toString());
    }
    Path jar =
        Path.of(System.getProperty("firstcome.package", "target/quarkus-app/quarkus-run.jar"));
    if (!Files.isRegularFile(jar)) {
      throw new IllegalStateException("no " + jar + ": run ./mvnw package -DskipTests first");
    }
    return command(jar);
  }

  /** As {@link #start(Path, Map, List)} takes it, of a package that lies anywhere. */
  public static List<String> command(Path jar) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // Several at once on a small machine.
    command.addAll(List.of("-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-jar", jar.toAbsolutePath().toString()));
    return command;
  }

  static String environmentForm(String key) {
    return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }

  /** Waits until it listens. */
  public Replica awaitListening() {
    try {
      await("start of " + name)
          .atMost(START_TIMEOUT)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> LISTENING.matcher(output()).find() || !shell.isAlive());
    } catch (ConditionTimeoutException e) {
      throw new AssertionError(name + " does not start: " + threads(), e);
    }
    Matcher listening = LISTENING.matcher(output());
    if (!listening.find()) {
      throw new AssertionError(name + " ended while it started: " + tail());
    }
    uri = URI.create(listening.group(1));
    // The baselines of loadtest have none.
    Matcher managed = MANAGEMENT.matcher(output());
    management = managed.find() ? URI.create(managed.group(1)) : uri;
    return this;
  }

  /** Where the threads of a JVM are, for a message: whether it hangs, or has no processor. */
  private String threads() {
    signal("QUIT");
    try {
      await().atMost(Duration.ofSeconds(10)).until(() -> output().contains("JNI global refs"));
    } catch (ConditionTimeoutException e) {
      // Not a JVM, or too busy to say.
    }
    String said = output();
    return log + "\n" + said.substring(0, Math.min(said.length(), 20_000));
  }

  /** Where it listens. */
  public URI uri() {
    return uri;
  }

  /** Where it tells of its metrics and its health. */
  public URI management() {
    return management;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isRunning() {
    return process.isAlive();
  }

  /** Ends it as a power cut would (SIGKILL). */
  public void kill() {
    process.destroyForcibly();
    awaitExit(Duration.ofSeconds(60));
  }

  /** Asks it to end (SIGTERM), and does not wait. */
  void terminate() {
    process.destroy();
  }

  /**
   * Waits for its end.
   *
   * @return its exit status; 128 and the number of the signal where one ended it
   */
  int awaitExit(Duration atMost) {
    try {
      if (!shell.waitFor(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(name + " does not end within " + atMost + ": " + tail());
      }
      return shell.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Freezes it (SIGSTOP): connections stay open and nothing answers. */
  public void suspend() {
    signal("STOP");
  }

  /** Ends {@link #suspend()} (SIGCONT). */
  public void resume() {
    signal("CONT");
  }

  /** All it has said so far. */
  String output() {
    try {
      return Files.exists(log) ? Files.readString(log) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Warnings and errors. */
  public List<String> complaints() {
    return output().lines().filter(line -> COMPLAINT.matcher(line).matches()).toList();
  }

  /** The end of what it said, for a message. */
  String tail() {
    List<String> lines = output().lines().toList();
    return log
        + "\n"
        + String.join(
            "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()));
  }

  @Override
  public String toString() {
    return name;
  }

  /** Ends it at once, suspended or not. */
  @Override
  public void close() {
    try {
      shell.outputWriter().close();
      awaitExit(Duration.ofSeconds(60));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Through a shell, whose {@code kill} is built in: a bare machine may have no such program. */
  private void signal(String signal) {
    try {
      int status =
          new ProcessBuilder("sh", "-c", "kill -" + signal + " " + process.pid())
              .redirectErrorStream(true)
              .start()
              .waitFor();
      if (status != 0) {
        throw new IllegalStateException(name + " cannot be sent SIG" + signal);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.firstcome.local;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * The shell that holds a server process and its private folder, and ends both when this JVM ends,
 * even by SIGKILL. The protocol and the reasons are in {@code watchdog.sh}.
 *
 * <p>The pipe to the shell stays open as long as the JVM lives: the JDK keeps every running {@link
 * Process} reachable, whichever class loader started it.
 */
final class Watchdog implements AutoCloseable {
  private static final int CLOSE_TIMEOUT_SECONDS = 10;
  private static final String SCRIPT = script();

  private final Path folder;
  private final Process shell;
  private final BufferedReader replies;

  /**
   * Creates the folder and waits until the shell guards it.
   *
   * @param folder must not exist yet; its parent must
   * @param command the server's command line, run once for each {@link #startServer()}
   * @throws UncheckedIOException if there is no {@code sh} or the folder cannot be created
   */
  Watchdog(Path folder, List<String> command, Map<String, String> environment) {
    this.folder = folder;
    List<String> line = new ArrayList<>();
    // A session of its own: Ctrl-C must not reach the servers before the application has drained.
    findOnPath("setsid").ifPresent(setsid -> line.add(setsid.toString()));
    line.addAll(List.of("sh", "-c", SCRIPT, "watchdog", folder.toString()));
    line.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
    builder.environment().putAll(environment);
    try {
      shell = builder.start();
      replies = shell.inputReader(StandardCharsets.UTF_8);
      String reply = replies.readLine();
      if (!"ready".equals(reply)) {
        throw new IOException("the watchdog of " + folder + " did not start: " + reply);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the server; the caller knows that none is running. */
  ProcessHandle startServer() throws IOException {
    shell.outputWriter().write("start\n");
    shell.outputWriter().flush();
    String pid = replies.readLine();
    return ProcessHandle.of(Long.parseLong(pid))
        .orElseThrow(() -> new IOException("the server ended at once: " + logTail()));
  }

  /** The last lines of what the server said since it was started last. */
  String logTail() {
    try {
      List<String> lines = Files.readString(folder.resolve("log")).lines().toList();
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** Kills the server, deletes the folder and waits until both are gone. */
  @Override
  public void close() {
    try {
      shell.outputWriter().close();
      if (!shell.waitFor(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the watchdog of " + folder + " does not end");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Optional<Path> findOnPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static String script() {
    try (InputStream in = Watchdog.class.getResourceAsStream("watchdog.sh")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

package io.firstcome.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * A real server process on a free port of the loopback address with a private folder. It ends with
 * {@link #close()} or with this JVM, however that ends. One thread at a time.
 */
abstract class LocalServer implements AutoCloseable {
  private static final Duration START_TIMEOUT = Duration.ofSeconds(120);
  private static final Duration STOP_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(5);
  private static final int PORT_ATTEMPTS = 5;

  private final String name;
  private final int port;
  private final Path folder;
  private Watchdog watchdog;
  private ProcessHandle server;

  /**
   * @param name for messages and the folder, as in {@code redis}
   */
  LocalServer(String name, int port) {
    this.name = name;
    this.port = port;
    this.folder =
        Folders.temporary()
            .resolve("firstcome-" + name + "-" + UUID.randomUUID().toString().substring(0, 8));
  }

  /** The port on 127.0.0.1; the same for the life of this object. */
  public final int port() {
    return port;
  }

  /** The process id of the server that was started last. */
  public final long pid() {
    return server.pid();
  }

  /** Whether the process exists; a suspended one does. */
  public final boolean isRunning() {
    return server.isAlive();
  }

  /** Shuts the server down as an operator would (SIGTERM) and waits for its end. */
  public final void stop() {
    resume();
    server.destroy();
    awaitEnd();
  }

  /** Ends the server without a chance to write anything (SIGKILL) and waits for its end. */
  public final void kill() {
    server.destroyForcibly();
    awaitEnd();
  }

  /**
   * Starts the server after {@link #stop()} or {@link #kill()} on the same port with the same data,
   * and waits until it answers.
   *
   * @throws IllegalStateException if it is running, or does not answer in time
   */
  public final void startAgain() {
    if (server.isAlive()) {
      throw new IllegalStateException(name + " is running");
    }
    startServer();
  }

  /** Freezes the server (SIGSTOP): connections stay open and nothing answers. */
  public final void suspend() {
    signal("STOP");
  }

  /** Ends {@link #suspend()} (SIGCONT). */
  public final void resume() {
    signal("CONT");
  }

  /** Ends the server and deletes its folder. */
  @Override
  public final void close() {
    if (watchdog != null) {
      watchdog.close();
    }
  }

  /** The private folder, deleted by {@link #close()}. */
  final Path folder() {
    return folder;
  }

  /** The command line; the folder does not exist yet. */
  abstract List<String> command();

  /** What the server's environment has beside this JVM's. */
  Map<String, String> environment() {
    return Map.of();
  }

  /** Puts what the first start needs into the folder. */
  abstract void prepare() throws IOException;

  /**
   * Whether this very server, not another one on the port, serves clients now.
   *
   * @param log what it said since it was started
   * @throws IOException if nothing, or nothing sensible, answers
   */
  abstract boolean answers(String log) throws IOException;

  /**
   * Starts a server on a port nobody uses, and again on another if somebody takes it meanwhile.
   *
   * @throws IllegalStateException if it cannot be started; says what to do instead
   */
  static <S extends LocalServer> S startOnFreePort(IntFunction<S> create) {
    for (int attempt = 1; ; attempt++) {
      S created = create.apply(freePort());
      LocalServer server = created;
      try {
        server.startFirst();
        return created;
      } catch (RuntimeException e) {
        boolean portTaken =
            server.watchdog != null && server.watchdog.logTail().contains("Address already in use");
        server.close();
        if (!portTaken || attempt == PORT_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /**
   * Below the range the kernel takes ports for outgoing connections from, so that the port is still
   * free when the server is started again.
   */
  static int freePort() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int candidate = ThreadLocalRandom.current().nextInt(15_000, 32_000);
      try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // Taken: try the next.
      }
    }
    throw new IllegalStateException("no free port from 15000 to 31999 on the loopback address");
  }

  private void startFirst() {
    watchdog = new Watchdog(folder, command(), environment());
    try {
      prepare();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot prepare " + folder, e);
    }
    startServer();
  }

  private void startServer() {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    try {
      server = watchdog.startServer();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    while (!answersNow()) {
      if (!server.isAlive() || System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(
            """
            %s %s on port %d. Set %s to use a server of your own, or start a Docker engine. \
            The end of its log:
            %s"""
                .formatted(
                    name,
                    server.isAlive() ? "does not answer" : "ended while it started",
                    port,
                    settingToUseInstead(),
                    watchdog.logTail()));
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** The configuration key that points the application to another server. */
  abstract String settingToUseInstead();

  private boolean answersNow() {
    try {
      return answers(watchdog.logTail());
    } catch (IOException e) {
      return false;
    }
  }

  /** Polled: the JDK looks after a process that is not its child every few 100 ms only. */
  private void awaitEnd() {
    long deadline = System.nanoTime() + STOP_TIMEOUT.toNanos();
    while (server.isAlive()) {
      if (System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(name + " does not end: " + watchdog.logTail());
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** Through a shell, whose {@code kill} is built in: a bare machine may have no such program. */
  private void signal(String signal) {
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + server.pid())
          .redirectErrorStream(true)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

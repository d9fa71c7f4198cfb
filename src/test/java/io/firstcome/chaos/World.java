package io.firstcome.chaos;

import io.firstcome.local.LocalMySql;
import io.firstcome.sale.Replica;
import io.vertx.core.Vertx;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Replicas of the service, two Redis servers, a MySQL, and a way between each two of them. */
final class World implements AutoCloseable {
  static final String SECRET = "gateway-secret-of-the-chaos-suite";
  private static final String WINDOW_UNITS = "50";
  private static final Duration START_TIMEOUT = Duration.ofMinutes(5);

  private final Vertx vertx = Vertx.vertx();
  private final RedisPair redis;
  private final LocalMySql mysql = LocalMySql.start();
  private final boolean believing;
  private final Clocks clocks;
  private final List<App> apps;

  /**
   * Starts everything and waits until it serves.
   *
   * @param folder for what the replicas say
   * @param jar of the package
   * @param replicas of the service
   * @param plan says how they are set up
   */
  World(Path folder, Path jar, int replicas, Plan plan) {
    this.believing = plan.believing();
    clocks = new Clocks(folder);
    redis = new RedisPair(vertx, plan.persistent());
    apps = IntStream.range(0, replicas).mapToObj(i -> new App(folder, jar, i)).toList();
    // One after the other: the first makes the tables.
    apps.forEach(App::start);
  }

  RedisPair redis() {
    return redis;
  }

  LocalMySql mysql() {
    return mysql;
  }

  List<App> apps() {
    return apps;
  }

  /** All ways are open, and all that should run does. */
  void heal() {
    for (App app : apps) {
      app.toRedis.flow();
      app.toMySql.flow();
      if (!app.process.isRunning()) {
        app.start();
      }
    }
    redis.replication().flow();
  }

  @Override
  public void close() {
    apps.forEach(App::close);
    redis.close();
    mysql.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  /** A replica of the service, its ways to the stores, and its clock. */
  final class App {
    private final Path folder;
    private final Path jar;
    private final ChaosProxy toRedis = new ChaosProxy(vertx, redis.primary().port());
    private final ChaosProxy toMySql = new ChaosProxy(vertx, mysql.port());
    private final Path clock;
    private int started;
    private Replica process;
    private volatile URI uri;

    private App(Path folder, Path jar, int number) {
      this.folder = folder.resolve("replica-" + (number + 1));
      this.jar = jar;
      this.clock = folder.resolve("clock-" + (number + 1)).toAbsolutePath();
    }

    /** Starts it, again if it must be: the stores it needs may be away. */
    void start() {
      long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
      while (true) {
        process =
            Replica.start(folder.resolve("run-" + ++started), settings(), Replica.command(jar));
        try {
          uri = process.awaitListening().uri();
          return;
        } catch (AssertionError | RuntimeException e) {
          process.close();
          if (System.nanoTime() - deadline > 0) {
            throw e;
          }
        }
      }
    }

    Replica process() {
      return process;
    }

    /** Where it listens, or did. */
    URI uri() {
      return uri;
    }

    ChaosProxy toRedis() {
      return toRedis;
    }

    ChaosProxy toMySql() {
      return toMySql;
    }

    /**
     * Sets the clock of the machine it believes to be on.
     *
     * @return false where there is no way to do so
     */
    boolean shiftClock(int seconds) {
      if (clocks.canJump()) {
        clocks.set(clock, seconds);
      }
      return clocks.canJump();
    }

    private Map<String, String> settings() {
      Map<String, String> settings = new HashMap<>();
      settings.put("firstcome.identity", "header");
      settings.put("firstcome.gateway.secrets", SECRET);
      settings.put("quarkus.redis.hosts", "redis://127.0.0.1:" + toRedis.port());
      settings.put(
          "quarkus.datasource.reactive.url", "mysql://127.0.0.1:" + toMySql.port() + "/firstcome");
      settings.put(
          "quarkus.datasource.jdbc.url",
          "jdbc:mysql://127.0.0.1:" + toMySql.port() + "/firstcome" + mysql.jdbcParameters());
      settings.put("quarkus.datasource.username", mysql.username());
      settings.put("quarkus.datasource.password", mysql.password());
      // Whoever dies is replaced a little sooner than by default: more happens in two minutes.
      settings.put("firstcome.load.lease", "3s");
      settings.put("firstcome.redis.timeout", "1s");
      settings.put("firstcome.recovery.believe", String.valueOf(believing));
      // So few that the ceiling is met, and that something is left of what is small after a loss.
      settings.put("firstcome.recovery.window-units", WINDOW_UNITS);
      // Sixteen users, who never pause.
      settings.put("firstcome.limit.user.replica-rate", "0");
      settings.put("firstcome.limit.user.replica-daily", "0");
      settings.put("firstcome.stock.max-held-per-user", "10000");
      settings.put("firstcome.stock.max-kept-per-user", "10000");
      settings.put("firstcome.stock.max-refusals-per-user", "10000");
      settings.putAll(clocks.environment(clock));
      return settings;
    }

    private void close() {
      List<AutoCloseable> all = new ArrayList<>(List.of(toRedis, toMySql));
      if (process != null) {
        all.add(process);
      }
      for (AutoCloseable one : all) {
        try {
          one.close();
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    }
  }
}

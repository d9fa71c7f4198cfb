package io.firstcome.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The one Redis and the one MariaDB that dev mode and all {@code @QuarkusTest} classes of a JVM
 * share, and the settings that point the application to them.
 *
 * <p>A server is started only if the user has configured none and no Docker engine answers, with
 * which Quarkus Dev Services would do the same. It ends with the JVM.
 */
final class LocalServers {
  /**
   * What the servers' settings are kept under as system properties: Quarkus loads our classes once
   * more for each application it starts, and static fields with them.
   */
  private static final String PREFIX = "firstcome.local.";

  // Ours run because no engine answers: looking for one would only print an error.
  private static final String DEV_SERVICES_KEY = "quarkus.devservices.enabled";
  private static final String REDIS_KEY = "quarkus.redis.hosts";
  private static final String REACTIVE_KEY = "quarkus.datasource.reactive.url";
  private static final String JDBC_KEY = "quarkus.datasource.jdbc.url";

  /** Where payments are made; of the application, not of a server that Docker could run. */
  public static final String PAYMENTS_KEY = "firstcome.payment.http.url";

  private LocalServers() {}

  /**
   * Starts what is needed and not yet running, and says so in one line.
   *
   * @param project the project's folder
   * @param defaultProfile {@code dev} or {@code test}, unless the user chose another
   * @return Quarkus settings for the servers of ours; empty if none of them is needed
   * @throws IllegalStateException if a server cannot be started; says what to do instead
   */
  static Map<String, String> settings(Path project, String defaultProfile) {
    synchronized (FileLock.class) {
      Surroundings surroundings = Surroundings.ofThisProcess(project, defaultProfile);
      boolean needsRedis = !isStarted(REDIS_KEY) && !surroundings.sets(REDIS_KEY);
      boolean needsMySql = !isStarted(REACTIVE_KEY) && !surroundings.sets(REACTIVE_KEY, JDBC_KEY);
      if ((needsRedis || needsMySql)
          && (ForeignServer.areNamed() || !DockerEngine.answers(surroundings.environment()))) {
        start(needsRedis, needsMySql);
      }
      if (!isStarted(PAYMENTS_KEY) && !surroundings.sets(PAYMENTS_KEY)) {
        startPayments();
      }
      return started();
    }
  }

  private static void start(boolean redis, boolean mySql) {
    List<String> started = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    try {
      if (redis) {
        LocalRedis server = LocalRedis.start();
        keep(REDIS_KEY, server.uri());
        keep(DEV_SERVICES_KEY, "false");
        started.add(server.product() + " at " + server.uri());
        keys.add(REDIS_KEY);
      }
      if (mySql) {
        LocalMySql server = LocalMySql.start();
        keep(REACTIVE_KEY, server.reactiveUrl());
        keep(JDBC_KEY, server.jdbcUrl());
        keep("quarkus.datasource.username", server.username());
        keep("quarkus.datasource.password", server.password());
        keep(DEV_SERVICES_KEY, "false");
        started.add(server.product() + " at " + server.reactiveUrl());
        keys.add(REACTIVE_KEY);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    System.out.printf(
        "Firstcome: started %s (no Docker engine answers; set %s to use your own)%n",
        String.join(" and ", started), String.join(" / ", keys));
  }

  private static void startPayments() {
    try {
      keep(PAYMENTS_KEY, LocalPaymentProvider.start().url());
      keep("firstcome.payment.http.token", LocalPaymentProvider.TOKEN);
      keep("firstcome.payment.http.callback-secret", LocalPaymentProvider.CALLBACK_SECRET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void keep(String key, String value) {
    System.setProperty(PREFIX + key, value);
  }

  private static boolean isStarted(String key) {
    return System.getProperty(PREFIX + key) != null;
  }

  private static Map<String, String> started() {
    Map<String, String> settings = new TreeMap<>();
    System.getProperties().stringPropertyNames().stream()
        .filter(name -> name.startsWith(PREFIX))
        .forEach(name -> settings.put(name.substring(PREFIX.length()), System.getProperty(name)));
    return settings;
  }
}

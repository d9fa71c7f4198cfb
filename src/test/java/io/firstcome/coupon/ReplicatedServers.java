package io.firstcome.coupon;

import io.firstcome.local.LocalMySql;
import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServersUnderTest;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A Redis with a replica and a MySQL, all of the test's own, to be frozen at will. */
public final class ReplicatedServers implements QuarkusTestResourceLifecycleManager {

  public static final String REPLICA = "test.replica";
  public static final String REPLICA_PID = "test.replica.pid";
  public static final String MYSQL_PID = "test.mysql.pid";

  private LocalRedis redis;
  private LocalRedis replica;
  private LocalMySql mysql;
  private Map<String, String> started = Map.of();

  /** Answers wait long enough to be looked after twice. */
  public static final class Patient implements QuarkusTestProfile {
    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }

    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(ReplicatedServers.class));
    }

    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("firstcome.acknowledge.timeout", "1200ms");
    }
  }

  @Override
  public Map<String, String> start() {
    redis = LocalRedis.start();
    replica = LocalRedis.start("--replicaof", "127.0.0.1", String.valueOf(redis.port()));
    mysql = LocalMySql.start();
    Map<String, String> application =
        Map.of(
            "quarkus.redis.hosts", redis.uri(),
            "quarkus.datasource.reactive.url", mysql.reactiveUrl(),
            "quarkus.datasource.jdbc.url", mysql.jdbcUrl(),
            "quarkus.datasource.username", mysql.username(),
            "quarkus.datasource.password", mysql.password());
    Map<String, String> all = new HashMap<>(application);
    all.put(REPLICA, replica.uri());
    all.put(REPLICA_PID, String.valueOf(replica.pid()));
    all.put(MYSQL_PID, String.valueOf(mysql.pid()));
    ServersUnderTest.use(all);
    started = application;
    return application;
  }

  @Override
  public void stop() {
    ServersUnderTest.forget(started);
    for (AutoCloseable server : new AutoCloseable[] {replica, redis, mysql}) {
      try {
        if (server != null) {
          server.close();
        }
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Until it is closed this server is frozen: connections stay open and nothing answers. */
  public static Frozen freeze(String pid) {
    return freeze(Long.parseLong(ServersUnderTest.setting(pid)));
  }

  static Frozen freeze(long pid) {
    signal("STOP", pid);
    return () -> signal("CONT", pid);
  }

  public interface Frozen extends AutoCloseable {
    @Override
    void close();
  }

  /** Through a shell, whose {@code kill} is built in: a bare machine may have no such program. */
  private static void signal(String signal, long pid) {
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal + " " + pid)
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

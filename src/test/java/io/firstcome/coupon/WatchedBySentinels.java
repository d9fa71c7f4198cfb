package io.firstcome.coupon;

import io.firstcome.local.LocalMySql;
import io.firstcome.local.LocalRedis;
import io.firstcome.local.LocalSentinel;
import io.firstcome.local.ServersUnderTest;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A Redis, a replica of it, and three sentinels that put the one in place of the other. */
public final class WatchedBySentinels implements QuarkusTestResourceLifecycleManager {

  /** Of the replicas of the service; the servers among themselves are the default user. */
  static final String USER = "app:secret@";

  private static final List<String> ACCESS =
      List.of("--user", "app", "on", ">secret", "~*", "&*", "+@all");

  private final List<AutoCloseable> servers = new ArrayList<>();
  private Map<String, String> started = Map.of();

  public static final class Profile implements QuarkusTestProfile {
    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }

    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(WatchedBySentinels.class));
    }
  }

  @Override
  public Map<String, String> start() {
    LocalRedis primary = redis();
    redis("--replicaof", "127.0.0.1", String.valueOf(primary.port()));
    List<String> sentinels = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      LocalSentinel sentinel = LocalSentinel.start(primary);
      servers.add(sentinel);
      sentinels.add(as(sentinel.uri()));
    }
    LocalMySql mysql = LocalMySql.start();
    servers.add(mysql);

    Map<String, String> settings = new HashMap<>();
    settings.put("quarkus.redis.client-type", "sentinel");
    settings.put("quarkus.redis.master-name", LocalSentinel.PRIMARY);
    settings.put("quarkus.redis.hosts", sentinels.stream().collect(Collectors.joining(",")));
    settings.put("quarkus.datasource.reactive.url", mysql.reactiveUrl());
    settings.put("quarkus.datasource.jdbc.url", mysql.jdbcUrl());
    settings.put("quarkus.datasource.username", mysql.username());
    settings.put("quarkus.datasource.password", mysql.password());
    Map<String, String> known = new HashMap<>(settings);
    // Stores look into MySQL alone here: a test asks the primary itself.
    known.put("quarkus.redis.hosts", sentinels.get(0));
    ServersUnderTest.use(known);
    started = settings;
    return settings;
  }

  private LocalRedis redis(String... more) {
    List<String> args = new ArrayList<>(ACCESS);
    args.addAll(List.of(more));
    LocalRedis redis = LocalRedis.start(args.toArray(new String[0]));
    servers.add(redis);
    return redis;
  }

  static String as(String uri) {
    return uri.replace("//", "//" + USER);
  }

  @Override
  public void stop() {
    ServersUnderTest.forget(started);
    for (AutoCloseable server : servers) {
      try {
        server.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}

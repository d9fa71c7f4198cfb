package io.firstcome.coupon;

import io.firstcome.local.LocalMySql;
import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServersUnderTest;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.List;
import java.util.Map;

/** An application on a Redis and a MySQL of its own, for tests that disturb them or count all. */
public final class OwnServers implements QuarkusTestResourceLifecycleManager {

  private LocalRedis redis;
  private LocalMySql mysql;
  private Map<String, String> started = Map.of();

  /** As it comes. */
  public static class Apart implements QuarkusTestProfile {
    @Override
    public boolean disableGlobalTestResources() {
      return true;
    }

    @Override
    public List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(OwnServers.class));
    }
  }

  /** With a label of its own for one coupon; the rest are others. */
  public static final class OneLabel extends Apart {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("firstcome.metrics.max-coupons", "1");
    }
  }

  @Override
  public Map<String, String> start() {
    redis = LocalRedis.start();
    mysql = LocalMySql.start();
    started =
        ServersUnderTest.use(
            Map.of(
                "quarkus.redis.hosts", redis.uri(),
                "quarkus.datasource.reactive.url", mysql.reactiveUrl(),
                "quarkus.datasource.jdbc.url", mysql.jdbcUrl(),
                "quarkus.datasource.username", mysql.username(),
                "quarkus.datasource.password", mysql.password()));
    return started;
  }

  @Override
  public void stop() {
    ServersUnderTest.forget(started);
    if (redis != null) {
      redis.close();
    }
    if (mysql != null) {
      mysql.close();
    }
  }
}

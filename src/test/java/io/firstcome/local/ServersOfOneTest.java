package io.firstcome.local;

import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import io.quarkus.test.junit.QuarkusTestProfile;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A MySQL, and a Redis as a test wants it, that no other test class uses: for tests that disturb
 * them or count all. They end with the class, and nothing of them is left for the next.
 */
public abstract class ServersOfOneTest implements QuarkusTestResourceLifecycleManager {

  /** Which process MySQL is, by {@link ServersUnderTest#setting}. */
  public static final String MYSQL_PID = "test.mysql.pid";

  private final List<AutoCloseable> opened = new ArrayList<>();
  private final Map<String, String> settings = new HashMap<>();
  private final Map<String, String> forTest = new HashMap<>();

  /** An application on such servers, and on none that others share. */
  public abstract static class Profile implements QuarkusTestProfile {

    private final Class<? extends ServersOfOneTest> servers;

    protected Profile(Class<? extends ServersOfOneTest> servers) {
      this.servers = servers;
    }

    @Override
    public final boolean disableGlobalTestResources() {
      return true;
    }

    @Override
    public final List<TestResourceEntry> testResources() {
      return List.of(new TestResourceEntry(servers));
    }
  }

  /** Starts whatever there is of Redis, and tells how it is reached. */
  protected abstract void startRedis();

  /** Takes what ends with these servers. */
  protected final <T extends AutoCloseable> T ending(T server) {
    opened.add(server);
    return server;
  }

  /** Tells the application, by a setting of it, and the test. */
  protected final void tell(String key, String value) {
    settings.put(key, value);
  }

  /** Tells the test alone: what is no setting, or another way in than the application's. */
  protected final void tellTest(String key, String value) {
    forTest.put(key, value);
  }

  @Override
  public final Map<String, String> start() {
    startRedis();
    LocalMySql mysql = ending(LocalMySql.start());
    tell("quarkus.datasource.reactive.url", mysql.reactiveUrl());
    tell("quarkus.datasource.jdbc.url", mysql.jdbcUrl());
    tell("quarkus.datasource.username", mysql.username());
    tell("quarkus.datasource.password", mysql.password());
    tellTest(MYSQL_PID, String.valueOf(mysql.pid()));
    Map<String, String> known = new HashMap<>(settings);
    known.putAll(forTest);
    ServersUnderTest.use(known);
    return settings;
  }

  /** The last first: what watches or follows another does not see it end. */
  @Override
  public final void stop() {
    ServersUnderTest.forget(settings);
    for (int i = opened.size() - 1; i >= 0; i--) {
      try {
        opened.get(i).close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}

package io.firstcome.coupon;

import io.firstcome.local.LocalRedis;
import io.firstcome.local.ServersOfOneTest;
import io.firstcome.local.ServersUnderTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** A Redis with a replica and a MySQL, all of the test's own, to be frozen at will. */
public final class ReplicatedServers extends ServersOfOneTest {

  public static final String REPLICA = "test.replica";
  public static final String REPLICA_PID = "test.replica.pid";

  /** Answers wait long enough to be looked after twice. */
  public static final class Patient extends ServersOfOneTest.Profile {
    public Patient() {
      super(ReplicatedServers.class);
    }

    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of("firstcome.acknowledge.timeout", "1200ms");
    }
  }

  @Override
  protected void startRedis() {
    LocalRedis redis = ending(LocalRedis.start());
    LocalRedis replica =
        ending(LocalRedis.start("--replicaof", "127.0.0.1", String.valueOf(redis.port())));
    tell("quarkus.redis.hosts", redis.uri());
    tellTest(REPLICA, replica.uri());
    tellTest(REPLICA_PID, String.valueOf(replica.pid()));
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

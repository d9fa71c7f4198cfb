package io.firstcome.chaos;

import static org.awaitility.Awaitility.await;

import io.firstcome.local.LocalRedis;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Two Redis servers, one the replica of the other by a way that can be cut. One thread breaks them;
 * others may look.
 */
final class RedisPair implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 10_000;
  private static final int TRIES = 2;
  private static final String LOOPBACK = "127.0.0.1";

  /** Without the wait of 5 s for more replicas, which would be the longest part of a failover. */
  private static final List<String> ARGUMENTS =
      List.of("--repl-diskless-sync", "yes", "--repl-diskless-sync-delay", "0");

  private final LocalRedis[] servers = new LocalRedis[2];
  private final ChaosProxy[] waysTo = new ChaosProxy[2];
  private final boolean persistent;

  /** Even while there is one primary, and all know which. */
  private final AtomicInteger reigns = new AtomicInteger();

  private volatile int primary;

  /**
   * Starts both.
   *
   * @param persistent whether a server that is killed comes back with its data. {@code appendfsync
   *     no}: the process dies here and not the machine, and what was written is the kernel's
   */
  RedisPair(Vertx vertx, boolean persistent) {
    this.persistent = persistent;
    List<String> arguments = new ArrayList<>(ARGUMENTS);
    if (persistent) {
      arguments.addAll(List.of("--appendonly", "yes", "--appendfsync", "no"));
    }
    for (int i = 0; i < 2; i++) {
      servers[i] = LocalRedis.start(arguments.toArray(String[]::new));
      waysTo[i] = new ChaosProxy(vertx, servers[i].port());
    }
    follow();
  }

  boolean isPersistent() {
    return persistent;
  }

  LocalRedis primary() {
    return servers[primary];
  }

  LocalRedis replica() {
    return servers[1 - primary];
  }

  /** The way on which the replica follows. */
  ChaosProxy replication() {
    return waysTo[primary];
  }

  /** Goes up by one when it begins to be in doubt who the primary is, and when that is over. */
  AtomicInteger reigns() {
    return reigns;
  }

  /** Makes the one that is not the primary its replica. */
  void follow() {
    send(replica(), "REPLICAOF", LOOPBACK, String.valueOf(waysTo[primary].port()));
  }

  /** Makes the replica the primary; the other one does not know. */
  void promote() {
    send(replica(), "REPLICAOF", "NO", "ONE");
    primary = 1 - primary;
  }

  /** Whether the replica follows and has all that the primary had a moment ago. */
  boolean isInStep(Duration within) {
    try {
      await()
          .atMost(within)
          .pollInterval(Duration.ofMillis(20))
          .conditionEvaluationListener(null)
          .ignoreExceptions()
          .until(() -> info(replica()).contains("master_link_status:up"));
      return true;
    } catch (ConditionTimeoutException e) {
      return false;
    }
  }

  private static String info(LocalRedis server) throws IOException {
    return RedisWire.send(server.port(), 1_000, "INFO", "replication").toString();
  }

  /** To the primary. */
  Object ask(String... command) throws IOException {
    return RedisWire.send(primary().port(), 2_000, command);
  }

  /**
   * To this server, which is known to run; again where the connection ends: it may be among those
   * that are killed just now. So the command is one that may be done twice.
   */
  static Object send(LocalRedis server, String... command) {
    for (int left = TRIES; ; left--) {
      try {
        return RedisWire.send(server.port(), TIMEOUT_MILLIS, command);
      } catch (IOException e) {
        if (left == 0) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  @Override
  public void close() {
    for (int i = 0; i < 2; i++) {
      waysTo[i].close();
      servers[i].close();
    }
  }
}

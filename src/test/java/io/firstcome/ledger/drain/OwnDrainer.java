package io.firstcome.ledger.drain;

import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;

/** A drainer of the test's own on the stores of the application, as another replica has one. */
public final class OwnDrainer implements AutoCloseable {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final LedgerConfig config;
  private final Scripts redis;
  private final Drainer drainer;
  private final String token;

  /** Starts it. */
  public OwnDrainer(
      LedgerConfig config,
      Scripts redis,
      SqlTransactions sql,
      CouponLabels labels,
      LedgerApplier applier) {
    this.config = config;
    this.redis = redis;
    this.drainer =
        new Drainer(
            config, redis, sql, List.of(applier), List.of(), labels, new SimpleMeterRegistry());
    drainer.start();
    this.token = token();
  }

  /** Its leases carry it, also that of a ledger where there is nothing. */
  private String token() {
    String empty = "t-" + UUID.randomUUID();
    drainer.wrote(empty);
    return Awaitility.await()
        .atMost(SOON)
        .until(() -> send(Command.GET, Keys.drainLease(empty)), reply -> reply != null)
        .toString();
  }

  /** Gives it the lease of a ledger, whoever had that, so that no other drains. */
  public void takeOver(String tag) {
    send(Command.SET, Keys.drainLease(tag), token, "PX", config.lease().toMillis());
    drainer.wrote(tag);
  }

  /** Has it look at a ledger. */
  public void wrote(String tag) {
    drainer.wrote(tag);
  }

  private Response send(Command command, Object... args) {
    return redis.send(command, args).await().atMost(SOON);
  }

  @Override
  public void close() {
    drainer.stop();
  }
}

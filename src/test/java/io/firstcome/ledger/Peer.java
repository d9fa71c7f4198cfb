package io.firstcome.ledger;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.ledger.drain.OwnDrainer;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.MySqlConnections;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.vertx.sqlclient.Pool;
import java.util.List;
import java.util.Map;

/**
 * What another replica has, put together by a test on the stores of the application: a test that
 * asks the application itself for them could not run against an executable.
 */
public final class Peer {

  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private final MySqlConnections connections = new MySqlConnections();
  private final LedgerConfig config = settings(LedgerConfig.class);
  private final CouponLabels labels = LedgerFixture.labels();
  private final Scripts redis;
  private final SqlTransactions transactions;

  public Peer(Scripts redis, Pool mysql) {
    this.redis = redis;
    this.transactions = new SqlTransactions(mysql, connections, config, metrics);
  }

  /** Settings as they are where nobody sets any. */
  public static <T> T settings(Class<T> mapping) {
    return settings(mapping, Map.of());
  }

  /** The same but for these. */
  public static <T> T settings(Class<T> mapping, Map<String, String> set) {
    return new SmallRyeConfigBuilder()
        .addDiscoveredConverters()
        .withMapping(mapping)
        .withDefaultValues(set)
        .build()
        .getConfigMapping(mapping);
  }

  public LedgerConfig config() {
    return config;
  }

  public SqlTransactions transactions() {
    return transactions;
  }

  public MySqlCalls calls() {
    return new MySqlCalls(config, connections, metrics);
  }

  /** For loaders, who ask whether a ledger is drained; it drains none itself. */
  public Drainer idleDrainer() {
    return new Drainer(config, redis, transactions, List.of(), List.of(), labels, metrics);
  }

  public OwnDrainer drainer(LedgerApplier applier) {
    return new OwnDrainer(config, redis, transactions, labels, applier);
  }
}

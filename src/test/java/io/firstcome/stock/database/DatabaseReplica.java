package io.firstcome.stock.database;

import io.firstcome.mysql.RealMySql;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.Strategy;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;

/** What one replica has of the strategies that decide in MySQL. */
final class DatabaseReplica implements AutoCloseable {

  final StockTransactions decisions;
  final Expiry expiry;
  final DatabaseSweeper sweeper;

  final MeterRegistry registry = new SimpleMeterRegistry();

  private final RealMySql mysql;
  private final StockMetrics metrics = new StockMetrics(registry);

  DatabaseReplica(RealMySql mysql, Map<String, String> settings) {
    DatabaseStockConfig config = mapping(DatabaseStockConfig.class, settings);
    this.mysql = mysql;
    this.decisions = new StockTransactions(mysql.transactions(), config, registry);
    this.expiry = new Expiry(mysql.transactions(), config, metrics);
    this.sweeper = new DatabaseSweeper(expiry, mysql.transactions(), config);
  }

  private static <T> T mapping(Class<T> type, Map<String, String> settings) {
    SmallRyeConfigBuilder builder =
        new SmallRyeConfigBuilder().addDiscoveredConverters().withMapping(type);
    settings.forEach(
        (name, value) -> builder.withDefaultValue("firstcome.stock.mysql." + name, value));
    return builder.build().getConfigMapping(type);
  }

  Stock stock(Strategy strategy) {
    return new DatabaseStocks(
            decisions,
            expiry,
            mysql.pool(),
            mysql.calls(),
            metrics,
            mapping(StockConfig.class, Map.of()))
        .of(strategy);
  }

  @Override
  public void close() {
    decisions.close();
  }
}

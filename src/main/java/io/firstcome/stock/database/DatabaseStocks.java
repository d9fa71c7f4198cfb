package io.firstcome.stock.database;

import io.firstcome.mysql.MySqlCalls;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.Strategy;
import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Makes a {@link Stock} for each strategy that decides in MySQL. */
@ApplicationScoped
class DatabaseStocks {

  private static final Map<Strategy, UnitStore> UNITS = new EnumMap<>(Strategy.class);

  static {
    for (UnitStore units :
        List.of(
            new OptimisticUnits(),
            new PessimisticUnits(),
            new ConditionalUnits(),
            new RowUnits())) {
      UNITS.put(units.strategy(), units);
    }
  }

  private final StockTransactions decisions;
  private final Expiry expiry;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final StockMetrics metrics;
  private final StockConfig config;

  DatabaseStocks(
      StockTransactions decisions,
      Expiry expiry,
      Pool mysql,
      MySqlCalls calls,
      StockMetrics metrics,
      StockConfig config) {
    this.decisions = decisions;
    this.expiry = expiry;
    this.mysql = mysql;
    this.calls = calls;
    this.metrics = metrics;
    this.config = config;
  }

  /** How units are kept, by strategy. */
  static Map<Strategy, UnitStore> units() {
    return UNITS;
  }

  @Produces
  @Singleton
  Stock optimistic() {
    return of(Strategy.OPTIMISTIC);
  }

  @Produces
  @Singleton
  Stock pessimistic() {
    return of(Strategy.PESSIMISTIC);
  }

  @Produces
  @Singleton
  Stock conditional() {
    return of(Strategy.CONDITIONAL);
  }

  @Produces
  @Singleton
  Stock unitRows() {
    return of(Strategy.UNIT_ROWS);
  }

  Stock of(Strategy strategy) {
    return new DatabaseStock(strategy, UNITS, decisions, expiry, mysql, calls, metrics, config);
  }
}

package io.firstcome.stock.database;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.mysql.TransactionRunner;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

/** Makes the decisions on stock that MySQL keeps. */
@Startup
@Singleton
class StockTransactions extends TransactionRunner {

  StockTransactions(SqlTransactions mysql, DatabaseStockConfig config, MeterRegistry metrics) {
    super(
        "firstcome-stock",
        mysql,
        config,
        Counter.builder("firstcome.stock.retries")
            .description("Stock transactions in MySQL retried after a conflict")
            .register(metrics));
  }

  @PreDestroy
  @Override
  public void close() {
    super.close();
  }
}

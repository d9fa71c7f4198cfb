package io.firstcome.order.model;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.mysql.TransactionRunner;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

/** Makes the transitions of orders, which MySQL keeps. */
@Startup
@Singleton
public class OrderTransactions extends TransactionRunner {

  public OrderTransactions(SqlTransactions mysql, OrderConfig config, MeterRegistry metrics) {
    super(
        "firstcome-order",
        mysql,
        config,
        Counter.builder("firstcome.order.retries")
            .description("Order transactions in MySQL retried after a conflict")
            .register(metrics));
  }

  @PreDestroy
  @Override
  public void close() {
    super.close();
  }
}

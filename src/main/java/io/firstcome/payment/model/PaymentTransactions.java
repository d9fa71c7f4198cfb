package io.firstcome.payment.model;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.mysql.TransactionRunner;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;

/** Makes the decisions on payments and wallets, which MySQL keeps. */
@Startup
@Singleton
public class PaymentTransactions extends TransactionRunner {

  public PaymentTransactions(SqlTransactions mysql, PaymentConfig config, MeterRegistry metrics) {
    super(
        "firstcome-payment",
        mysql,
        config,
        Counter.builder("firstcome.payment.retries")
            .description("Payment transactions in MySQL retried after a conflict")
            .register(metrics));
  }

  @PreDestroy
  @Override
  public void close() {
    super.close();
  }
}

package io.firstcome.payment.wallet;

import io.firstcome.audit.RowAudit;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.payment.model.PaymentConfig;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.atomic.AtomicLong;

/** Compares each balance with the sum of its entries. */
@Singleton
class WalletAudit extends RowAudit<Long> {

  private static final String COMPARE =
      "SELECT w.user_id, w.balance, CAST(COALESCE(SUM(e.amount), 0) AS SIGNED)"
          + " FROM (SELECT user_id, balance FROM wallet WHERE user_id > ?"
          + " ORDER BY user_id LIMIT ?) w"
          + " LEFT JOIN wallet_entry e ON e.user_id = w.user_id"
          + " GROUP BY w.user_id, w.balance ORDER BY w.user_id";

  WalletAudit(SqlTransactions mysql, Scripts redis, PaymentConfig config, MeterRegistry registry) {
    super("wallets", Keys.walletAudit(), config.walletAudit(), mysql, redis, 0L);
    Gauge.builder("firstcome.wallet.mismatches", this::found)
        .description("Wallets whose balance was not the sum of their entries when last compared")
        .register(registry);
  }

  void start(@Observes StartupEvent event) {
    start();
  }

  void stop(@Observes ShutdownEvent event) {
    stop();
  }

  /** How many balances are not the sum of their entries. Blocks. */
  @Override
  protected Long compare() {
    AtomicLong found = new AtomicLong();
    forEach(
        String.class,
        "",
        (tx, last) -> tx.query(COMPARE, last, PAGE),
        row -> {
          long balance = row.getLong(1);
          long sum = row.getLong(2);
          if (balance != sum) {
            report(
                found.incrementAndGet(),
                "A wallet has a balance of %d, but its entries sum to %d",
                balance,
                sum);
          }
        });
    return found.get();
  }
}

package io.firstcome.payment.wallet;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.payment.model.PaymentConfig;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Lease;
import io.firstcome.redis.Scripts;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/** Compares each balance with the sum of its entries, on one replica at a time. */
@ApplicationScoped
class WalletAudit {

  private static final Logger LOG = Logger.getLogger(WalletAudit.class);

  /** Wallets compared by one statement, which sees balance and entries of the same instant. */
  private static final int PAGE = 500;

  /** Of an audit; the metric has the number. */
  private static final int MOST_LINES = 10;

  private final SqlTransactions mysql;
  private final Lease lease;
  private final AtomicLong mismatches = new AtomicLong();
  private final PeriodicTask task;

  WalletAudit(SqlTransactions mysql, Scripts redis, PaymentConfig config, MeterRegistry registry) {
    this.mysql = mysql;
    // For as long as a round lasts: so in each one replica compares.
    this.lease =
        new Lease(redis, Keys.walletAudit(), UUID.randomUUID().toString(), config.walletAudit());
    this.task =
        new PeriodicTask(
            "firstcome-wallet-audit",
            config.walletAudit(),
            this::audit,
            e -> LOG.warnf("Could not audit wallets; retrying: %s", e));
    Gauge.builder("firstcome.wallet.mismatches", mismatches, AtomicLong::get)
        .description("Wallets whose balance was not the sum of their entries when last compared")
        .register(registry);
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  void stop(@Observes ShutdownEvent event) {
    task.stop();
  }

  private void audit() {
    boolean mine = lease.take().await().indefinitely();
    mismatches.set(mine ? compare() : 0);
  }

  /** How many balances are not the sum of their entries. Blocks. */
  long compare() {
    long found = 0;
    String last = "";
    int size;
    do {
      size = 0;
      for (Row row : page(last)) {
        size++;
        last = row.getString(0);
        long balance = row.getLong(1);
        long sum = row.getLong(2);
        if (balance != sum && ++found <= MOST_LINES) {
          LOG.errorf(
              "A wallet has a balance of %d, but its entries sum to %d. See docs/operations.md",
              balance, sum);
        }
      }
    } while (size == PAGE && !task.isStopped());
    return found;
  }

  private Iterable<Row> page(String last) {
    return mysql.run(
        tx ->
            tx.query(
                "SELECT w.user_id, w.balance, CAST(COALESCE(SUM(e.amount), 0) AS SIGNED)"
                    + " FROM (SELECT user_id, balance FROM wallet WHERE user_id > ?"
                    + " ORDER BY user_id LIMIT ?) w"
                    + " LEFT JOIN wallet_entry e ON e.user_id = w.user_id"
                    + " GROUP BY w.user_id, w.balance ORDER BY w.user_id",
                last,
                PAGE));
  }
}

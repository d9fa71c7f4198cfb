package io.firstcome.stock;

import io.firstcome.mysql.SqlTransactions;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Ends reservations in MySQL whose time is up and that nobody touches, and forgets old keys. Every
 * replica sweeps; they share the work, as each passes over what another has locked.
 */
@ApplicationScoped
class DatabaseSweeper {

  private static final Logger LOG = Logger.getLogger(DatabaseSweeper.class);

  /** Transactions of a strategy in one sweep: what is left is for the next. */
  private static final int MAX_BATCHES = 100;

  private static final int KEPT_HOURS = 24;

  private final Expiry expiry;
  private final SqlTransactions mysql;
  private final DatabaseStockConfig config;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private boolean failing;

  DatabaseSweeper(Expiry expiry, SqlTransactions mysql, DatabaseStockConfig config) {
    this.expiry = expiry;
    this.mysql = mysql;
    this.config = config;
  }

  void start(@Observes StartupEvent event) {
    Thread thread = new Thread(this::run, "firstcome-stock-sweep");
    thread.setDaemon(true);
    thread.start();
  }

  void stop(@Observes ShutdownEvent event) {
    stopped.countDown();
  }

  private void run() {
    try {
      // Replicas that start together do not sweep together.
      while (!stopped.await(someOf(config.sweep().toNanos()), TimeUnit.NANOSECONDS)) {
        try {
          sweep();
          failing = false;
        } catch (RuntimeException | Error e) {
          if (!failing) {
            LOG.warnf("Could not search for expired reservations; retrying: %s", e);
          }
          failing = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void sweep() {
    for (Units units : DatabaseStocks.units().values()) {
      for (int i = 0; i < MAX_BATCHES; i++) {
        if (stopped.getCount() == 0 || expiry.release(units, null) < config.sweepBatch()) {
          break;
        }
      }
    }
    mysql.runBriefly(
        config.lockWaitSeconds(),
        tx ->
            tx.query(
                "DELETE FROM stock_request WHERE created_at < UTC_TIMESTAMP(6) - INTERVAL "
                    + KEPT_HOURS
                    + " HOUR ORDER BY created_at LIMIT ?",
                config.sweepBatch()));
  }

  /** Between half of it and all of it. */
  private static long someOf(long nanos) {
    return nanos / 2 + ThreadLocalRandom.current().nextLong(1 + nanos / 2);
  }
}

package io.firstcome.stock.database;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.work.PeriodicTask;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
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
  private final PeriodicTask task;

  DatabaseSweeper(Expiry expiry, SqlTransactions mysql, DatabaseStockConfig config) {
    this.expiry = expiry;
    this.mysql = mysql;
    this.config = config;
    this.task =
        new PeriodicTask(
            "firstcome-stock-sweep",
            config.sweep(),
            this::sweep,
            e -> LOG.warnf("Could not search for expired reservations; retrying: %s", e));
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  void stop(@Observes ShutdownEvent event) {
    task.stop();
  }

  void sweep() {
    for (UnitStore units : DatabaseStocks.units().values()) {
      for (int i = 0; i < MAX_BATCHES; i++) {
        if (task.isStopped() || expiry.release(units, null) < config.sweepBatch()) {
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
}

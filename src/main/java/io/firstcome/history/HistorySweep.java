package io.firstcome.history;

import io.firstcome.mysql.SqlTransactions;
import io.firstcome.work.PeriodicTask;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import org.jboss.logging.Logger;

/** Removes changes from the history that are older than it is kept. */
@Singleton
class HistorySweep {

  private static final Logger LOG = Logger.getLogger(HistorySweep.class);
  private static final int AT_ONCE = 1_000;

  private final SqlTransactions mysql;
  private final long keepMicros;
  private final PeriodicTask task;

  HistorySweep(SqlTransactions mysql, HistoryConfig config) {
    this.mysql = mysql;
    this.keepMicros = config.keep().toNanos() / 1_000;
    this.task =
        new PeriodicTask(
            "firstcome-history-sweep",
            config.sweep(),
            this::sweep,
            e -> LOG.warnf("Could not prune the history of definitions: %s", e.getMessage()));
  }

  void start(@Observes StartupEvent event) {
    task.start();
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    task.end();
  }

  void sweep() {
    int removed;
    do {
      removed =
          mysql.run(
              tx ->
                  tx.query(
                          "DELETE FROM admin_change"
                              + " WHERE changed_at < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND"
                              + " ORDER BY changed_at LIMIT ?",
                          keepMicros,
                          AT_ONCE)
                      .rowCount());
    } while (removed == AT_ONCE && !task.isStopped());
  }
}

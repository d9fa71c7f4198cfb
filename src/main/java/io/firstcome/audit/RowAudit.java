package io.firstcome.audit;

import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Lease;
import io.firstcome.redis.Scripts;
import io.firstcome.work.PeriodicTask;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Compares rows of MySQL with each other, page by page, on one replica at a time.
 *
 * @param <T> what a round finds
 */
public abstract class RowAudit<T> {

  /** Rows compared by one statement, which sees them all at the same instant. */
  protected static final int PAGE = 500;

  /** Of a round; the metric has the number. */
  private static final int MOST_LINES = 10;

  private final Logger log = Logger.getLogger(getClass());
  private final SqlTransactions mysql;
  private final Lease lease;
  private final PeriodicTask task;
  private final T nothing;
  private volatile T found;

  /**
   * @param what is compared, in plural: for the log and the thread
   * @param lease its key
   * @param nothing found; what replicas report that do not compare
   */
  protected RowAudit(
      String what, String lease, Duration period, SqlTransactions mysql, Scripts redis, T nothing) {
    this.mysql = mysql;
    // For as long as a round lasts: so in each one replica compares.
    this.lease = new Lease(redis, lease, UUID.randomUUID().toString(), period);
    this.task =
        new PeriodicTask(
            "firstcome-audit-" + what,
            period,
            this::round,
            e -> log.warnf("Could not audit %s; retrying: %s", what, e));
    this.nothing = nothing;
    this.found = nothing;
  }

  /** To be called when the service starts. */
  protected final void start() {
    task.start();
  }

  /** To be called when it stops. */
  protected final void stop() {
    task.stop();
  }

  private void round() {
    found = lease.take().await().indefinitely() ? compare() : nothing;
  }

  /** What the last round found. */
  protected final T found() {
    return found;
  }

  /** Compares all rows. Blocks. */
  protected abstract T compare();

  /**
   * Visits all rows, in order of their first column.
   *
   * @param first less than the first column of any row
   * @param page reads at most {@link #PAGE} rows above this one
   */
  protected final <K> void forEach(
      Class<K> key,
      K first,
      BiFunction<SqlTransaction, K, ? extends Iterable<Row>> page,
      Consumer<Row> visitor) {
    K last = first;
    int size;
    do {
      size = 0;
      K after = last;
      for (Row row : mysql.<Iterable<Row>>run(tx -> page.apply(tx, after))) {
        size++;
        last = row.get(key, 0);
        visitor.accept(row);
      }
    } while (size == PAGE && !task.isStopped());
  }

  /**
   * Logs the first few of a round.
   *
   * @param number of this one in the round, from 1
   */
  protected final void report(long number, String format, Object... params) {
    if (number <= MOST_LINES) {
      log.errorf(format + ". See docs/operations.md", params);
    }
  }
}

package io.firstcome.ledger;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.function.Function;

/** Runs blocking work in a transaction of MySQL, every step of it bounded in time. */
@ApplicationScoped
public class SqlTransactions {

  private final Pool pool;
  private final Duration timeout;
  private final MeterRegistry metrics;

  SqlTransactions(Pool pool, LedgerConfig config, MeterRegistry metrics) {
    this.pool = pool;
    this.timeout = config.statementTimeout();
    this.metrics = metrics;
  }

  /**
   * Runs work in a transaction, and commits when it returns. What it throws rolls back and is
   * thrown on. Blocks: never to be called on an event loop.
   *
   * @throws SqlUnavailableException when there is no connection, or it is lost
   * @throws SqlTimeoutException when MySQL does not answer in time; whether it has committed is
   *     then unknown
   */
  public <T> T run(Function<SqlTransaction, T> work) {
    SqlTransaction tx = new SqlTransaction(connection(), timeout, this::count);
    try {
      tx.begin();
      T result = work.apply(tx);
      tx.commit();
      return result;
    } catch (Throwable e) {
      try {
        tx.rollback();
      } catch (RuntimeException f) {
        // Better no connection than one with an open transaction.
        tx.cut();
        e.addSuppressed(f);
      }
      throw e;
    } finally {
      tx.close();
    }
  }

  private SqlConnection connection() {
    Future<SqlConnection> connecting = pool.getConnection();
    try {
      return SqlTransaction.await(connecting, timeout, "connecting");
    } catch (RuntimeException e) {
      // It may still come: give it back then.
      connecting.onSuccess(SqlClient::close);
      count(e);
      throw e;
    }
  }

  private void count(Throwable e) {
    SqlErrors.count(metrics, e);
  }
}

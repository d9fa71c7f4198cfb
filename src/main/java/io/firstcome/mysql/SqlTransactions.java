package io.firstcome.mysql;

import io.firstcome.mysql.SqlTransaction.Manner;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** Runs blocking work in a transaction of MySQL, every step of it bounded in time. */
@Startup
@ApplicationScoped
public class SqlTransactions {

  private static final Logger LOG = Logger.getLogger(SqlTransactions.class);

  private final Pool pool;
  private final MySqlConnections connections;
  private final Manner usual;
  private final Duration requestTimeout;
  private final MeterRegistry metrics;

  public SqlTransactions(
      Pool pool, MySqlConnections connections, MySqlConfig config, MeterRegistry metrics) {
    this.pool = pool;
    this.connections = connections;
    this.usual = new Manner(config.statementTimeout(), "", "");
    this.requestTimeout = config.requestTimeout();
    this.metrics = metrics;
    SqlErrors.register(metrics);
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
    return run(usual, work);
  }

  /** The first column of what a query finds, which is text. Blocks, as {@link #run} does. */
  public List<String> texts(String sql, Object... params) {
    return run(
        tx -> {
          List<String> texts = new ArrayList<>();
          tx.query(sql, params).forEach(row -> texts.add(row.getString(0)));
          return texts;
        });
  }

  /**
   * The same on behalf of a request: each statement sees what is committed when it begins (READ
   * COMMITTED, so gaps are not locked either), and neither a lock nor MySQL is waited for long.
   *
   * @param lockWaitSeconds after how long MySQL refuses to wait for a lock any longer (error 1205);
   *     it knows no fractions
   */
  public <T> T runBriefly(int lockWaitSeconds, Function<SqlTransaction, T> work) {
    String begin =
        "SET SESSION innodb_lock_wait_timeout = "
            + lockWaitSeconds
            + "; SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ";
    // Others use the connection after us.
    String end = "; SET SESSION innodb_lock_wait_timeout = DEFAULT";
    return run(new Manner(requestTimeout, begin, end), work);
  }

  private <T> T run(Manner manner, Function<SqlTransaction, T> work) {
    SqlTransaction tx = new SqlTransaction(connection(manner.timeout()), manner, this::count);
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

  private SqlConnection connection(Duration timeout) {
    Future<SqlConnection> connecting = pool.getConnection();
    try {
      SqlConnection connection = SqlTransaction.await(connecting, timeout, "connecting");
      // Whoever waits for a statement is told; Vert.x would print the stack trace of a reset, too.
      connection.exceptionHandler(reset -> LOG.debug("A connection to MySQL is lost", reset));
      return connection;
    } catch (RuntimeException e) {
      // It may still come: give it back then.
      connecting.onSuccess(SqlClient::close);
      count(e);
      throw e;
    }
  }

  private void count(Throwable e) {
    SqlErrors.count(metrics, e);
    connections.judge(e);
  }
}

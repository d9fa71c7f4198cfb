package io.firstcome.mysql;

import io.vertx.core.Future;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/** A transaction of MySQL for code that blocks; see {@link SqlTransactions}. */
public final class SqlTransaction {

  /**
   * How a transaction is run.
   *
   * @param timeout how long MySQL may take for one statement
   * @param begin statements before it begins, each ended by a semicolon
   * @param end statements after it has ended, each begun by one
   */
  record Manner(Duration timeout, String begin, String end) {}

  private static final Logger LOG = Logger.getLogger(SqlTransaction.class);

  private final SqlConnection connection;
  private final Manner manner;
  private final Consumer<Throwable> onError;
  private final List<Runnable> afterCommit = new ArrayList<>();
  private boolean cut;

  SqlTransaction(SqlConnection connection, Manner manner, Consumer<Throwable> onError) {
    this.connection = connection;
    this.manner = manner;
    this.onError = onError;
  }

  /**
   * Runs a statement.
   *
   * @param params in the order of the {@code ?}; strings, numbers, booleans, {@code LocalDateTime}
   *     (UTC) or null
   * @throws io.vertx.mysqlclient.MySQLException when MySQL refuses it
   * @throws SqlTimeoutException when MySQL does not answer in time; the connection is closed
   * @throws SqlUnavailableException when the connection is lost
   */
  public RowSet<Row> query(String sql, Object... params) {
    mustNotBeCut();
    return await(connection.preparedQuery(sql).execute(Tuple.wrap(params)), sql);
  }

  /**
   * Has this done once the transaction is committed, on the same thread; never where it is not
   * known to be. It must not throw: what is committed stays so.
   */
  public void afterCommit(Runnable task) {
    afterCommit.add(task);
  }

  private void mustNotBeCut() {
    if (cut) {
      throw new SqlTimeoutException("The connection was closed");
    }
  }

  void begin() {
    send(manner.begin() + "START TRANSACTION");
  }

  void commit() {
    send("COMMIT" + manner.end());
    for (Runnable task : afterCommit) {
      try {
        task.run();
      } catch (RuntimeException e) {
        LOG.errorf(e, "A callback after a commit failed");
      }
    }
  }

  void rollback() {
    if (!cut) {
      send("ROLLBACK" + manner.end());
    }
  }

  private void send(String statements) {
    await(connection.query(statements).execute(), statements);
  }

  /** Ends the connection whatever hangs on it. */
  void cut() {
    if (!cut) {
      cut = true;
      MySqlConnections.cut(connection);
    }
  }

  void close() {
    connection.close();
  }

  private <T> T await(Future<T> future, String what) {
    try {
      return await(future, manner.timeout(), what);
    } catch (SqlTimeoutException e) {
      cut();
      onError.accept(e);
      throw e;
    } catch (RuntimeException e) {
      onError.accept(e);
      throw e;
    }
  }

  static <T> T await(Future<T> future, Duration timeout, String what) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MySQLException refused) {
        throw refused;
      }
      throw new SqlUnavailableException(
          "MySQL is not reachable: " + e.getCause().getMessage(), e.getCause());
    } catch (TimeoutException e) {
      throw new SqlTimeoutException(
          "MySQL did not answer within " + timeout.toMillis() + " ms: " + shortened(what));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SqlTimeoutException("Interrupted: " + shortened(what));
    }
  }

  private static String shortened(String sql) {
    return sql.length() <= 80 ? sql : sql.substring(0, 80) + " …";
  }
}

package io.firstcome.ledger;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;

/** A transaction of MySQL for code that blocks; see {@link SqlTransactions}. */
public final class SqlTransaction {

  SqlTransaction() {}

  /**
   * Runs a statement.
   *
   * @param params in the order of the {@code ?}; strings, numbers, booleans, {@code LocalDateTime}
   *     (UTC) or null
   * @throws io.vertx.mysqlclient.MySQLException when MySQL refuses it
   * @throws SqlTimeoutException when MySQL does not answer in time; the connection is closed
   */
  public RowSet<Row> query(String sql, Object... params) {
    throw new UnsupportedOperationException();
  }
}

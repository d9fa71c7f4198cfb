package io.firstcome.ledger;

import io.vertx.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.function.Function;

/** Runs blocking work in a transaction of MySQL, every step of it bounded in time. */
@ApplicationScoped
public class SqlTransactions {

  SqlTransactions(Pool pool, LedgerConfig config) {}

  /**
   * Runs work in a transaction, and commits when it returns. What it throws rolls back and is thrown
   * on. Blocks: never to be called on an event loop.
   *
   * @throws SqlTimeoutException when MySQL does not answer in time; after a commit that means that
   *     the outcome is unknown
   */
  public <T> T run(Function<SqlTransaction, T> work) {
    throw new UnsupportedOperationException();
  }
}

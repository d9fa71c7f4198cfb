package io.firstcome.ledger;

import io.firstcome.ledger.DeadLetter.Reason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.mysqlclient.MySQLException;
import java.util.Map;
import java.util.Optional;

/**
 * Which errors of MySQL and MariaDB are final: the same statement would be refused for ever. Every
 * other one (a deadlock, a lock wait, read-only, too many connections …) may pass and is retried.
 *
 * @see <a href="https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html">Errors
 *     of MySQL</a>
 */
public final class SqlErrors {

  private static final Map<Integer, Reason> FINAL =
      Map.ofEntries(
          // Duplicate entry, without and with the name of the key. RowInsert tells a replay apart.
          Map.entry(1062, Reason.CONFLICT),
          Map.entry(1586, Reason.CONFLICT),
          Map.entry(1406, Reason.DATA_TOO_LONG),
          Map.entry(1264, Reason.OUT_OF_RANGE),
          // The result of an expression is out of range; a datetime function overflows.
          Map.entry(1690, Reason.OUT_OF_RANGE),
          Map.entry(1441, Reason.OUT_OF_RANGE),
          // Null where none may be; truncated; wrong for its type; for a function; while parsing.
          Map.entry(1048, Reason.WRONG_VALUE),
          Map.entry(1265, Reason.WRONG_VALUE),
          Map.entry(1292, Reason.WRONG_VALUE),
          Map.entry(1300, Reason.WRONG_VALUE),
          Map.entry(1366, Reason.WRONG_VALUE),
          Map.entry(1367, Reason.WRONG_VALUE),
          Map.entry(1411, Reason.WRONG_VALUE),
          // A CHECK constraint, of MySQL and of MariaDB.
          Map.entry(3819, Reason.WRONG_VALUE),
          Map.entry(4025, Reason.WRONG_VALUE),
          // No parent row, or a parent that still has children; with and without the right to know.
          Map.entry(1216, Reason.FOREIGN_KEY),
          Map.entry(1217, Reason.FOREIGN_KEY),
          Map.entry(1451, Reason.FOREIGN_KEY),
          Map.entry(1452, Reason.FOREIGN_KEY));

  private SqlErrors() {}

  /** Why MySQL refuses this for good; empty when trying again may help. */
  public static Optional<Reason> finalReason(Throwable e) {
    return e instanceof MySQLException error
        ? Optional.ofNullable(FINAL.get(error.getErrorCode()))
        : Optional.empty();
  }

  /** Whether a row with one of its unique keys is there already. */
  public static boolean isDuplicate(MySQLException e) {
    return FINAL.get(e.getErrorCode()) == Reason.CONFLICT;
  }

  /** Whether it was rolled back because others waited for it and it for them. */
  public static boolean isDeadlock(MySQLException e) {
    return e.getErrorCode() == 1213;
  }

  /** Whether it has waited for a lock as long as it may. */
  public static boolean isLockWait(MySQLException e) {
    return e.getErrorCode() == 1205;
  }

  /**
   * Whether MySQL is only unable to do it now: too many connections, read-only, lock wait,
   * deadlock, shutting down, killed; its disk is full or fails, a table cannot grow.
   */
  public static boolean mayPass(MySQLException e) {
    return switch (e.getErrorCode()) {
      case 1040, 1290, 1836, 1205, 1213, 1053, 1317, 1021, 1026, 1030, 1114 -> true;
      default -> false;
    };
  }

  /** Counts an error. */
  static void count(MeterRegistry metrics, Throwable e) {
    Counter.builder("firstcome.mysql.errors")
        .description("Statements that MySQL rejected or did not answer, by error code")
        .tag("code", label(e))
        .register(metrics)
        .increment();
  }

  /** The label of an error in metrics: a bounded set. */
  static String label(Throwable e) {
    if (e instanceof SqlTimeoutException) {
      return "timeout";
    }
    if (!(e instanceof MySQLException error)) {
      return "connection";
    }
    return mayPass(error) || FINAL.containsKey(error.getErrorCode())
        ? Integer.toString(error.getErrorCode())
        : "other";
  }
}

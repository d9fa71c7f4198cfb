package io.firstcome.mysql;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.mysqlclient.MySQLException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which errors of MySQL and MariaDB are final: the same statement would be refused for ever. Every
 * other one (a deadlock, a lock wait, read-only, too many connections …) may pass and is retried.
 *
 * @see <a href="https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html">Errors
 *     of MySQL</a>
 * @see <a
 *     href="https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference">
 *     Errors of MariaDB</a>
 */
public final class SqlErrors {

  private static final Map<Integer, Refusal> FINAL =
      Map.ofEntries(
          // Duplicate entry, without and with the name of the key; in a child row; in an index.
          // RowInsert tells a replay apart.
          Map.entry(1022, Refusal.CONFLICT),
          Map.entry(1062, Refusal.CONFLICT),
          Map.entry(1169, Refusal.CONFLICT),
          Map.entry(1586, Refusal.CONFLICT),
          Map.entry(1761, Refusal.CONFLICT),
          Map.entry(1762, Refusal.CONFLICT),
          Map.entry(1859, Refusal.CONFLICT),
          Map.entry(1406, Refusal.DATA_TOO_LONG),
          // Longer than max_allowed_packet. MySQL closes the connection.
          Map.entry(1153, Refusal.DATA_TOO_LONG),
          Map.entry(1264, Refusal.OUT_OF_RANGE),
          // The result of an expression is out of range; a datetime function overflows.
          Map.entry(1690, Refusal.OUT_OF_RANGE),
          Map.entry(1441, Refusal.OUT_OF_RANGE),
          // Null where none may be; no default; truncated; wrong for its type; for a function;
          // while
          // parsing.
          Map.entry(1048, Refusal.WRONG_VALUE),
          Map.entry(1263, Refusal.WRONG_VALUE),
          Map.entry(1265, Refusal.WRONG_VALUE),
          Map.entry(1292, Refusal.WRONG_VALUE),
          Map.entry(1300, Refusal.WRONG_VALUE),
          Map.entry(1364, Refusal.WRONG_VALUE),
          Map.entry(1366, Refusal.WRONG_VALUE),
          Map.entry(1367, Refusal.WRONG_VALUE),
          Map.entry(1411, Refusal.WRONG_VALUE),
          Map.entry(1525, Refusal.WRONG_VALUE),
          // Characters that the column's character set does not have: compared (both), converted
          // (MariaDB), converted as a parameter (MySQL: 1210, 3854, 3988).
          Map.entry(1267, Refusal.WRONG_VALUE),
          Map.entry(1270, Refusal.WRONG_VALUE),
          Map.entry(1271, Refusal.WRONG_VALUE),
          Map.entry(1210, Refusal.WRONG_VALUE),
          Map.entry(1977, Refusal.WRONG_VALUE),
          Map.entry(3854, Refusal.WRONG_VALUE),
          Map.entry(3988, Refusal.WRONG_VALUE),
          // A CHECK constraint, of MySQL and of MariaDB.
          Map.entry(3819, Refusal.WRONG_VALUE),
          Map.entry(4025, Refusal.WRONG_VALUE),
          // No parent row, or a parent that still has children; with and without the right to know.
          Map.entry(1216, Refusal.FOREIGN_KEY),
          Map.entry(1217, Refusal.FOREIGN_KEY),
          Map.entry(1451, Refusal.FOREIGN_KEY),
          Map.entry(1452, Refusal.FOREIGN_KEY));

  /**
   * The server is the wrong one, or holds too many statements for us: read-only (an option, InnoDB,
   * a transaction), {@code max_prepared_stmt_count}.
   */
  private static final Set<Integer> ENDS_CONNECTIONS = Set.of(1290, 1792, 1836, 1874, 1461);

  /**
   * MySQL is only unable to do it now: too many connections, of all and of this user; lock wait,
   * deadlock; a lock on everything; shutting down, offline, killed, took too long; no memory, no
   * disk, a table that cannot grow; a statement or a connection that a proxy has forgotten.
   */
  private static final Set<Integer> PASSES =
      Set.of(
          1021, 1026, 1030, 1037, 1038, 1040, 1041, 1047, 1053, 1114, 1135, 1152, 1158, 1159, 1160,
          1161, 1180, 1203, 1205, 1206, 1213, 1223, 1226, 1243, 1317, 1615, 1637, 1927, 1969, 3024,
          3032, 3101, 3572, 4031);

  private static final int PACKET_TOO_LARGE = 1153;

  private static final Pattern MESSAGE =
      Pattern.compile("\\{errorMessage=(.*), errorCode=.*", Pattern.DOTALL);

  private static final String TIMEOUT = "timeout";
  private static final String CONNECTION = "connection";
  private static final String OTHER = "other";

  private SqlErrors() {}

  /** Why MySQL refuses this for good; empty when trying again may help. */
  public static Optional<Refusal> finalReason(Throwable e) {
    return e instanceof MySQLException error
        ? Optional.ofNullable(FINAL.get(error.getErrorCode())).or(() -> ofClass(error))
        : Optional.empty();
  }

  /** By the class that the standard gives it, of what is not listed: data, and constraints. */
  private static Optional<Refusal> ofClass(MySQLException error) {
    String state = String.valueOf(error.getSqlState());
    boolean isOfData = state.startsWith("22") || state.startsWith("23");
    return isOfData && !mayPass(error) ? Optional.of(Refusal.WRONG_VALUE) : Optional.empty();
  }

  /** Whether the statement is too large for this server, which then closes the connection. */
  static boolean isPacketTooLarge(MySQLException e) {
    return e.getErrorCode() == PACKET_TOO_LARGE;
  }

  /** Whether the connections to this server are of no use any more. */
  public static boolean endsConnections(Throwable e) {
    return ENDS_CONNECTIONS.contains(code(e));
  }

  /**
   * Whether it is known neither to pass nor to be mended in the schema or its rights (SQL state
   * 42): where it does not pass either, it is the fault of what was sent.
   */
  public static boolean isUnknown(MySQLException e) {
    return !mayPass(e) && !String.valueOf(e.getSqlState()).startsWith("42");
  }

  /** Whether a row with one of its unique keys is there already. */
  public static boolean isDuplicate(MySQLException e) {
    return FINAL.get(e.getErrorCode()) == Refusal.CONFLICT;
  }

  /** Whether it was rolled back because others waited for it and it for them. */
  public static boolean isDeadlock(MySQLException e) {
    return e.getErrorCode() == 1213;
  }

  /** Whether it has waited for a lock as long as it may. */
  public static boolean isLockWait(MySQLException e) {
    return e.getErrorCode() == 1205;
  }

  /** Whether MySQL is only unable to do it now. */
  public static boolean mayPass(Throwable e) {
    int code = code(e);
    return PASSES.contains(code) || ENDS_CONNECTIONS.contains(code);
  }

  /** The error code of MySQL, however often it was wrapped, as Hibernate does; else 0. */
  static int code(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof MySQLException error) {
        return error.getErrorCode();
      }
      if (cause instanceof SQLException error) {
        return error.getErrorCode();
      }
    }
    return 0;
  }

  /** What MySQL says, in words and its code; the client's message has the names of its fields. */
  public static String message(MySQLException e) {
    Matcher message = MESSAGE.matcher(String.valueOf(e.getMessage()));
    return message.matches() ? message.group(1) + " (" + e.getErrorCode() + ")" : e.getMessage();
  }

  /** So that the first error of a kind is an increase, all counters exist before it. */
  static void register(MeterRegistry metrics) {
    Stream.of(TIMEOUT, CONNECTION, OTHER).forEach(code -> counter(metrics, code));
    Stream.of(FINAL.keySet(), PASSES, ENDS_CONNECTIONS)
        .flatMap(Set::stream)
        .forEach(code -> counter(metrics, Integer.toString(code)));
  }

  /** Counts an error. */
  static void count(MeterRegistry metrics, Throwable e) {
    counter(metrics, label(e)).increment();
  }

  private static Counter counter(MeterRegistry metrics, String code) {
    return Counter.builder("firstcome.mysql.errors")
        .description("Statements that MySQL rejected or did not answer, by error code")
        .tag("code", code)
        .register(metrics);
  }

  /** The label of an error in metrics: a bounded set. */
  static String label(Throwable e) {
    if (e instanceof SqlTimeoutException) {
      return TIMEOUT;
    }
    int code = code(e);
    if (code == 0) {
      return CONNECTION;
    }
    return PASSES.contains(code) || ENDS_CONNECTIONS.contains(code) || FINAL.containsKey(code)
        ? Integer.toString(code)
        : OTHER;
  }
}

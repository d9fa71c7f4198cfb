package io.firstcome.lock;

import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlErrors;
import io.firstcome.work.PeriodicTask;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.mysqlclient.MySQLException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;

/**
 * Locks in MySQL, a row each. Every step is a statement of its own; the row says afterwards who
 * holds the lock.
 */
final class MySqlLockStore implements LockStore {

  private static final int TRIES = 5;

  private static final String READ =
      "SELECT token, fence, TIMESTAMPDIFF(MICROSECOND, UTC_TIMESTAMP(6), expires_at)"
          + " FROM named_lock WHERE name = ?";

  /** Assigned from left to right: the end comes last, as the others depend on the old one. */
  private static final String TAKE =
      "INSERT INTO named_lock (name, token, fence, expires_at) VALUES (?, ?, "
          + micros()
          + ", UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND) ON DUPLICATE KEY UPDATE fence ="
          + " IF(expires_at <= UTC_TIMESTAMP(6), GREATEST(fence + 1, VALUES(fence)), fence), token"
          + " = IF(expires_at <= UTC_TIMESTAMP(6), VALUES(token), token), expires_at ="
          + " IF(expires_at <= UTC_TIMESTAMP(6), VALUES(expires_at), expires_at)";

  private static final String EXTEND =
      "UPDATE named_lock SET expires_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
          + " WHERE name = ? AND token = ? AND expires_at > UTC_TIMESTAMP(6)";

  private static final String RELEASE =
      "UPDATE named_lock SET expires_at = UTC_TIMESTAMP(6)"
          + " WHERE name = ? AND token = ? AND expires_at > UTC_TIMESTAMP(6)";

  private static final String HELD =
      "SELECT COUNT(*) FROM named_lock WHERE expires_at > UTC_TIMESTAMP(6)"
          + " AND INSTR(name, ':') = 0";

  private static final String PRUNE =
      "DELETE FROM named_lock WHERE expires_at < UTC_TIMESTAMP(6) - INTERVAL 1 DAY"
          + " ORDER BY expires_at LIMIT 10";

  private final Pool mysql;
  private final MySqlCalls calls;
  private final Duration poll;

  MySqlLockStore(Pool mysql, MySqlCalls calls, Duration poll) {
    this.mysql = mysql;
    this.calls = calls;
    this.poll = poll;
  }

  /** At least this is each fencing token: so none repeats when the row was removed. */
  private static String micros() {
    return "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))";
  }

  @Override
  public Uni<Reply> take(LockRequest request, boolean waits) {
    if (request.permits() > 0) {
      throw new IllegalArgumentException("Permits are kept in Redis alone");
    }
    return read(request.name(), request.token())
        .flatMap(
            found ->
                found.isHeld() || found.millis() > 0
                    ? Uni.createFrom().item(found)
                    : isFull(request)
                        .flatMap(
                            full ->
                                full
                                    ? Uni.createFrom().item(new Reply(State.FULL, 0, 0))
                                    : insert(request)));
  }

  private Uni<Reply> insert(LockRequest request) {
    return execute(TAKE, request.name(), request.token(), micros(request.lease()))
        .chain(() -> read(request.name(), request.token()));
  }

  private Uni<Boolean> isFull(LockRequest request) {
    return request.maxNames() == 0
        ? Uni.createFrom().item(false)
        : execute(HELD).map(rows -> rows.iterator().next().getLong(0) >= request.maxNames());
  }

  @Override
  public Uni<Reply> extend(String name, String token, Duration lease) {
    return execute(EXTEND, micros(lease), name, token)
        .flatMap(
            rows ->
                rows.rowCount() == 0 ? Uni.createFrom().item(Reply.REFUSED) : read(name, token));
  }

  @Override
  public Uni<Boolean> release(String name, String token) {
    return execute(RELEASE, name, token)
        .flatMap(
            rows ->
                rows.rowCount() == 0
                    ? Uni.createFrom().item(false)
                    : execute(PRUNE).replaceWith(true));
  }

  private Uni<Reply> read(String name, String token) {
    return execute(READ, name)
        .map(
            rows -> {
              Iterator<Row> all = rows.iterator();
              if (!all.hasNext()) {
                return Reply.REFUSED;
              }
              Row row = all.next();
              long micros = row.getLong(2);
              if (micros <= 0) {
                return Reply.REFUSED;
              }
              return row.getString(0).equals(token)
                  ? new Reply(State.HELD, row.getLong(1), micros / 1_000)
                  : new Reply(State.REFUSED, 0, micros / 1_000 + 1);
            });
  }

  /** Those who insert the same name at once may meet in a deadlock, and only one goes on. */
  private Uni<RowSet<Row>> execute(String sql, Object... params) {
    return calls.bounded(
        Uni.createFrom()
            .deferred(() -> mysql.preparedQuery(sql).execute(Tuple.from(List.of(params))))
            .onFailure(e -> e instanceof MySQLException met && SqlErrors.isDeadlock(met))
            .retry()
            .atMost(TRIES));
  }

  private static long micros(Duration duration) {
    return duration.toNanos() / 1_000;
  }

  @Override
  public long pauseMillis(LockRequest request, long endsInMillis) {
    return PeriodicTask.jittered(poll).toMillis();
  }
}

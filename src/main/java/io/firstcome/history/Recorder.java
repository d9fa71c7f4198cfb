package io.firstcome.history;

import io.firstcome.http.identity.CurrentUser;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.ratelimit.RateLimits;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.function.Function;
import org.hibernate.reactive.mutiny.Mutiny;

/**
 * Records changes that are one transaction of MySQL: their row is written in it, so that a crash
 * leaves both or neither. {@link Recorded} is for all others.
 */
@Singleton
public class Recorder {

  private final History history;
  private final Pool mysql;
  private final CurrentUser user;
  private final RateLimits addresses;

  Recorder(History history, Pool mysql, CurrentUser user, RateLimits addresses) {
    this.history = history;
    this.mysql = mysql;
    this.user = user;
    this.addresses = addresses;
  }

  /**
   * The change that a request is about to make.
   *
   * @throws io.firstcome.http.problem.ProblemException {@code malformed} if its reason is
   */
  public Recording of(HttpServerRequest http) {
    return new Recording(
        new History.Begun(
            null,
            Change.of(http.method().name(), http.path()),
            user.id(),
            addresses.addressOf(http),
            HistoryFilter.reason(http.getHeader(HistoryFilter.REASON)),
            null));
  }

  /** A change that is made by a transaction. */
  public final class Recording {

    private final History.Begun begun;

    /** Written and not known to be committed. */
    private History.Made made;

    private Recording(History.Begun begun) {
      this.begun = begun;
    }

    /**
     * Writes the row, and the line of the log after the commit.
     *
     * @param was what differed before, or null
     * @param is what differs since, or what was done
     */
    public void write(SqlTransaction tx, Object was, Object is) {
      History.Made made = made(was, is);
      tx.query(History.INSERT, made.row().toArray());
      tx.afterCommit(made::say);
    }

    /**
     * Writes the row in a transaction of Hibernate; {@link #committed} writes the line of the log.
     *
     * @param was what differed before, or null
     * @param is what differs since
     */
    public Uni<Void> write(Mutiny.Session session, Object was, Object is) {
      made = made(was, is);
      Mutiny.Query<Object> insert = session.createNativeQuery(History.INSERT);
      List<Object> row = made.row();
      for (int i = 0; i < row.size(); i++) {
        insert.setParameter(i + 1, row.get(i));
      }
      return insert.executeUpdate().replaceWithVoid();
    }

    /** What was written is committed. */
    public void committed() {
      made.say();
    }

    private History.Made made(Object was, Object is) {
      return history.made(was == null ? begun : begun.with(history.shown(was)), is);
    }

    /**
     * Runs a transaction, and writes the row in it if it changed anything.
     *
     * @param is what the work has created or done; null: it changed nothing
     */
    public <T> Uni<T> transaction(Function<SqlConnection, Uni<T>> work, Function<T, ?> is) {
      return transaction(work, result -> null, is);
    }

    /**
     * The same where something was there before.
     *
     * @param was what it was before the work
     */
    public <T> Uni<T> transaction(
        Function<SqlConnection, Uni<T>> work, Function<T, ?> was, Function<T, ?> is) {
      return mysql
          .withTransaction(
              tx ->
                  work.apply(tx)
                      .flatMap(
                          result -> {
                            Object entity = is.apply(result);
                            return entity == null
                                ? Uni.createFrom().item(new Done<>(result, null))
                                : written(tx, made(was.apply(result), entity))
                                    .map(made -> new Done<>(result, made));
                          }))
          .invoke(
              done -> {
                if (done.made() != null) {
                  done.made().say();
                }
              })
          .map(Done::result);
    }

    private static Uni<History.Made> written(SqlConnection tx, History.Made made) {
      return tx.preparedQuery(History.INSERT).execute(Tuple.from(made.row())).map(rows -> made);
    }
  }

  private record Done<T>(T result, History.Made made) {}
}

package io.firstcome.durability;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * Waits until MySQL has what a script has decided. Whichever replica drains the ledger, MySQL
 * tells: it is looked at again and again.
 */
public final class AwaitMySql {

  private AwaitMySql() {}

  /**
   * Ends when MySQL has it; fails with {@code database-unavailable} where that takes too long, and
   * with the problem that a look fails with.
   *
   * @param look asks MySQL, each time anew
   * @param firstLook after how long it is looked at for the second time; doubles
   * @param lastLook the longest time between two looks
   * @param atMost how long it may take in all
   * @param detail what to do where it takes longer
   */
  public static Uni<Void> await(
      Uni<Boolean> look, Duration firstLook, Duration lastLook, Duration atMost, String detail) {
    return look.invoke(
            isThere -> {
              if (!isThere) {
                throw new NotYetException();
              }
            })
        .onFailure(NotYetException.class)
        .retry()
        .withBackOff(firstLook, lastLook)
        .expireIn(atMost.toMillis())
        .ifNoItem()
        .after(atMost)
        .fail()
        .onFailure(e -> !(e instanceof ProblemException))
        .transform(e -> Problem.of(ProblemType.DATABASE_UNAVAILABLE).detail(detail).asException())
        .replaceWithVoid();
  }

  /**
   * Waits until MySQL has a changed definition; fails with {@code unknown-outcome} where it was
   * loaded anew since, which may have lost the change.
   *
   * @param what was changed, as {@code coupon}
   * @param epoch in which the script has changed it
   * @param row reads its row, each time anew: {@code epoch}, and what tells whether it is there
   */
  public static Uni<Void> definition(
      SettlingConfig config, String what, long epoch, Uni<Row> row, Predicate<Row> isThere) {
    return await(
        row.map(
            now -> {
              if (now.getLong("epoch") > epoch) {
                throw Problem.of(ProblemType.UNKNOWN_OUTCOME)
                    .detail(
                        "The %s was reloaded after the change was made. Read it to see whether the"
                                .formatted(what)
                            + " change survived; repeat the change if it did not.")
                    .asException();
              }
              return isThere.test(now);
            }),
        config.firstLook(),
        config.lastLook(),
        config.settleTimeout(),
        "The change is in effect but not yet in the database. Repeat the request until it succeeds;"
            + " repeating it is safe.");
  }

  /** MySQL has not got there yet. Carries no stack trace. */
  private static final class NotYetException extends RuntimeException {
    NotYetException() {
      super(null, null, false, false);
    }
  }
}

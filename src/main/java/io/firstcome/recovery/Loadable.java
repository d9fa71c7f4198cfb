package io.firstcome.recovery;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.NotLoadedException;
import io.smallrye.mutiny.Uni;

/** What a {@link Loader} has to know of what it loads. Every type brings one, as a CDI bean. */
public interface Loadable {

  /** The type of what it loads. */
  AggregateType type();

  /** What who asks for one that is not there is told. */
  ProblemType unknown();

  /** Whether its row in MySQL says that it has left Redis for good: an expression of SQL. */
  default String retired() {
    return "FALSE";
  }

  /** Reads it from Redis; fails with {@link NotLoadedException} where that does not hold it. */
  Uni<?> read(String id);

  /** The key of its state in Redis. */
  String state(String id);

  /**
   * Takes what Redis holds of it out of service, in this epoch or an older one: nothing more is
   * decided on it, so that nothing is added to its ledger.
   */
  void fence(Staging staging, long epoch);

  /**
   * Puts what was taken out of service back into it as it is, where it is sure that MySQL has
   * nothing that it does not have. Raises the epoch. It blocks.
   *
   * @return {@code VERIFIED}, why not, or null where it has to be loaded
   */
  default String verify(Staging staging, long epoch) {
    return null;
  }

  /**
   * Raises the epoch in MySQL from this one: from here on nothing of an older one is written there
   * but what is judged again.
   *
   * @return false where it is another one by now
   */
  default boolean raise(Staging staging, long epoch) {
    return staging
            .await(
                staging.query(
                    "UPDATE " + type().name() + " SET epoch = epoch + 1 WHERE id = ? AND epoch = ?",
                    staging.id(),
                    epoch))
            .rowCount()
        == 1;
  }

  /**
   * Marks in MySQL that it leaves Redis, where it is over. It was taken out of service, and its
   * ledger is drained. Raises the epoch. It blocks.
   *
   * @return false where it is not over, or of another epoch by now
   */
  default boolean retire(Staging staging, long epoch) {
    return false;
  }

  /**
   * Takes away what Redis has of one that is retired, in this epoch. It blocks.
   *
   * @return false where something may be left
   */
  default boolean clear(Staging staging, long epoch) {
    return false;
  }

  /**
   * Stages what MySQL holds and has it published, by a script that checks the token, the epoch, the
   * ledger and the staged sizes. It blocks.
   *
   * @return {@code PUBLISHED}, or why not
   */
  String publish(Staging staging);
}

package io.firstcome.queue.entry;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.erasure.Erasure;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.In;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.queue.model.UserBlock;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Scripts;
import io.quarkus.arc.All;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Erases a user from the queues of all events. */
@Singleton
class QueueErasure extends Erasure {

  private final QueueScripts scripts;
  private final Loader loader;
  private final LedgerProgress ledger;
  private final SqlTransactions mysql;

  QueueErasure(
      @All List<LedgerDirectory> directories,
      QueueScripts scripts,
      Loaders loaders,
      DeadLetters deadLetters,
      LedgerProgress ledger,
      SqlTransactions mysql,
      Scripts redis) {
    super(EVENT, directories, deadLetters, redis);
    this.scripts = scripts;
    this.loader = loaders.of(EVENT);
    this.ledger = ledger;
    this.mysql = mysql;
  }

  @Override
  protected Step find(List<String> tags, String userId) {
    Set<String> inMySql = inMySql(tags, userId);
    return (tag, pseudonym) -> eraseIn(tag, userId, pseudonym, inMySql.contains(EVENT.id(tag)));
  }

  private boolean eraseIn(String tag, String userId, String pseudonym, boolean isInMySql) {
    // Where MySQL does not know the user now, the ledger may still bring them.
    if (!isInMySql && !isInMySql(tag, userId)) {
      return false;
    }
    String eventId = EVENT.id(tag);
    loader.whole(eventId, scripts.erase(eventId, userId, pseudonym)).await().atMost(PATIENCE);
    if (isInMySql(tag, userId)) {
      throw notYet();
    }
    return true;
  }

  /** Once all that is in the ledger now is in MySQL. */
  private boolean isInMySql(String tag, String userId) {
    if (!ledger.awaitPassed(tag, PATIENCE)) {
      throw notYet();
    }
    return !inMySql(List.of(tag), userId).isEmpty();
  }

  private static ProblemException notYet() {
    return Problem.of(ProblemType.DATABASE_UNAVAILABLE)
        .detail("The user may not be erased in the database yet. Repeat the request.")
        .asException();
  }

  private Set<String> inMySql(List<String> tags, String userId) {
    Set<String> events = new HashSet<>();
    for (List<String> some : In.parts(tags.stream().map(EVENT::id).toList())) {
      In ids = In.of(some);
      List<Object> params = new ArrayList<>(ids.values());
      params.add(UserBlock.of(userId));
      params.add(userId);
      events.addAll(
          mysql.texts(
              "SELECT DISTINCT event_id FROM queue_entry WHERE event_id IN "
                  + ids.marks()
                  + " AND block = ? AND user_id = ?",
              params.toArray()));
    }
    return events;
  }
}

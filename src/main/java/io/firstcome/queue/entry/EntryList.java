package io.firstcome.queue.entry;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.queue.model.EntryState;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;

/** Lists entries as MySQL has them: all that ever were, behind Redis by what its ledger holds. */
@ApplicationScoped
class EntryList {

  private final Pool mysql;
  private final MySqlCalls calls;

  EntryList(Pool mysql, MySqlCalls calls) {
    this.mysql = mysql;
    this.calls = calls;
  }

  /** Entries of a queue in one state, in the order of their numbers, after this number. */
  Uni<List<EntryView>> page(String queueId, EntryState state, long after, int limit) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT user_id, number, "
                        + state.column()
                        + ", due_at FROM queue_entry WHERE queue_id = ? AND state = ?"
                        + " AND number > ? ORDER BY number LIMIT ?")
                .execute(Tuple.of(queueId, state.name(), after, limit)))
        .flatMap(
            rows -> {
              List<EntryView> page = new ArrayList<>();
              rows.forEach(row -> page.add(view(queueId, state, row)));
              return page.isEmpty()
                  ? exists(queueId).replaceWith(page)
                  : Uni.createFrom().item(page);
            });
  }

  private Uni<Void> exists(String queueId) {
    return calls
        .bounded(mysql.preparedQuery("SELECT 1 FROM queue WHERE id = ?").execute(Tuple.of(queueId)))
        .invoke(
            rows -> {
              if (rows.size() == 0) {
                throw Problem.of(ProblemType.UNKNOWN_QUEUE).asException();
              }
            })
        .replaceWithVoid();
  }

  private static EntryView view(String queueId, EntryState state, Row row) {
    LocalDateTime due = row.getLocalDateTime(3);
    return new EntryView(
        queueId,
        row.getString(0),
        row.getLong(1),
        state,
        state == EntryState.WAITING ? null : Micros.toInstant(row.getLocalDateTime(2)),
        state == EntryState.CALLED ? Micros.toInstant(due) : null,
        state == EntryState.INSIDE ? Micros.toInstant(due) : null,
        null,
        null,
        null);
  }
}

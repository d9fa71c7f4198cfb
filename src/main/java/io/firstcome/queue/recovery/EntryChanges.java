package io.firstcome.queue.recovery;

import io.firstcome.erasure.Pseudonym;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.MalformedEntryException;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.queue.metrics.QueueMetrics;
import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.UserBlock;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The moves of a batch of an event's ledger, written in as few statements as can be. */
final class EntryChanges {

  /**
   * A move of an entry.
   *
   * @param due by when who is called must have come, or until when a user is inside a room, in
   *     microseconds; else 0
   */
  private record Move(String queueId, long number, String userId, long due, LedgerEntry entry) {

    String id() {
      return Entry.id(queueId, number);
    }
  }

  private final SqlTransaction tx;
  private final String eventId;
  private final RowInsert inserts;
  private final QueueMetrics metrics;
  private final Map<EntryState, List<Move>> moves = new EnumMap<>(EntryState.class);
  private final List<DeadLetter> refused = new ArrayList<>();

  EntryChanges(SqlTransaction tx, String eventId, RowInsert inserts, QueueMetrics metrics) {
    this.tx = tx;
    this.eventId = eventId;
    this.inserts = inserts;
    this.metrics = metrics;
  }

  static RowInsert insert(int rowsPerInsert) {
    return RowInsert.into(
            "queue_entry",
            rowsPerInsert,
            "event_id",
            "id",
            "queue_id",
            "number",
            "user_id",
            "block",
            "joined_at")
        .unique("event_id", "id");
  }

  /**
   * Adds the moves of an entry of the ledger: {@code queue:number} to {@code states user [due]}.
   */
  void add(LedgerEntry entry) {
    entry.forEachPart((name, value) -> add(entry, name, value));
  }

  private void add(LedgerEntry entry, String name, String value) {
    try {
      int colon = name.indexOf(':');
      String[] words = value.split(" ");
      Move move =
          new Move(
              name.substring(0, colon),
              Long.parseLong(name.substring(colon + 1)),
              words[1],
              words.length > 2 ? Long.parseLong(words[2]) : 0,
              entry);
      for (char letter : words[0].toCharArray()) {
        moves.computeIfAbsent(EntryState.of(letter), state -> new ArrayList<>()).add(move);
      }
    } catch (RuntimeException e) {
      throw new MalformedEntryException(entry, "Not a move: " + name + " " + value);
    }
  }

  /** Writes all of it, in the order of the states; says what is refused for good. */
  List<DeadLetter> write() {
    moves.forEach(
        (state, some) -> {
          if (state == EntryState.WAITING) {
            join(some);
          } else {
            In.parts(some).forEach(part -> move(state, part));
          }
        });
    return refused;
  }

  private void join(List<Move> joins) {
    List<RowInsert.Outcome> outcomes =
        inserts.insert(
            tx,
            joins.stream()
                .map(
                    one ->
                        List.<Object>of(
                            eventId,
                            one.id(),
                            one.queueId(),
                            one.number(),
                            one.userId(),
                            UserBlock.of(one.userId()),
                            Micros.toDateTime(one.entry().at())))
                .toList());
    long written = 0;
    for (int i = 0; i < joins.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      Move join = joins.get(i);
      if (outcome.status() == RowInsert.Status.WRITTEN) {
        written++;
      } else if (outcome.refused() && !isErased(join)) {
        refuse(join, "W", Reason.of(outcome.reason()), outcome.detail());
      }
    }
    count(EntryState.WAITING, written);
  }

  /** An entry of before that is applied again names who is erased now. */
  private boolean isErased(Move join) {
    for (Row row :
        tx.query(
            "SELECT user_id FROM queue_entry WHERE event_id = ? AND id = ? AND joined_at = ?",
            eventId,
            join.id(),
            Micros.toDateTime(join.entry().at()))) {
      return Pseudonym.is(row.getString(0));
    }
    return false;
  }

  private void move(EntryState state, List<Move> some) {
    Map<String, Move> byId = new LinkedHashMap<>();
    some.forEach(one -> byId.put(one.id(), one));
    In ids = In.of(byId.keySet());
    List<Object> params = new ArrayList<>();
    params.add(state.name());
    ids.values()
        .forEach(
            id -> {
              params.add(id);
              params.add(Micros.toDateTime(byId.get(id).entry().at()));
            });
    String cases = " WHEN ? THEN ?".repeat(ids.values().size());
    String due = "";
    if (state == EntryState.CALLED || state == EntryState.INSIDE) {
      due = ", due_at = CASE id" + cases + " END";
      ids.values()
          .forEach(
              id -> {
                params.add(id);
                params.add(Micros.toDateTime(byId.get(id).due()));
              });
    }
    if (state == EntryState.CALLED || state == EntryState.INSIDE || state == EntryState.LEFT) {
      waited(state, byId, ids);
    }
    List<EntryState> before = state.before();
    params.add(eventId);
    params.addAll(ids.values());
    before.forEach(one -> params.add(one.name()));
    int moved =
        tx.query(
                "UPDATE queue_entry SET state = ?, "
                    + state.column()
                    + " = CASE id"
                    + cases
                    + " END"
                    + due
                    + " WHERE event_id = ? AND id IN "
                    + ids.marks()
                    + " AND state IN (?"
                    + ", ?".repeat(before.size() - 1)
                    + ")",
                params.toArray())
            .rowCount();
    count(state, moved);
    if (moved < byId.size()) {
      judge(state, byId, ids);
    }
  }

  /** Those who still wait in MySQL are the ones whom this move brings out of the line. */
  private void waited(EntryState state, Map<String, Move> byId, In ids) {
    for (Row row :
        tx.query(
            "SELECT id, joined_at FROM queue_entry WHERE event_id = ? AND id IN "
                + ids.marks()
                + " AND state = 'WAITING'",
            ids.after(eventId))) {
      Move move = byId.get(row.getString(0));
      if (state == EntryState.LEFT) {
        tx.afterCommit(() -> metrics.abandoned(move.queueId(), 1));
      } else {
        long micros = move.entry().at() - Micros.of(row.getLocalDateTime(1));
        tx.afterCommit(
            () -> metrics.admitted(move.queueId(), Duration.of(micros, ChronoUnit.MICROS)));
      }
    }
  }

  /** What is there already is a repetition; what ended otherwise, or is not there, a conflict. */
  private void judge(EntryState state, Map<String, Move> byId, In ids) {
    Map<String, EntryState> there = new HashMap<>();
    for (Row row :
        tx.query(
            "SELECT id, state FROM queue_entry WHERE event_id = ? AND id IN " + ids.marks(),
            ids.after(eventId))) {
      there.put(row.getString(0), EntryState.valueOf(row.getString(1)));
    }
    byId.forEach(
        (id, move) -> {
          EntryState now = there.get(id);
          if (now == null || !now.covers(state)) {
            refuse(
                move,
                String.valueOf(state.letter()),
                Reason.CONFLICT,
                "MySQL has it as " + (now == null ? "nothing" : now));
          }
        });
  }

  private void count(EntryState state, long count) {
    if (count > 0) {
      tx.afterCommit(() -> metrics.moved(state, count));
    }
  }

  private void refuse(Move move, String states, Reason reason, String detail) {
    String due = move.due() == 0 ? "" : " " + move.due();
    LedgerEntry part = move.entry().only(move.id(), states + " " + move.userId() + due);
    refused.add(new DeadLetter(part, reason, detail));
  }
}

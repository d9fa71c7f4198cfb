package io.firstcome.queue.recovery;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.durability.Acknowledge;
import io.firstcome.ledger.Announcement;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.FencedApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.queue.metrics.QueueMetrics;
import io.firstcome.queue.model.UserBlock;
import io.firstcome.queue.script.QueueScripts;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Writes what the scripts of an event's queues decided to MySQL, in whatever order it arrives and
 * however often: an entry only goes forward, and a definition only to a higher version.
 */
@Singleton
class QueueApplier extends FencedApplier {

  private static final String MOVES = "queue-moves";
  private static final String DEFINITION = "queue-definition";
  private static final String DRAW = "queue-draw";
  private static final String ERASE = "erase-entrant";

  private final QueueScripts scripts;
  private final QueueMetrics metrics;
  private final RowInsert inserts;

  QueueApplier(LedgerConfig config, QueueScripts scripts, QueueMetrics metrics) {
    super(EVENT, config);
    this.scripts = scripts;
    this.metrics = metrics;
    this.inserts = EntryChanges.insert(config.rowsPerInsert());
  }

  @Override
  public Set<String> kinds() {
    return Set.of(MOVES, DEFINITION, DRAW, ERASE);
  }

  @Override
  protected String columns() {
    return "acknowledge";
  }

  @Override
  protected boolean changesRow(List<LedgerEntry> entries) {
    return false;
  }

  @Override
  protected List<DeadLetter> write(
      SqlTransaction tx, String eventId, Row row, List<LedgerEntry> entries) {
    List<DeadLetter> refused = new ArrayList<>();
    EntryChanges changes = new EntryChanges(tx, eventId, inserts, metrics);
    for (LedgerEntry entry : entries) {
      switch (entry.kind()) {
        case DEFINITION -> define(tx, eventId, entry);
        case DRAW ->
            tx.query(
                "UPDATE queue SET drawn = ? WHERE id = ? AND event_id = ? AND drawn < 0",
                entry.number("drawn"),
                entry.text("queue"),
                eventId);
        case ERASE -> {
          // Where the user joined before is to be there.
          refused.addAll(changes.write());
          changes = new EntryChanges(tx, eventId, inserts, metrics);
          erase(tx, eventId, entry.text("user"), entry.text("pseudonym"));
        }
        default -> changes.add(entry);
      }
    }
    refused.addAll(changes.write());
    if (Acknowledge.ofStored(row.getString(1)) == Acknowledge.DATABASE) {
      long epoch = row.getLong(0);
      tx.afterCommit(() -> scripts.announce(eventId, Announcement.look(epoch)));
    }
    return refused;
  }

  @Override
  protected Uni<?> fence(String eventId, long epoch) {
    return scripts.fence(eventId, epoch);
  }

  private static void define(SqlTransaction tx, String eventId, LedgerEntry entry) {
    tx.query(
        "UPDATE queue SET version = ?, status = ?, capacity = ?, max_active = ?, call_timeout = ?,"
            + " auto_call = ?, rate = ? WHERE id = ? AND event_id = ? AND version < ?",
        entry.number("version"),
        entry.text("status"),
        entry.number("capacity"),
        entry.number("active"),
        entry.number("timeout"),
        entry.number("auto"),
        entry.number("rate"),
        entry.text("queue"),
        eventId,
        entry.number("version"));
  }

  private static void erase(SqlTransaction tx, String eventId, String userId, String pseudonym) {
    tx.query(
        "UPDATE queue_entry SET user_id = ?, block = ?"
            + " WHERE event_id = ? AND block = ? AND user_id = ?",
        pseudonym,
        UserBlock.of(pseudonym),
        eventId,
        UserBlock.of(userId),
        userId);
  }
}

package io.firstcome.queue.model;

import io.firstcome.durability.DurabilityCheck;
import io.firstcome.durability.RowCheck;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.TableDirectory;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/**
 * What the ledger and the acknowledgement need to know of queues: those of one event share its hash
 * tag, so that one script decides how many of them a user may be in.
 */
public final class EventType {

  public static final AggregateType EVENT = new AggregateType("event", Keys.event(""));

  /**
   * Every event has a ledger. Those with a queue that is not closed always have a drainer, which
   * also makes no-shows of those who were called and did not come.
   */
  @Produces
  @Singleton
  LedgerDirectory directory(SqlTransactions mysql) {
    return new TableDirectory(
        EVENT,
        mysql,
        "TRUE",
        "EXISTS (SELECT 1 FROM queue WHERE queue.event_id = event.id AND status <> 'CLOSED')");
  }

  /** An entry must be there, in the state that is told or in one that follows it. */
  @Produces
  @Singleton
  DurabilityCheck entries(Pool mysql, MySqlCalls calls) {
    return new RowCheck(
        EVENT,
        mysql,
        calls,
        "SELECT id, state FROM queue_entry WHERE event_id = ? AND id IN",
        held -> held.key().split(" ")[0],
        (held, state) ->
            EntryState.valueOf(state).covers(EntryState.valueOf(held.key().split(" ")[1])));
  }

  /** The key of an entry that is held back. */
  public static String key(Entry entry) {
    return entry.id() + " " + entry.state();
  }
}

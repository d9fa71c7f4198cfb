package io.firstcome.ledger.outbox;

import io.firstcome.ledger.LedgerConfig;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.ArrayList;
import java.util.List;

/**
 * Hands what was applied to MySQL on to subscribers: at least once, in order of each ledger.
 *
 * <p>An applier writes rows in the transaction that applies, so that there is a row exactly where
 * something was applied. Each subscriber has its own copy of a row, and one replica reads it
 * ({@link OutboxReader}) under a lease.
 *
 * <p>No row is passed over. Ids are given out before the commit, so a row may appear after others
 * with higher ids were read, and a watermark ("all up to 1,000 are done") would lose it. Therefore
 * the table itself is the watermark: the reader takes whatever rows there are, in order of their
 * ids, and deletes exactly those once they were handed over. Order holds within a ledger, because
 * transactions of one ledger commit in the order of their ids: a second drainer of the same ledger
 * begins with the same entries, and so waits for the locks of the first.
 *
 * <p>A subscriber that lags has at most {@code firstcome.outbox.max-rows} rows, and then new ones
 * are dropped and counted, and a row in their place says so: the drain, and with it claims, never
 * wait for a subscriber. The limit is looked at once a second, so what is written within one second
 * may come on top.
 *
 * <p>Without a subscriber nothing is written, read, measured or started.
 */
@ApplicationScoped
public class Outbox {

  private final List<OutboxReader> readers = new ArrayList<>();
  private final RowInsert insert;

  Outbox(
      OutboxConfig config,
      LedgerConfig ledger,
      SqlTransactions mysql,
      Scripts redis,
      @All List<OutboxSubscriber> subscribers,
      MeterRegistry metrics) {
    this.insert =
        RowInsert.into("outbox", ledger.rowsPerInsert(), "subscriber", "ledger", "kind", "body");
    subscribers.forEach(
        subscriber -> readers.add(new OutboxReader(config, mysql, redis, subscriber, metrics)));
  }

  /** Whether anything is to be written. */
  public boolean isOn() {
    return !readers.isEmpty();
  }

  /** What an applier writes of one decision. */
  public record Entry(String kind, String body) {}

  /**
   * Writes rows as a part of a transaction that applies entries of a ledger. It blocks.
   *
   * @param entries only what this transaction changed, in order: an entry that is applied again
   *     changes nothing, and has no row a second time
   */
  public void write(SqlTransaction tx, String ledger, List<Entry> entries) {
    for (OutboxReader reader : readers) {
      List<List<Object>> rows = new ArrayList<>(entries.size());
      for (Entry entry : reader.written(tx, ledger, entries)) {
        rows.add(List.of(reader.name(), ledger, entry.kind(), entry.body()));
      }
      if (!rows.isEmpty()) {
        insert.append(tx, rows);
        tx.afterCommit(reader::wake);
      }
    }
  }

  void start(@Observes StartupEvent event) {
    readers.forEach(OutboxReader::start);
  }

  void stop(@Observes ShutdownEvent event) {
    readers.forEach(OutboxReader::stop);
  }
}

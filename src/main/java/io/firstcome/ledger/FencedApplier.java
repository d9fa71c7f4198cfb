package io.firstcome.ledger;

import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.mysql.SqlTransaction;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies the ledgers of a type behind the fence of its epoch.
 *
 * <p>It locks the row of the coupon, sale or event throughout. A loader raises the epoch in that
 * row, so it comes either before (then every older entry is late) or after (then it reads all that
 * was written). Redis raises its own epoch only after MySQL: an entry of a newer epoch than MySQL's
 * means that MySQL was set back, and nothing is applied.
 */
public abstract class FencedApplier implements LedgerApplier {

  /** How long Redis may take for what an applier asks of it. */
  protected final Duration patience;

  private final AggregateType type;

  protected FencedApplier(AggregateType type, LedgerConfig config) {
    this.type = type;
    this.patience = config.statementTimeout();
  }

  /** Further columns of the row that {@link #write} reads, comma-separated, from index 1 on. */
  protected abstract String columns();

  /** Whether these entries change the row, so that a shared lock would deadlock. */
  protected abstract boolean changesRow(List<LedgerEntry> entries);

  /**
   * Writes entries of the row's epoch, in order.
   *
   * @param row the epoch and {@link #columns}
   * @param entries those of this epoch; may be empty
   * @return what is refused for good
   */
  protected abstract List<DeadLetter> write(
      SqlTransaction tx, String id, Row row, List<LedgerEntry> entries);

  /**
   * Deletes from Redis a state older than this epoch: entries of such a one may come from a state
   * that came back, as from an old backup, and it would go on deciding.
   */
  protected abstract Uni<?> fence(String id, long epoch);

  /** Judges an entry of an older epoch: null where {@link #writeLate} may still write it. */
  protected DeadLetter judge(LedgerEntry late, long epoch) {
    return new DeadLetter(
        late,
        Reason.STALE_EPOCH,
        "Decided in epoch %d, the %s is in epoch %d".formatted(late.epoch(), type.name(), epoch));
  }

  /** Writes late entries, where {@link #judge} lets any pass. */
  protected List<DeadLetter> writeLate(
      SqlTransaction tx, String id, Row row, List<LedgerEntry> late) {
    throw new UnsupportedOperationException();
  }

  @Override
  public final AggregateType type() {
    return type;
  }

  @Override
  public final List<DeadLetter> apply(SqlTransaction tx, String tag, List<LedgerEntry> entries) {
    String id = type.id(tag);
    Row row = lock(tx, id, entries);
    List<DeadLetter> refused = new ArrayList<>();
    if (row == null) {
      String detail = "MySQL has no " + type.name() + " " + id;
      entries.forEach(entry -> refused.add(new DeadLetter(entry, Reason.FOREIGN_KEY, detail)));
      return refused;
    }
    long epoch = row.getLong(0);
    List<LedgerEntry> current = new ArrayList<>();
    List<LedgerEntry> late = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      if (entry.epoch() > epoch) {
        throw new MySqlBehindException(type.name() + " " + id, entry.epoch(), epoch);
      }
      if (entry.epoch() == epoch) {
        current.add(entry);
        continue;
      }
      DeadLetter letter = judge(entry, epoch);
      if (letter == null) {
        late.add(entry);
      } else {
        refused.add(letter);
      }
    }
    refused.addAll(write(tx, id, row, current));
    if (current.size() < entries.size()) {
      fence(id, epoch).await().atMost(patience);
    }
    if (!late.isEmpty()) {
      refused.addAll(writeLate(tx, id, row, late));
    }
    return refused;
  }

  private Row lock(SqlTransaction tx, String id, List<LedgerEntry> entries) {
    // LOCK IN SHARE MODE, not FOR SHARE: MariaDB knows only the former, MySQL 8 both.
    RowSet<Row> rows =
        tx.query(
            "SELECT epoch, "
                + columns()
                + " FROM "
                + type.name()
                + " WHERE id = ? "
                + (changesRow(entries) ? "FOR UPDATE" : "LOCK IN SHARE MODE"),
            id);
    return rows.size() == 0 ? null : rows.iterator().next();
  }
}

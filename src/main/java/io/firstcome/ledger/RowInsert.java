package io.firstcome.ledger;

import io.firstcome.ledger.DeadLetter.Reason;
import java.util.ArrayList;
import java.util.List;

/** Inserts rows so that doing it twice changes nothing, and says what became of each. */
public final class RowInsert {

  /** What became of a row. */
  public enum Status {
    WRITTEN,
    /** An identical row is there already. */
    REPLAY,
    /** A different row holds one of its unique keys. */
    CONFLICT,
    /** MySQL refuses it for good. */
    REFUSED
  }

  /**
   * What became of one row.
   *
   * @param reason why it was not written; null unless CONFLICT or REFUSED
   * @param detail for the operator; null unless CONFLICT or REFUSED
   */
  public record Outcome(Status status, Reason reason, String detail) {

    static final Outcome WRITTEN = new Outcome(Status.WRITTEN, null, null);
    static final Outcome REPLAY = new Outcome(Status.REPLAY, null, null);

    /** Whether the row is not in the table and never will be. */
    public boolean refused() {
      return reason != null;
    }
  }

  private final String table;
  private final List<String> columns;
  private final List<List<String>> uniqueKeys;
  private final int rowsPerInsert;

  private RowInsert(
      String table, List<String> columns, List<List<String>> uniqueKeys, int rowsPerInsert) {
    this.table = table;
    this.columns = columns;
    this.uniqueKeys = uniqueKeys;
    this.rowsPerInsert = rowsPerInsert;
  }

  /**
   * Inserts into this table. Add every unique key it has with {@link #unique}.
   *
   * @param rowsPerInsert the most rows one statement carries
   */
  public static RowInsert into(String table, int rowsPerInsert, String... columns) {
    return new RowInsert(table, List.of(columns), List.of(), rowsPerInsert);
  }

  /** The same with one more unique key, made of some of its columns. */
  public RowInsert unique(String... key) {
    List<List<String>> keys = new ArrayList<>(uniqueKeys);
    keys.add(List.of(key));
    return new RowInsert(table, columns, List.copyOf(keys), rowsPerInsert);
  }

  /**
   * Inserts rows.
   *
   * @param rows each with the values of the columns, in their order: String, Long, Boolean or
   *     LocalDateTime (UTC)
   * @return what became of each row, in the same order
   * @throws RuntimeException whatever is not final: roll back and try again
   */
  public List<Outcome> insert(SqlTransaction tx, List<List<Object>> rows) {
    throw new UnsupportedOperationException();
  }
}

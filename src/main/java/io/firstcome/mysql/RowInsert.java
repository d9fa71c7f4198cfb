package io.firstcome.mysql;

import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * Inserts rows so that doing it twice changes nothing, and says what became of each.
 *
 * <p>It sends a plain multi-row {@code INSERT}; {@code INSERT IGNORE} and {@code ON DUPLICATE KEY}
 * would hide a conflict behind a replay. When the server refuses a statement it undoes that
 * statement and not the transaction, so the guilty rows can be looked for: after a duplicate, rows
 * that are there already and identical in every column are set aside (a replayed batch costs three
 * statements); what is refused still is halved until a single row is refused, which then tells by
 * itself whether it is a replay, a conflict or something else that is final. {@code k} bad rows
 * among {@code n} cost {@code O(k log n)} statements.
 *
 * <p>Each statement has a power of two of rows, so that there are few statements to be prepared,
 * and is bounded in bytes.
 */
public final class RowInsert {

  private static final int MAX_PLACEHOLDERS = 65_535;

  /** A quarter of the least {@code max_allowed_packet} that {@link MySqlServer} lets pass. */
  private static final int MAX_BYTES = 256 * 1024;

  /** A date, or a number with its type. */
  private static final int BYTES_OF_A_VALUE = 16;

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
  public record Outcome(Status status, Refusal reason, String detail) {

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

  /** By the exponent of the number of rows. */
  private final String[] inserts;

  private RowInsert(
      String table, List<String> columns, List<List<String>> uniqueKeys, int rowsPerInsert) {
    this.table = table;
    this.columns = columns;
    this.uniqueKeys = uniqueKeys;
    this.rowsPerInsert =
        Integer.highestOneBit(Math.min(rowsPerInsert, MAX_PLACEHOLDERS / columns.size()));
    this.inserts = new String[1 + Integer.numberOfTrailingZeros(this.rowsPerInsert)];
    for (int i = 0; i < inserts.length; i++) {
      inserts[i] = insertOf(1 << i);
    }
  }

  /**
   * Inserts into this table. Add every unique key it has with {@link #unique}, the primary key
   * first.
   *
   * @param rowsPerInsert the most rows one statement carries, rounded down to a power of two; fewer
   *     where that would be too many placeholders
   */
  public static RowInsert into(String table, int rowsPerInsert, String... columns) {
    return new RowInsert(table, List.of(columns), List.of(), rowsPerInsert);
  }

  /** The same with one more unique key, made of some of its columns. */
  public RowInsert unique(String... key) {
    if (!columns.containsAll(Arrays.asList(key))) {
      throw new IllegalArgumentException(Arrays.toString(key) + " is not within " + columns);
    }
    List<List<String>> keys = new ArrayList<>(uniqueKeys);
    keys.add(List.of(key));
    return new RowInsert(table, columns, List.copyOf(keys), rowsPerInsert);
  }

  /**
   * Inserts rows.
   *
   * @param rows each with the values of the columns, in their order: String, Long, Boolean,
   *     LocalDateTime (UTC, no finer than the column) or null
   * @return what became of each row, in the same order
   * @throws RuntimeException whatever is not final: roll back and try again
   */
  public List<Outcome> insert(SqlTransaction tx, List<List<Object>> rows) {
    if (uniqueKeys.isEmpty()) {
      throw new IllegalStateException(
          "A replay cannot be recognised without a unique key of " + table);
    }
    List<Outcome> outcomes = new ArrayList<>(Collections.nCopies(rows.size(), null));
    List<Pending> all = new ArrayList<>(rows.size());
    for (int i = 0; i < rows.size(); i++) {
      all.add(new Pending(i, rows.get(i)));
    }
    insertAll(tx, all, outcomes);
    return outcomes;
  }

  /**
   * Inserts rows of a table that has no unique key but its counter.
   *
   * @throws RuntimeException whatever MySQL refuses
   */
  public void append(SqlTransaction tx, List<List<Object>> rows) {
    List<Pending> all = rows.stream().map(row -> new Pending(0, row)).toList();
    for (int from = 0; from < all.size(); ) {
      int size = chunk(all, from);
      send(tx, all.subList(from, from + size));
      from += size;
    }
  }

  /** A row and its place in the answer. */
  private record Pending(int index, List<Object> values) {}

  private void insertChunk(SqlTransaction tx, List<Pending> chunk, List<Outcome> outcomes) {
    MySQLException refusal = tryInsert(tx, chunk, outcomes);
    if (refusal == null) {
      return;
    }
    if (chunk.size() == 1) {
      Pending row = chunk.get(0);
      outcomes.set(row.index(), explain(tx, row.values(), refusal));
      return;
    }
    List<Pending> rest = chunk;
    if (SqlErrors.isDuplicate(refusal)) {
      rest = withoutReplays(tx, chunk, outcomes);
      if (rest.size() < chunk.size()) {
        insertAll(tx, rest, outcomes);
        return;
      }
    }
    // The left half first: where two rows of a batch conflict, the earlier one wins.
    int middle = rest.size() / 2;
    insertAll(tx, rest.subList(0, middle), outcomes);
    insertAll(tx, rest.subList(middle, rest.size()), outcomes);
  }

  private void insertAll(SqlTransaction tx, List<Pending> rows, List<Outcome> outcomes) {
    for (int from = 0; from < rows.size(); ) {
      int size = chunk(rows, from);
      insertChunk(tx, rows.subList(from, from + size), outcomes);
      from += size;
    }
  }

  /** How many rows the next statement carries. */
  private int chunk(List<Pending> rows, int from) {
    int size = Math.min(rowsPerInsert, Integer.highestOneBit(rows.size() - from));
    while (size > 1 && bytes(rows.subList(from, from + size)) > MAX_BYTES) {
      size /= 2;
    }
    return size;
  }

  /** Not more than this, in UTF-8. */
  private static long bytes(List<Pending> rows) {
    long bytes = 0;
    for (Pending row : rows) {
      for (Object value : row.values()) {
        bytes += value instanceof String text ? 3L * text.length() : BYTES_OF_A_VALUE;
      }
    }
    return bytes;
  }

  /** Returns null when all rows are written, or why they are refused for good. */
  private MySQLException tryInsert(SqlTransaction tx, List<Pending> rows, List<Outcome> outcomes) {
    try {
      send(tx, rows);
    } catch (MySQLException e) {
      if (SqlErrors.finalReason(e).isEmpty() || SqlErrors.isPacketTooLarge(e)) {
        throw e;
      }
      return e;
    }
    rows.forEach(row -> outcomes.set(row.index(), Outcome.WRITTEN));
    return null;
  }

  private void send(SqlTransaction tx, List<Pending> rows) {
    Object[] params = new Object[rows.size() * columns.size()];
    int next = 0;
    for (Pending row : rows) {
      for (Object value : row.values()) {
        params[next++] = value;
      }
    }
    tx.query(inserts[Integer.numberOfTrailingZeros(rows.size())], params);
  }

  private String insertOf(int rows) {
    String placeholders = "(" + "?,".repeat(columns.size() - 1) + "?)";
    return "INSERT INTO "
        + table
        + " ("
        + String.join(", ", columns)
        + ") VALUES "
        + String.join(",", Collections.nCopies(rows, placeholders));
  }

  private List<Pending> withoutReplays(
      SqlTransaction tx, List<Pending> chunk, List<Outcome> outcomes) {
    List<String> key = uniqueKeys.get(0);
    Map<List<Object>, List<Object>> there = new HashMap<>();
    for (List<Pending> part : In.parts(chunk)) {
      for (Row row : select(tx, key, part.stream().map(p -> keyOf(key, p.values())).toList())) {
        List<Object> values = read(row, part.get(0).values());
        there.put(keyOf(key, values), values);
      }
    }
    List<Pending> rest = new ArrayList<>();
    for (Pending row : chunk) {
      if (row.values().equals(there.get(keyOf(key, row.values())))) {
        outcomes.set(row.index(), Outcome.REPLAY);
      } else {
        rest.add(row);
      }
    }
    return rest;
  }

  private Outcome explain(SqlTransaction tx, List<Object> values, MySQLException refusal) {
    Refusal reason = SqlErrors.finalReason(refusal).orElseThrow();
    if (reason != Refusal.CONFLICT) {
      return new Outcome(Status.REFUSED, reason, refusal.getMessage());
    }
    for (List<String> key : uniqueKeys) {
      for (Row row : select(tx, key, List.of(keyOf(key, values)))) {
        List<Object> there = read(row, values);
        return there.equals(values)
            ? Outcome.REPLAY
            : new Outcome(
                Status.CONFLICT,
                Refusal.CONFLICT,
                table
                    + " "
                    + key
                    + " already exists as "
                    + named(there)
                    + ", but this entry has "
                    + named(values));
      }
    }
    // A unique key that nobody told us of.
    return new Outcome(Status.CONFLICT, Refusal.CONFLICT, refusal.getMessage());
  }

  /**
   * Reads the rows with these keys, by the index: all columns of a key but the last, which differ
   * little, are compared once, as not every server uses the index for {@code (a, b) IN (…)}. It is
   * a locking read as only that sees what was committed since the transaction began.
   */
  private Iterable<Row> select(SqlTransaction tx, List<String> key, List<List<Object>> keys) {
    int last = key.size() - 1;
    Map<List<Object>, List<Object>> byPrefix = new LinkedHashMap<>();
    for (List<Object> values : keys) {
      byPrefix
          .computeIfAbsent(values.subList(0, last), prefix -> new ArrayList<>())
          .add(values.get(last));
    }
    String prefixIs =
        key.subList(0, last).stream().map(c -> c + " = ? AND ").collect(Collectors.joining());
    List<String> conditions = new ArrayList<>();
    List<Object> params = new ArrayList<>();
    byPrefix.forEach(
        (prefix, lasts) -> {
          In in = In.of(lasts);
          conditions.add("(" + prefixIs + key.get(last) + " IN " + in.marks() + ")");
          params.addAll(prefix);
          params.addAll(in.values());
        });
    return tx.query(
        "SELECT "
            + String.join(", ", columns)
            + " FROM "
            + table
            + " WHERE "
            + String.join(" OR ", conditions)
            + " LOCK IN SHARE MODE",
        params.toArray());
  }

  private List<Object> keyOf(List<String> key, List<Object> values) {
    // Not List.copyOf: a column may be null.
    return key.stream()
        .map(column -> values.get(columns.indexOf(column)))
        .collect(Collectors.toCollection(ArrayList::new));
  }

  /** The values of a row that is there, as the types that were sent. */
  private List<Object> read(Row row, List<Object> like) {
    List<Object> values = new ArrayList<>(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      Object sent = like.get(i);
      if (row.getValue(i) == null) {
        values.add(null);
      } else if (sent instanceof Long) {
        values.add(row.getLong(i));
      } else if (sent instanceof Boolean) {
        values.add(row.getBoolean(i));
      } else if (sent instanceof String) {
        values.add(row.getString(i));
      } else if (sent instanceof LocalDateTime) {
        values.add(row.getLocalDateTime(i));
      } else if (sent == null) {
        values.add(row.getValue(i));
      } else {
        throw new IllegalArgumentException("A column cannot be " + sent.getClass());
      }
    }
    return values;
  }

  private String named(List<Object> values) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < columns.size(); i++) {
      parts.add(columns.get(i) + "=" + Objects.toString(values.get(i)));
    }
    return "(" + String.join(", ", parts) + ")";
  }
}

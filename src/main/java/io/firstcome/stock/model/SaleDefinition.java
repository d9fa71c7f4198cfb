package io.firstcome.stock.model;

import io.firstcome.http.input.RemovableInstant;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.Micros;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What an operator defines of a sale and may change. {@code sale-change.lua} names the same fields.
 *
 * @param version rises with every change
 */
public record SaleDefinition(String name, Lifecycle lifecycle, long version) {

  /** What {@link #of} reads of a row. */
  public static final String COLUMNS = "name, status, opens_at, closes_at, version";

  /** The fields of the state in Redis that {@link #state} has the values of. */
  public static final List<String> FIELDS = List.of("name", "status", "opens", "closes", "version");

  /** The values of {@link #FIELDS} that a state of the release before this one is without. */
  private static final List<String> DEFAULTS = List.of("", "open", "0", "0", "0");

  /**
   * A change; what is null stays as it is.
   *
   * @param opensAt {@link RemovableInstant#REMOVED}: none any more
   * @param closesAt {@link RemovableInstant#REMOVED}: none any more
   */
  public record Change(String name, Status status, Instant opensAt, Instant closesAt) {

    /** Pauses a sale, resumes it, or closes it for good. */
    public static Change to(Status status) {
      return new Change(null, status, null, null);
    }

    /** As the script takes it: fields and values in turn. */
    public List<String> words() {
      List<String> words = new ArrayList<>();
      add(words, "name", name);
      add(words, "status", status == null ? null : status.stored());
      add(words, "opens", micros(opensAt));
      add(words, "closes", micros(closesAt));
      return words;
    }

    private static void add(List<String> words, String field, String value) {
      if (value != null) {
        words.add(field);
        words.add(value);
      }
    }

    private static String micros(Instant at) {
      if (at == null) {
        return null;
      }
      return at.equals(RemovableInstant.REMOVED) ? "0" : String.valueOf(Micros.of(at));
    }
  }

  /** A row of {@link #COLUMNS}. */
  public static SaleDefinition of(Row row) {
    return new SaleDefinition(
        row.getString("name"),
        new Lifecycle(
            Status.ofStored(row.getString("status")),
            Micros.toInstant(row.getLocalDateTime("opens_at")),
            Micros.toInstant(row.getLocalDateTime("closes_at"))),
        row.getLong("version"));
  }

  /**
   * The definition in a state of Redis.
   *
   * @param fields the {@link #FIELDS} that it has
   * @param name what the sale is called where it has none
   */
  public static SaleDefinition of(Map<String, String> fields, String name) {
    List<String> state = new ArrayList<>();
    for (int i = 0; i < FIELDS.size(); i++) {
      state.add(fields.getOrDefault(FIELDS.get(i), i == 0 ? name : DEFAULTS.get(i)));
    }
    return new SaleDefinition(
        state.get(0),
        new Lifecycle(
            Status.ofStored(state.get(1)),
            Micros.toInstant(Long.parseLong(state.get(2))),
            Micros.toInstant(Long.parseLong(state.get(3)))),
        Long.parseLong(state.get(4)));
  }

  /** As the state in Redis has it: the values of {@link #FIELDS}. */
  public List<String> state() {
    return List.of(
        name,
        lifecycle.status().stored(),
        String.valueOf(Micros.of(lifecycle.opensAt())),
        String.valueOf(Micros.of(lifecycle.closesAt())),
        String.valueOf(version));
  }
}

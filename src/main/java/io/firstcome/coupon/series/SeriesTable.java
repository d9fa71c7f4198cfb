package io.firstcome.coupon.series;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.coupon.series.Schedule.Drop;
import io.firstcome.coupon.series.SeriesView.DropView;
import io.firstcome.history.Recorder.Recording;
import io.firstcome.http.input.Digests;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.mysqlclient.MySQLException;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Series and their drops in MySQL. */
@ApplicationScoped
class SeriesTable {

  private static final int DUPLICATE = 1062;

  private static final String COLUMNS = "id, name, template, schedule, stopped, creation";

  private final Pool mysql;
  private final MySqlCalls calls;
  private final ObjectMapper json;
  private final SeriesConfig config;

  SeriesTable(Pool mysql, MySqlCalls calls, ObjectMapper json, SeriesConfig config) {
    this.mysql = mysql;
    this.calls = calls;
    this.json = json;
    this.config = config;
  }

  /** A series as MySQL has it. */
  record Stored(
      String id,
      String name,
      NewCoupon template,
      Schedule schedule,
      boolean isStopped,
      String creation) {

    String couponId(Drop drop) {
      return id + "-" + drop.suffix();
    }
  }

  private Uni<RowSet<Row>> query(String sql, Object... params) {
    return calls.bounded(mysql.preparedQuery(sql).execute(Tuple.from(params)));
  }

  private Stored stored(Row row) {
    try {
      return new Stored(
          row.getString(0),
          row.getString(1),
          json.readValue(row.getString(2), NewCoupon.class),
          json.readValue(row.getString(3), Schedule.class),
          row.getLong(4) == 1,
          row.getString(5));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Series " + row.getString(0) + " cannot be read", e);
    }
  }

  private String text(Object value) {
    try {
      return json.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The order of a drop. */
  NewCoupon order(Stored series, Drop drop) {
    ObjectNode order = json.valueToTree(series.template());
    order.put("id", series.couponId(drop));
    order.put("opensAt", drop.opensAt().toString());
    if (drop.closesAt() != null) {
      order.put("closesAt", drop.closesAt().toString());
    }
    try {
      return json.treeToValue(order, NewCoupon.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Stores a series; says whether it is new. Another one of this id is {@code series-exists}. */
  Uni<Boolean> create(NewSeries series, Recording recording) {
    String template = text(series.template());
    String schedule = text(series.schedule());
    String creation = Digests.of(String.join("\n", series.name(), template, schedule));
    return query("SELECT COUNT(*) FROM series WHERE NOT stopped")
        .invoke(
            rows -> {
              if (rows.iterator().next().getLong(0) >= config.maxSeries()) {
                throw Problem.of(ProblemType.TOO_MANY_SERIES).asException();
              }
            })
        .chain(
            () ->
                calls.bounded(
                    recording.transaction(
                        tx ->
                            tx.preparedQuery(
                                    "INSERT INTO series (id, name, template, schedule, creation)"
                                        + " VALUES (?, ?, ?, ?, ?)")
                                .execute(
                                    Tuple.of(
                                        series.id(), series.name(), template, schedule, creation)),
                        inserted -> series)))
        .map(inserted -> true)
        .onFailure(SeriesTable::isThere)
        .recoverWithItem(false)
        .flatMap(
            isNew ->
                find(series.id())
                    .map(
                        there -> {
                          if (!there.creation().equals(creation)) {
                            throw Problem.of(ProblemType.SERIES_EXISTS).asException();
                          }
                          return isNew;
                        }));
  }

  private static boolean isThere(Throwable e) {
    return e instanceof MySQLException refused && refused.getErrorCode() == DUPLICATE;
  }

  /** A series; fails where there is none. */
  Uni<Stored> find(String id) {
    return query("SELECT " + COLUMNS + " FROM series WHERE id = ?", id)
        .map(
            rows -> {
              if (rows.size() == 0) {
                throw Problem.of(ProblemType.UNKNOWN_SERIES).asException();
              }
              return stored(rows.iterator().next());
            });
  }

  /** A page of series in order of their ids. */
  Uni<List<Stored>> page(String after, int limit) {
    return query(
            "SELECT " + COLUMNS + " FROM series WHERE id > ? ORDER BY id LIMIT ?", after, limit)
        .map(this::stored);
  }

  /** A page of those that drops are made of. */
  Uni<List<Stored>> running(String after, int limit) {
    return query(
            "SELECT " + COLUMNS + " FROM series WHERE NOT stopped AND id > ? ORDER BY id LIMIT ?",
            after,
            limit)
        .map(this::stored);
  }

  private List<Stored> stored(RowSet<Row> rows) {
    List<Stored> all = new ArrayList<>();
    rows.forEach(row -> all.add(stored(row)));
    return all;
  }

  /** Has no more drops made of a series. */
  Uni<Void> stop(String id, Recording recording) {
    return calls
        .bounded(
            recording.transaction(
                tx ->
                    tx.preparedQuery(
                            "UPDATE series SET stopped = TRUE WHERE id = ? AND NOT stopped")
                        .execute(Tuple.of(id)),
                updated -> updated.rowCount() == 0 ? null : Map.of("stopped", true)))
        .replaceWithVoid();
  }

  /** When the last drop opens that was made of a series, or could not be; null: none was. */
  Uni<Instant> last(String id) {
    return query("SELECT MAX(opens_at) FROM series_drop WHERE series_id = ?", id)
        .map(rows -> Micros.toInstant(rows.iterator().next().getLocalDateTime(0)));
  }

  /** Puts a drop on record; again is the same. */
  Uni<Void> made(Stored series, Drop drop, DropView.State state) {
    return query(
            "INSERT INTO series_drop (series_id, opens_at, closes_at, coupon_id, state)"
                + " VALUES (?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE coupon_id = coupon_id",
            series.id(),
            Micros.toDateTime(drop.opensAt()),
            Micros.toDateTime(drop.closesAt()),
            series.couponId(drop),
            state.name().toLowerCase(Locale.ROOT))
        .replaceWithVoid();
  }

  /** Drops that were made, those that open before this instant, the latest first. */
  Uni<List<DropView>> drops(String id, Instant before, int limit) {
    return drops(
        "opens_at < ? ORDER BY opens_at DESC LIMIT ?", id, Micros.toDateTime(before), limit);
  }

  /** The drop that has opened last by then and is a coupon, and the one after it. */
  Uni<List<DropView>> around(String id, Instant now) {
    return drops(
            "opens_at <= ? AND state = 'made' ORDER BY opens_at DESC LIMIT 1",
            id,
            Micros.toDateTime(now))
        .flatMap(
            current ->
                drops(
                        "opens_at > ? AND state = 'made' ORDER BY opens_at LIMIT 1",
                        id,
                        Micros.toDateTime(now))
                    .map(
                        next -> {
                          List<DropView> both = new ArrayList<>();
                          both.add(current.isEmpty() ? null : current.get(0));
                          both.add(next.isEmpty() ? null : next.get(0));
                          return both;
                        }));
  }

  private Uni<List<DropView>> drops(String where, Object... params) {
    return query(
            "SELECT coupon_id, opens_at, closes_at, state FROM series_drop WHERE series_id = ? AND "
                + where,
            params)
        .map(
            rows -> {
              List<DropView> drops = new ArrayList<>();
              for (Row row : rows) {
                drops.add(
                    new DropView(
                        row.getString(0),
                        Micros.toInstant(row.getLocalDateTime(1)),
                        Micros.toInstant(row.getLocalDateTime(2)),
                        DropView.State.valueOf(row.getString(3).toUpperCase(Locale.ROOT))));
              }
              return drops;
            });
  }
}

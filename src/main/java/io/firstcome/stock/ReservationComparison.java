package io.firstcome.stock;

import io.firstcome.audit.Throttle;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.HashScan;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.firstcome.stock.Reservation.Status;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the reservations and restocks of hot stock in Redis with those in MySQL, a chunk at a
 * time. What was decided before the oldest entry of the ledger must be in MySQL; whatever seems
 * wrong is looked at again when all that was in the ledger has been drained. It blocks.
 */
final class ReservationComparison {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** Is told what is wrong, a chunk at a time. */
  interface Sink {
    /** Redis has them, or their end, and MySQL does not: id to reservation. */
    void missingInMySql(Map<String, String> reservations);

    /** The same: "item key" to "quantity reason". */
    void restocksMissingInMySql(Map<String, String> restocks);

    /** MySQL holds units for them, and Redis does not know them. */
    void missingInRedis(List<String> ids);

    /** Both have it, and not as the same. */
    void differ(String id, String redis, String mysql);
  }

  private final String saleId;
  private final String tag;
  private final Scripts redis;
  private final SqlTransactions mysql;
  private final LedgerProgress ledger;
  private final Throttle pace;
  private final Sink sink;
  private boolean stuck;
  private long checked;

  ReservationComparison(
      String saleId,
      Scripts redis,
      SqlTransactions mysql,
      LedgerProgress ledger,
      Throttle pace,
      Sink sink) {
    this.saleId = saleId;
    this.tag = Keys.sale(saleId);
    this.redis = redis;
    this.mysql = mysql;
    this.ledger = ledger;
    this.pace = pace;
    this.sink = sink;
  }

  /** Reservations that were looked at in Redis. */
  long checked() {
    return checked;
  }

  /** Whether something could not be judged, as the ledger was not drained in time. */
  boolean stuck() {
    return stuck;
  }

  void run() {
    redisWithMySql();
    mySqlWithRedis();
    restocks();
  }

  private void redisWithMySql() {
    HashScan reservations = new HashScan(redis, Keys.saleReservations(tag), pace.chunk());
    boolean more;
    do {
      Map<String, String> held = new LinkedHashMap<>();
      more = await(reservations.next(held::put));
      long onTheWay = ledger.oldestMicros(tag);
      for (List<String> ids : pace.parts(List.copyOf(held.keySet()))) {
        Map<String, ReservationRecord> rows = rows(ids);
        judge(
            ids.stream()
                .filter(id -> !isSame(held.get(id), rows.get(id)))
                .filter(id -> changedAt(id, held.get(id)) < onTheWay)
                .toList());
      }
      checked += held.size();
      pace.rest();
    } while (more);
  }

  private static boolean isSame(String text, ReservationRecord row) {
    return row != null && (row.text().equals(text) || row.kept().text().equals(text));
  }

  /** When it was decided or ended; 0 where it is no reservation. */
  private static long changedAt(String id, String text) {
    ReservationRecord reservation = parsed(id, text);
    return reservation == null
        ? 0
        : Math.max(reservation.createdMicros(), reservation.endedMicros());
  }

  private static ReservationRecord parsed(String id, String text) {
    try {
      return ReservationRecord.of(id, text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private void judge(List<String> ids) {
    if (ids.isEmpty() || !passed()) {
      return;
    }
    Map<String, String> held = values(Keys.saleReservations(tag), ids);
    Map<String, ReservationRecord> rows = rows(ids);
    Map<String, String> missing = new LinkedHashMap<>();
    for (String id : ids) {
      String text = held.get(id);
      ReservationRecord row = rows.get(id);
      if (text == null || isSame(text, row)) {
        continue;
      }
      ReservationRecord reservation = parsed(id, text);
      if (reservation != null && reservation.isStripped()) {
        // Its units are back, and nobody has its lines any more: only its end can be missing.
        if (row != null && isEndOf(reservation, row)) {
          missing.put(id, reservation.with(row.lines()).text());
        }
      } else if (reservation != null && (row == null || isEndOf(reservation, row))) {
        missing.put(id, text);
      } else {
        sink.differ(id, text, row == null ? "nothing" : row.text());
      }
    }
    if (!missing.isEmpty()) {
      sink.missingInMySql(missing);
    }
  }

  /** Whether it is the same reservation, held in MySQL and ended since. */
  private static boolean isEndOf(ReservationRecord now, ReservationRecord row) {
    return row.status() == Status.HELD
        && now.status() != Status.HELD
        && now.userId().equals(row.userId())
        && now.createdMicros() == row.createdMicros()
        && now.expiresMicros() == row.expiresMicros()
        && (now.isStripped() || now.lines().equals(row.lines()));
  }

  /** Whose units are held in MySQL is known to Redis, or they would be held for ever. */
  private void mySqlWithRedis() {
    String last = "";
    List<String> ids;
    do {
      ids = heldInMySql(last);
      Map<String, String> known = values(Keys.saleReservations(tag), ids);
      List<String> unknown = ids.stream().filter(id -> !known.containsKey(id)).toList();
      if (!unknown.isEmpty() && passed()) {
        Map<String, ReservationRecord> rows = rows(unknown);
        Map<String, String> now = values(Keys.saleReservations(tag), unknown);
        List<String> missing =
            unknown.stream()
                .filter(id -> !now.containsKey(id) && rows.get(id).status() == Status.HELD)
                .toList();
        if (!missing.isEmpty()) {
          sink.missingInRedis(missing);
        }
      }
      last = ids.isEmpty() ? last : ids.get(ids.size() - 1);
      pace.rest();
    } while (ids.size() == pace.chunk());
  }

  private void restocks() {
    HashScan restocks = new HashScan(redis, Keys.saleRestocks(tag), pace.chunk());
    boolean more;
    do {
      Map<String, String> made = new LinkedHashMap<>();
      more = await(restocks.next(made::put));
      for (List<String> fields : pace.parts(List.copyOf(made.keySet()))) {
        List<String> unknown = restocksMissing(fields);
        if (!unknown.isEmpty() && passed()) {
          Map<String, String> missing = values(Keys.saleRestocks(tag), restocksMissing(unknown));
          if (!missing.isEmpty()) {
            sink.restocksMissingInMySql(missing);
          }
        }
      }
      pace.rest();
    } while (more);
  }

  private List<String> restocksMissing(List<String> fields) {
    In keys = In.of(fields.stream().map(field -> field.substring(field.indexOf(' ') + 1)).toList());
    List<String> missing = new ArrayList<>(fields);
    mysql
        .run(
            tx ->
                tx.query(
                    "SELECT item_id, idempotency_key FROM restock WHERE sale_id = ?"
                        + " AND idempotency_key IN "
                        + keys.marks(),
                    keys.after(saleId)))
        .forEach(row -> missing.remove(row.getString(0) + " " + row.getString(1)));
    return missing;
  }

  /** Waits for what is on its way; once in vain is enough. */
  private boolean passed() {
    stuck = stuck || !ledger.awaitPassed(tag, PATIENCE);
    return !stuck;
  }

  private Map<String, String> values(String key, List<String> fields) {
    Map<String, String> values = new LinkedHashMap<>();
    if (fields.isEmpty()) {
      return values;
    }
    List<Object> args = new ArrayList<>();
    args.add(key);
    args.addAll(fields);
    Response reply = await(redis.send(Command.HMGET, args.toArray()));
    for (int i = 0; i < fields.size(); i++) {
      if (reply.get(i) != null) {
        values.put(fields.get(i), reply.get(i).toString());
      }
    }
    return values;
  }

  private List<String> heldInMySql(String after) {
    List<String> ids = new ArrayList<>();
    mysql
        .run(
            tx ->
                tx.query(
                    "SELECT id FROM reservation WHERE sale_id = ? AND strategy = 'HOT'"
                        + " AND status = 'HELD' AND id > ? ORDER BY id LIMIT ?",
                    saleId,
                    after,
                    pace.chunk()))
        .forEach(row -> ids.add(row.getString(0)));
    return ids;
  }

  private Map<String, ReservationRecord> rows(List<String> ids) {
    Map<String, ReservationRecord> rows = new HashMap<>();
    if (ids.isEmpty()) {
      return rows;
    }
    In in = In.of(ids);
    for (Row row :
        mysql.run(
            tx ->
                tx.query(
                    "SELECT id, status, created_at, expires_at, ended_at, user_id,"
                        + " idempotency_key, request, line_items FROM reservation"
                        + " WHERE sale_id = ? AND id IN "
                        + in.marks(),
                    in.after(saleId)))) {
      rows.put(
          row.getString(0),
          new ReservationRecord(
              row.getString(0),
              Status.valueOf(row.getString(1)),
              Micros.of(row.getLocalDateTime(2)),
              Micros.of(row.getLocalDateTime(3)),
              Micros.of(row.getLocalDateTime(4)),
              row.getString(5),
              row.getString(6),
              row.getString(7),
              row.getString(8)));
    }
    return rows;
  }

  private <T> T await(Uni<T> reply) {
    return reply.await().atMost(redis.timeout().plusSeconds(5));
  }
}

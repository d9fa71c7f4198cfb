package io.firstcome.stock.database;

import io.firstcome.decision.Pending;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.RetryableConflictException;
import io.firstcome.mysql.SqlErrors;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.metrics.StockMetrics;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Stock;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.model.StockRequests;
import io.firstcome.stock.model.Strategy;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.vertx.UniHelper;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The stock of items where MySQL decides; {@link UnitStore} is the way they are taken.
 *
 * <p>One transaction is one decision. In which order it locks rows is the same everywhere, so that
 * nothing waits in a circle: the reservation, (items, where they are locked first,) the request's
 * key, what users hold, items; each in order of their ids. What many want, the item, comes last: it
 * is locked for the shortest time.
 *
 * <p>A refusal locks nothing: it is what one statement saw at one instant, and only if at that
 * instant no reservation was past its time. Otherwise those are ended first.
 */
final class DatabaseStock implements Stock {

  /** How long an expired reservation can be taken again; so long Redis knows one, too. */
  private static final Duration REMEMBERED = Duration.ofHours(24);

  private final UnitStore units;
  private final Map<Strategy, UnitStore> all;
  private final StockTransactions decisions;
  private final Expiry expiry;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final StockMetrics metrics;
  private final StockConfig config;

  /**
   * Of one strategy.
   *
   * @param all what ends knows only its id: the reservation says of which strategy it is
   */
  DatabaseStock(
      Strategy strategy,
      Map<Strategy, UnitStore> all,
      StockTransactions decisions,
      Expiry expiry,
      Pool mysql,
      MySqlCalls calls,
      StockMetrics metrics,
      StockConfig config) {
    this.units = all.get(strategy);
    this.all = all;
    this.decisions = decisions;
    this.expiry = expiry;
    this.mysql = mysql;
    this.calls = calls;
    this.metrics = metrics;
    this.config = config;
  }

  @Override
  public Strategy strategy() {
    return units.strategy();
  }

  @Override
  public void reserve(ReservationRequest order, Pending<Reservation> pending) {
    decisions.decide(tx -> reserve(tx, order)).subscribe().with(pending::complete, pending::fail);
  }

  private Reservation reserve(SqlTransaction tx, ReservationRequest order) {
    units.lock(tx, order.saleId(), order.quantities().keySet());
    List<ItemAvailability> facts = units.facts(tx, order);
    if (facts.size() < order.quantities().size()) {
      Reservation earlier = earlier(tx, order);
      if (earlier == null) {
        throw unknown(order, facts);
      }
      return earlier;
    }
    Problem closed = facts.get(0).lifecycle().refusal(Micros.toInstant(facts.get(0).now()));
    if (closed != null) {
      Reservation earlier = earlier(tx, order);
      if (earlier == null) {
        throw closed.asException();
      }
      return earlier;
    }
    List<ReservationLine> wanted =
        facts.stream().map(fact -> fact.line(order.quantities().get(fact.itemId()))).toList();
    boolean inFull = wanted.stream().allMatch(line -> line.reason() == null);
    if (!inFull && facts.get(0).due()) {
      throw isDue(units, order.saleId());
    }
    List<ReservationLine> lines =
        inFull || order.mode() == ReservationRequest.Mode.PARTIAL
            ? wanted
            : wanted.stream().map(ReservationLine::refused).toList();
    boolean granted = lines.stream().anyMatch(line -> line.granted() > 0);
    LocalDateTime now = facts.get(0).now();
    Reservation reservation =
        new Reservation(
            order.saleId(),
            granted ? ReservationIds.next(strategy()) : null,
            order.userId(),
            granted ? Status.HELD : Status.REFUSED,
            Micros.toInstant(now),
            Micros.toInstant(now.plus(order.ttl().truncatedTo(ChronoUnit.MICROS))),
            lines,
            Micros.toInstant(now),
            false);
    ItemAvailability.OfUser user = facts.get(0).user();
    if (!granted && user.refusals() >= config.maxRefusalsPerUser()) {
      Reservation earlier = earlier(tx, order);
      return earlier == null ? reservation : earlier;
    }
    if (!isFirst(tx, order, reservation)) {
      return earlier(tx, order);
    }
    if (granted) {
      if (user.held() >= config.maxHeldPerUser()) {
        throw Problem.of(ProblemType.TOO_MANY_HOLDS).asException();
      }
      if (user.kept() >= config.maxKeptPerUser()) {
        throw StockRequests.tooManyReservations();
      }
      take(tx, order, facts, reservation);
    }
    return reservation;
  }

  private static ProblemException unknown(ReservationRequest order, List<ItemAvailability> facts) {
    Set<String> unknown = new TreeSet<>(order.quantities().keySet());
    facts.forEach(fact -> unknown.remove(fact.itemId()));
    return Problem.of(ProblemType.UNKNOWN_ITEM)
        .with("itemId", unknown.iterator().next())
        .asException();
  }

  private RetryableConflictException isDue(UnitStore store, String saleId) {
    return new RetryableConflictException("Time is up", () -> expiry.release(store, saleId) > 0);
  }

  /** Takes the key for a request; of all that carry the same one gets it, the others wait. */
  private static boolean isFirst(
      SqlTransaction tx, ReservationRequest order, Reservation reservation) {
    boolean refused = reservation.status() == Status.REFUSED;
    try {
      tx.query(
          "INSERT INTO stock_request (sale_id, user_id, idempotency_key, request, reservation_id,"
              + " refused_items, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
          order.saleId(),
          order.userId(),
          order.key(),
          order.request(),
          reservation.id(),
          refused ? ReservationLine.encode(reservation.lines()) : null,
          Micros.toDateTime(reservation.createdAt()));
      return true;
    } catch (MySQLException e) {
      if (SqlErrors.isDuplicate(e)) {
        return false;
      }
      throw e;
    }
  }

  /** What has become of the first request of the same key; null where it is new. */
  private static Reservation earlier(SqlTransaction tx, ReservationRequest order) {
    Row row =
        first(
            tx.query(
                    "SELECT q.request, q.reservation_id, q.created_at, r.expires_at,"
                        + " COALESCE(q.refused_items, r.line_items),"
                        + " CASE WHEN r.status = 'HELD' AND r.expires_at <= UTC_TIMESTAMP(6)"
                        + " THEN 'EXPIRED' ELSE r.status END, UTC_TIMESTAMP(6)"
                        + " FROM stock_request q"
                        + " LEFT JOIN reservation r"
                        + " ON r.sale_id = q.sale_id AND r.id = q.reservation_id"
                        + " WHERE q.sale_id = ? AND q.user_id = ? AND q.idempotency_key = ?",
                    order.saleId(),
                    order.userId(),
                    order.key())
                .iterator());
    if (row == null) {
      return null;
    }
    if (!row.getString(0).equals(order.request())) {
      throw Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
    }
    LocalDateTime created = row.getLocalDateTime(2);
    boolean refused = row.getString(1) == null;
    return new Reservation(
        order.saleId(),
        row.getString(1),
        order.userId(),
        refused ? Status.REFUSED : Status.valueOf(row.getString(5)),
        Micros.toInstant(created),
        Micros.toInstant(
            refused
                ? created.plus(order.ttl().truncatedTo(ChronoUnit.MICROS))
                : row.getLocalDateTime(3)),
        ReservationLine.decode(row.getString(4)),
        Micros.toInstant(row.getLocalDateTime(6)),
        true);
  }

  private void take(
      SqlTransaction tx,
      ReservationRequest order,
      List<ItemAvailability> facts,
      Reservation reservation) {
    List<ReservationLine> lines = reservation.lines();
    takeOfUser(tx, order, facts, lines);
    tx.query(
        "INSERT INTO reservation (sale_id, id, user_id, status, strategy, line_items,"
            + " idempotency_key, request, created_at, expires_at)"
            + " VALUES (?, ?, ?, 'HELD', ?, ?, ?, ?, ?, ?)",
        reservation.saleId(),
        reservation.id(),
        reservation.userId(),
        strategy().name(),
        ReservationLine.encode(lines),
        order.key(),
        order.request(),
        Micros.toDateTime(reservation.createdAt()),
        Micros.toDateTime(reservation.expiresAt()));
    takeOfItems(tx, units, order, facts, lines, reservation.id());
  }

  private static void takeOfUser(
      SqlTransaction tx,
      ReservationRequest order,
      List<ItemAvailability> facts,
      List<ReservationLine> lines) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).granted() > 0 && facts.get(i).limit() > 0) {
        more(tx, order, facts.get(i), lines.get(i).granted());
      }
    }
  }

  private static void takeOfItems(
      SqlTransaction tx,
      UnitStore store,
      ReservationRequest order,
      List<ItemAvailability> facts,
      List<ReservationLine> lines,
      String id) {
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).granted() > 0) {
        store.take(tx, order.saleId(), facts.get(i), lines.get(i).granted(), id);
      }
    }
  }

  /** Counts what a user takes of an item, within the limit, whoever else counts meanwhile. */
  private static void more(
      SqlTransaction tx, ReservationRequest order, ItemAvailability fact, long quantity) {
    if (fact.taken() == null) {
      try {
        tx.query(
            "INSERT INTO item_taker (sale_id, item_id, user_id, quantity) VALUES (?, ?, ?, ?)",
            order.saleId(),
            fact.itemId(),
            order.userId(),
            quantity);
      } catch (MySQLException e) {
        throw SqlErrors.isDuplicate(e)
            ? new RetryableConflictException("The user is taking more concurrently")
            : e;
      }
      return;
    }
    int changed =
        tx.query(
                "UPDATE item_taker SET quantity = quantity + ? WHERE sale_id = ? AND item_id = ?"
                    + " AND user_id = ? AND quantity + ? <= ?",
                quantity,
                order.saleId(),
                fact.itemId(),
                order.userId(),
                quantity,
                fact.limit())
            .rowCount();
    if (changed == 0) {
      throw new RetryableConflictException("The user has taken more concurrently");
    }
  }

  @Override
  public Uni<Reservation> find(String saleId, String id, String userId) {
    return ask(read(userId), byKey(saleId, id, userId))
        .map(rows -> rows.isEmpty() ? null : ReservationRow.of(rows.get(0)).asItIs());
  }

  @Override
  public Uni<Reservation> confirm(String saleId, String id) {
    return decisions.decide(tx -> end(tx, saleId, id, null, Status.CONFIRMED)).map(this::counted);
  }

  @Override
  public Uni<Reservation> cancel(String saleId, String id, String userId) {
    return decisions.decide(tx -> end(tx, saleId, id, userId, Status.CANCELLED)).map(this::counted);
  }

  /**
   * What has become of a reservation.
   *
   * @param reservation null where there is none
   * @param by the strategy of the one that ended now; else null
   */
  private record Ended(Reservation reservation, Strategy by) {}

  private Reservation counted(Ended ended) {
    Reservation reservation = ended.reservation;
    if (ended.by != null) {
      // By a clock that is not the store's: never less than nothing.
      Duration held = Duration.between(reservation.createdAt(), Instant.now());
      metrics.ended(ended.by, reservation.status(), held.isNegative() ? Duration.ZERO : held);
    }
    return reservation;
  }

  /** Ends a reservation as it is to end, or as expired where its time is up. */
  private Ended end(SqlTransaction tx, String saleId, String id, String userId, Status status) {
    ReservationRow kept = kept(tx, saleId, id, userId);
    if (kept == null || kept.reservation().status() != Status.HELD) {
      return new Ended(kept == null ? null : kept.reservation(), null);
    }
    if (ends(tx, saleId, id, status, "expires_at > UTC_TIMESTAMP(6)")) {
      if (status == Status.CONFIRMED) {
        sell(tx, kept);
      } else {
        Expiry.giveBack(tx, unitsOf(kept), saleId, List.of(kept.reservation()));
      }
      return new Ended(kept.as(status), kept.strategy());
    }
    return expired(tx, kept);
  }

  /** Of one that was held and is so no longer: by its time, or since somebody else ended it. */
  private Ended expired(SqlTransaction tx, ReservationRow kept) {
    String saleId = kept.reservation().saleId();
    String id = kept.reservation().id();
    if (ends(tx, saleId, id, Status.EXPIRED, "expires_at <= UTC_TIMESTAMP(6)")) {
      Expiry.giveBack(tx, unitsOf(kept), saleId, List.of(kept.reservation()));
      return new Ended(kept.as(Status.EXPIRED), kept.strategy());
    }
    return new Ended(kept(tx, saleId, id, null).reservation(), null);
  }

  @Override
  public Uni<Reservation> extend(
      String saleId, String id, String userId, Duration time, String by) {
    return decisions
        .decide(tx -> extend(tx, saleId, id, userId, micros(time), by))
        .map(this::counted);
  }

  private Ended extend(
      SqlTransaction tx, String saleId, String id, String userId, long micros, String by) {
    ReservationRow kept = kept(tx, saleId, id, userId);
    if (kept == null || kept.reservation().status() != Status.HELD) {
      return new Ended(kept == null ? null : kept.reservation(), null);
    }
    if (kept.due()) {
      return expired(tx, kept);
    }
    int changed =
        tx.query(
                "UPDATE reservation SET expires_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND,"
                    + " changes = 1 WHERE sale_id = ? AND id = ? AND status = 'HELD'"
                    + " AND changes = 0 AND expires_at > UTC_TIMESTAMP(6)"
                    + " AND expires_at < UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND",
                micros,
                saleId,
                id,
                micros)
            .rowCount();
    if (changed == 1) {
      remember(tx, kept, Change.EXTENDED, 1, by, "");
    }
    Reservation now = kept(tx, saleId, id, null).asItIs();
    return new Ended(now, null);
  }

  @Override
  public Uni<Reservation> takeAgain(String saleId, String id, Duration time, String by) {
    return decisions.decide(tx -> takeAgain(tx, saleId, id, time, by)).map(this::counted);
  }

  private Ended takeAgain(SqlTransaction tx, String saleId, String id, Duration time, String by) {
    Row row = first(tx.query(read(null) + " FOR UPDATE", byKey(saleId, id, null)).iterator());
    if (row == null) {
      return new Ended(null, null);
    }
    ReservationRow kept = ReservationRow.of(row);
    Reservation reservation = kept.reservation();
    if (kept.asItIs().status() != Status.EXPIRED) {
      return new Ended(reservation, null);
    }
    boolean late = reservation.createdAt().plus(REMEMBERED).isBefore(reservation.serverTime());
    if (reservation.status() == Status.HELD) {
      if (late) {
        return expired(tx, kept);
      }
      // Nobody has noticed: its units are there still.
      hold(tx, kept, kept.changes() + 2, time, by);
    } else if (!late) {
      int changes = ReservationRecord.changes(reservation.status(), kept.changes()) + 1;
      hold(tx, kept, changes, time, by);
      takeUnits(tx, kept, time);
    }
    return new Ended(kept(tx, saleId, id, null).reservation(), null);
  }

  /** Holds what is not held, in a row that is locked. */
  private void hold(SqlTransaction tx, ReservationRow kept, int changes, Duration time, String by) {
    tx.query(
        "UPDATE reservation SET status = 'HELD', ended_at = NULL, changes = ?,"
            + " expires_at = UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND"
            + " WHERE sale_id = ? AND id = ?",
        changes,
        micros(time),
        kept.reservation().saleId(),
        kept.reservation().id());
    remember(tx, kept, Change.TAKEN_AGAIN, changes, by, "");
  }

  /** Takes what an expired reservation was granted, all of it or nothing. */
  private void takeUnits(SqlTransaction tx, ReservationRow kept, Duration time) {
    Reservation reservation = kept.reservation();
    UnitStore store = unitsOf(kept);
    TreeMap<String, Long> granted = new TreeMap<>();
    reservation.lines().stream()
        .filter(line -> line.granted() > 0)
        .forEach(line -> granted.put(line.itemId(), line.granted()));
    ReservationRequest order =
        new ReservationRequest(
            reservation.saleId(),
            reservation.userId(),
            "",
            "",
            granted,
            ReservationRequest.Mode.ALL_OR_NOTHING,
            time);
    store.lock(tx, order.saleId(), granted.keySet());
    List<ItemAvailability> facts = store.facts(tx, order);
    List<ReservationLine> lines =
        facts.stream().map(fact -> fact.line(granted.get(fact.itemId()))).toList();
    if (lines.stream().anyMatch(line -> line.reason() != null)) {
      if (facts.get(0).due()) {
        throw isDue(store, order.saleId());
      }
      throw Problem.of(ProblemType.INSUFFICIENT_STOCK)
          .with("lines", lines.stream().map(ReservationLine::refused).toList())
          .asException();
    }
    takeOfUser(tx, order, facts, lines);
    takeOfItems(tx, store, order, facts, lines, reservation.id());
  }

  @Override
  public Uni<Reservation> undo(String saleId, String id, String by, String reason) {
    return decisions.decide(tx -> undo(tx, saleId, id, by, reason)).map(this::counted);
  }

  private Ended undo(SqlTransaction tx, String saleId, String id, String by, String reason) {
    ReservationRow kept = kept(tx, saleId, id, null);
    if (kept == null || kept.reservation().status() != Status.CONFIRMED) {
      return new Ended(kept == null ? null : kept.asItIs(), null);
    }
    int changes = ReservationRecord.changes(Status.CONFIRMED, kept.changes()) + 1;
    int changed =
        tx.query(
                "UPDATE reservation SET status = 'UNDONE', ended_at = UTC_TIMESTAMP(6),"
                    + " changes = ? WHERE sale_id = ? AND id = ? AND status = 'CONFIRMED'",
                changes,
                saleId,
                id)
            .rowCount();
    if (changed == 1) {
      Expiry.undo(tx, unitsOf(kept), kept.reservation());
      remember(tx, kept, Change.UNDONE, changes, by, reason);
    }
    return new Ended(kept(tx, saleId, id, null).reservation(), null);
  }

  private void remember(
      SqlTransaction tx, ReservationRow kept, Change change, int changes, String by, String why) {
    tx.query(
        "INSERT INTO reservation_change (sale_id, reservation_id, change_no, kind, changed_at,"
            + " changed_by, reason) VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), ?, ?)",
        kept.reservation().saleId(),
        kept.reservation().id(),
        changes,
        change.stored(),
        by,
        why);
    tx.afterCommit(() -> metrics.changed(kept.strategy(), change));
  }

  private static long micros(Duration time) {
    return time.toNanos() / 1_000;
  }

  /** One conditional update: whether it is ours to end is what it changed. */
  private static boolean ends(
      SqlTransaction tx, String saleId, String id, Status status, String time) {
    return tx.query(
                "UPDATE reservation SET status = ?, ended_at = UTC_TIMESTAMP(6),"
                    + " changes = changes + 1"
                    + " WHERE sale_id = ? AND id = ? AND status = 'HELD' AND "
                    + time,
                status.name(),
                saleId,
                id)
            .rowCount()
        == 1;
  }

  private void sell(SqlTransaction tx, ReservationRow kept) {
    Reservation reservation = kept.reservation();
    for (ReservationLine line : reservation.lines()) {
      if (line.granted() > 0) {
        unitsOf(kept)
            .sell(tx, reservation.saleId(), line.itemId(), line.granted(), reservation.id());
      }
    }
  }

  private UnitStore unitsOf(ReservationRow kept) {
    return all.get(kept.strategy());
  }

  private static ReservationRow kept(SqlTransaction tx, String saleId, String id, String userId) {
    Row row = first(tx.query(read(userId), byKey(saleId, id, userId)).iterator());
    return row == null ? null : ReservationRow.of(row);
  }

  private static String read(String userId) {
    return "SELECT "
        + ReservationRow.COLUMNS
        + " FROM reservation WHERE sale_id = ? AND id = ? AND strategy <> 'HOT'"
        + (userId == null ? "" : " AND user_id = ?");
  }

  private static Object[] byKey(String saleId, String id, String userId) {
    return userId == null ? new Object[] {saleId, id} : new Object[] {saleId, id, userId};
  }

  @Override
  public Uni<List<Level>> levels(String saleId) {
    return ask(units.levels("i.sale_id = ? AND i.strategy = ?"), saleId, strategy().name())
        .map(rows -> rows.stream().map(DatabaseStock::level).toList());
  }

  @Override
  public Uni<Level> level(String saleId, String itemId) {
    return ask(
            units.levels("i.sale_id = ? AND i.strategy = ? AND i.id = ?"),
            saleId,
            strategy().name(),
            itemId)
        .map(rows -> rows.isEmpty() ? null : level(rows.get(0)));
  }

  private static Level level(Row row) {
    return new Level(
        row.getString(0), row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4));
  }

  @Override
  public Uni<Level> restock(Restock restock) {
    return decisions.decide(tx -> restock(tx, restock));
  }

  private Level restock(SqlTransaction tx, Restock restock) {
    Row item =
        first(
            tx.query(
                    "SELECT total FROM item WHERE sale_id = ? AND id = ? AND strategy = ?"
                        + " FOR UPDATE",
                    restock.saleId(),
                    restock.itemId(),
                    strategy().name())
                .iterator());
    if (item == null) {
      throw Problem.of(ProblemType.UNKNOWN_ITEM).asException();
    }
    if (!isRepeated(tx, restock)) {
      long total = Math.addExact(item.getLong(0), restock.quantity());
      if (total > strategy().maxUnits()) {
        throw Problem.malformed(
                "quantity", "must not raise the total above " + strategy().maxUnits() + " units")
            .asException();
      }
      if (!units.restock(tx, restock.saleId(), restock.itemId(), restock.quantity())) {
        throw tooLittle(tx, restock.saleId());
      }
      tx.query(
          "INSERT INTO restock (sale_id, item_id, idempotency_key, quantity, reason, user_id,"
              + " made_at) VALUES (?, ?, ?, ?, ?, ?, UTC_TIMESTAMP(6))",
          restock.saleId(),
          restock.itemId(),
          restock.key(),
          restock.quantity(),
          restock.reason(),
          restock.userId());
    }
    return level(
        first(
            tx.query(units.levels("i.sale_id = ? AND i.id = ?"), restock.saleId(), restock.itemId())
                .iterator()));
  }

  private RuntimeException tooLittle(SqlTransaction tx, String saleId) {
    boolean due =
        first(tx.query("SELECT " + AvailabilityQuery.due(), strategy().name(), saleId).iterator())
                .getLong(0)
            != 0;
    return due ? isDue(units, saleId) : Problem.of(ProblemType.INSUFFICIENT_STOCK).asException();
  }

  private static boolean isRepeated(SqlTransaction tx, Restock restock) {
    Row earlier =
        first(
            tx.query(
                    "SELECT quantity, reason FROM restock"
                        + " WHERE sale_id = ? AND item_id = ? AND idempotency_key = ?",
                    restock.saleId(),
                    restock.itemId(),
                    restock.key())
                .iterator());
    if (earlier == null) {
      return false;
    }
    if (earlier.getLong(0) != restock.quantity()
        || !Objects.equals(earlier.getString(1), restock.reason())) {
      throw Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
    }
    return true;
  }

  @Override
  public Uni<Void> created(String saleId, String itemId) {
    return decisions.decide(
        tx -> {
          units.create(tx, saleId, itemId);
          return null;
        });
  }

  private Uni<List<Row>> ask(String sql, Object... params) {
    return calls
        .bounded(
            Uni.createFrom()
                .deferred(
                    () -> UniHelper.toUni(mysql.preparedQuery(sql).execute(Tuple.wrap(params)))))
        .map(
            rows -> {
              List<Row> list = new ArrayList<>(rows.size());
              rows.forEach(list::add);
              return list;
            });
  }

  private static Row first(Iterator<Row> rows) {
    return rows.hasNext() ? rows.next() : null;
  }
}

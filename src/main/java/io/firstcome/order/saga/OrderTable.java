package io.firstcome.order.saga;

import io.firstcome.mysql.Micros;
import io.firstcome.mysql.SqlErrors;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.order.model.Order;
import io.firstcome.order.model.Order.State;
import io.firstcome.order.model.OrderConfig;
import io.firstcome.order.model.OrderLine;
import io.firstcome.order.model.Step;
import io.firstcome.payment.model.Payment;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of orders and of their steps. Each transition is one update in the caller's transaction
 * that names the turn and the step it leaves, so a replica that was overtaken changes nothing.
 */
@Singleton
public class OrderTable {

  /** The reason of an order that its user, or who acts for them, has cancelled. */
  public static final String CANCELLED = "cancelled";

  private static final String COLUMNS =
      "number, id, user_id, caller, sale_id, coupon_id, provider, currency, items, subtotal,"
          + " discount, total, reservation_id, state, step, cancel_requested, reason, refused_step,"
          + " blocked, turn, attempts, retries, created_at, ended_at";

  private static final String IN_MICROS = "UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND";

  /** What the replica whose turn it is may still change. */
  private static final String MINE = " WHERE id = ? AND turn = ? AND state = ? AND step = ?";

  private final long busyMicros;

  OrderTable(OrderConfig config) {
    this.busyMicros = micros(config.busy());
  }

  /**
   * Adds an order whose units are held: it is at the step after that, and it is this replica's
   * turn.
   *
   * @param request SHA-256 of the request
   * @return false where the same key has added one
   */
  public boolean add(SqlTransaction tx, Order order, String key, String request) {
    try {
      tx.query(
          "INSERT INTO orders (id, user_id, caller, idempotency_key, request, sale_id, coupon_id,"
              + " provider, currency, items, subtotal, discount, total, reservation_id, state,"
              + " step, turn, attempts, due_at, created_at, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?,"
              + " ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, "
              + IN_MICROS
              + ", UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))",
          order.id(),
          order.userId(),
          order.caller(),
          key,
          request,
          order.saleId(),
          order.couponId(),
          order.provider().name(),
          order.currency(),
          OrderLine.encode(order.lines()),
          order.subtotal(),
          order.discount(),
          order.total(),
          order.reservationId(),
          order.state().name(),
          order.step().name(),
          order.turn(),
          busyMicros);
    } catch (MySQLException e) {
      if (SqlErrors.isDuplicate(e)) {
        return false;
      }
      throw e;
    }
    tx.query(
        "INSERT INTO order_step (order_id, step, state, reference, started_at, ended_at) VALUES"
            + " (?, 'RESERVE', 'DONE', ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6)),"
            + " (?, ?, 'STARTED', NULL, UTC_TIMESTAMP(6), NULL)",
        order.id(),
        order.reservationId(),
        order.id(),
        order.step().name());
    return true;
  }

  /** The order of an id, or null. */
  public Order find(SqlTransaction tx, String id) {
    return first(tx, " WHERE id = ?", id);
  }

  /** The order that a key has made, or null. */
  public Order ofKey(SqlTransaction tx, String caller, String key) {
    return first(tx, " WHERE caller = ? AND idempotency_key = ?", caller, key);
  }

  /** SHA-256 of the request that made an order. */
  public String request(SqlTransaction tx, Order order) {
    return tx.query("SELECT request FROM orders WHERE id = ?", order.id())
        .iterator()
        .next()
        .getString(0);
  }

  /** Orders of a user from before a number on, the newest first. */
  public List<Order> ofUser(SqlTransaction tx, String userId, long before, int limit) {
    return all(
        tx,
        " WHERE user_id = ? AND number < ? ORDER BY number DESC LIMIT ?",
        userId,
        before,
        limit);
  }

  /** Orders that an operator has to settle, from after a number on, the oldest first. */
  public List<Order> blocked(SqlTransaction tx, long after, int limit) {
    return all(
        tx, " WHERE blocked IS NOT NULL AND number > ? ORDER BY number LIMIT ?", after, limit);
  }

  /** A step is done. Returns the order as it goes on, or null: it is no longer this turn's. */
  Order done(SqlTransaction tx, Order order, String reference) {
    Step next = order.after(order.step());
    if (next == null) {
      if (!move(tx, order, "state = 'CONFIRMED', step = NULL", null, "")) {
        return null;
      }
      write(tx, order, reference, null);
      return find(tx, order.id());
    }
    boolean goesOn =
        move(tx, order, "step = '" + next + "'", busyMicros, " AND cancel_requested = FALSE");
    if (goesOn) {
      write(tx, order, reference, next);
      return order.at(State.PENDING, next);
    }
    // The step is done, so it is the first to be undone.
    boolean turnsBack =
        move(
            tx,
            order,
            "state = 'CANCELLING', reason = '" + CANCELLED + "', since = UTC_TIMESTAMP(6)",
            busyMicros,
            " AND cancel_requested = TRUE");
    if (!turnsBack) {
      return null;
    }
    write(tx, order, reference, null);
    return order.turned(State.CANCELLING, order.step(), CANCELLED, null);
  }

  /** A step is refused: what was done before it is undone. */
  Order refused(SqlTransaction tx, Order order, Step blame, String reason) {
    Step first = order.before(order.step());
    int changed =
        tx.query(
                "UPDATE orders SET state = 'CANCELLING', step = ?, reason = ?, refused_step = ?,"
                    + " attempts = 0, since = UTC_TIMESTAMP(6), due_at = "
                    + IN_MICROS
                    + MINE,
                first.name(),
                reason,
                blame.name(),
                busyMicros,
                order.id(),
                order.turn(),
                order.state().name(),
                order.step().name())
            .rowCount();
    if (changed == 0) {
      return null;
    }
    tx.query(
        "UPDATE order_step SET state = 'REFUSED', reason = ?, ended_at = UTC_TIMESTAMP(6)"
            + " WHERE order_id = ? AND step = ?",
        reason,
        order.id(),
        order.step().name());
    return order.turned(State.CANCELLING, first, reason, blame);
  }

  /** A step is undone. */
  Order undone(SqlTransaction tx, Order order) {
    Step next = order.before(order.step());
    State end = order.state() == State.REFUNDING ? State.REFUNDED : State.CANCELLED;
    boolean mine =
        next == null
            ? move(tx, order, "state = '" + end + "', step = NULL", null, "")
            : move(tx, order, "step = '" + next + "'", busyMicros, "");
    if (!mine) {
      return null;
    }
    tx.query(
        "UPDATE order_step SET state = 'UNDONE', undone_at = UTC_TIMESTAMP(6)"
            + " WHERE order_id = ? AND step = ?",
        order.id(),
        order.step().name());
    return next == null ? find(tx, order.id()) : order.at(order.state(), next);
  }

  /** A step cannot be undone: it waits for an operator. */
  Order blocked(SqlTransaction tx, Order order, String reason) {
    int changed =
        tx.query(
                "UPDATE orders SET blocked = ?, due_at = NULL" + MINE,
                reason,
                order.id(),
                order.turn(),
                order.state().name(),
                order.step().name())
            .rowCount();
    return changed == 0 ? null : order.blocked(reason);
  }

  /** What came of a step is not known: it is attempted again after this time. */
  Order later(SqlTransaction tx, Order order, String reason, Duration wait) {
    if (!move(tx, order, "attempts = " + (order.attempts() + 1), micros(wait), "")) {
      return null;
    }
    // Why it waits: for operators.
    tx.query(
        "UPDATE order_step SET reason = ? WHERE order_id = ? AND step = ?",
        reason,
        order.id(),
        order.step().name());
    return order.waiting();
  }

  /**
   * An operator has looked at what cannot be undone.
   *
   * @param accepted whether it was undone otherwise; else it is attempted again
   * @return whether it was blocked
   */
  public boolean settle(
      SqlTransaction tx, Order order, boolean accepted, String operator, String why) {
    int changed =
        tx.query(
                "UPDATE orders SET blocked = NULL, attempts = 0, turn = turn + 1, retries = retries"
                    + " + ?, due_at = UTC_TIMESTAMP(6) WHERE id = ? AND step = ? AND blocked IS NOT"
                    + " NULL",
                accepted ? 0 : 1,
                order.id(),
                order.step().name())
            .rowCount();
    if (changed == 0) {
      return false;
    }
    tx.query(
        "UPDATE order_step SET settled_by = ?, settled_why = ? WHERE order_id = ? AND step = ?",
        operator,
        why,
        order.id(),
        order.step().name());
    if (accepted) {
      undone(tx, find(tx, order.id()));
    }
    return true;
  }

  /** Asks an order to turn back at its next transition; says whether it still may. */
  public boolean requestCancel(SqlTransaction tx, String id) {
    return tx.query(
                "UPDATE orders SET cancel_requested = TRUE"
                    + " WHERE id = ? AND state = 'PENDING' AND step <> 'CONFIRM'",
                id)
            .rowCount()
        == 1;
  }

  /** Begins to undo a confirmed order; says whether this request was the first. */
  public boolean requestRefund(SqlTransaction tx, String id, String reason) {
    return tx.query(
                "UPDATE orders SET state = 'REFUNDING', step = 'CONFIRM', reason = ?, attempts = 0,"
                    + " turn = turn + 1, ended_at = NULL, since = UTC_TIMESTAMP(6),"
                    + " due_at = UTC_TIMESTAMP(6) WHERE id = ? AND state = 'CONFIRMED'",
                reason,
                id)
            .rowCount()
        == 1;
  }

  /** Makes it this replica's turn, where no other is at it; null where one is. */
  Order take(SqlTransaction tx, String id) {
    return tx.query(
                    "UPDATE orders SET turn = turn + 1, due_at = "
                        + IN_MICROS
                        + " WHERE id = ? AND due_at <= UTC_TIMESTAMP(6)",
                    busyMicros,
                    id)
                .rowCount()
            == 1
        ? find(tx, id)
        : null;
  }

  /** Takes some of the orders that are due, passing over those that others take. */
  List<Order> takeSome(SqlTransaction tx, int most) {
    List<Order> taken = new ArrayList<>();
    for (Row row :
        tx.query(
            "SELECT id FROM orders WHERE due_at <= UTC_TIMESTAMP(6)"
                + " ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED",
            most)) {
      Order order = take(tx, row.getString(0));
      if (order != null) {
        taken.add(order);
      }
    }
    return taken;
  }

  /**
   * Orders that have not ended.
   *
   * @param stuck that are due, and have been at it for longer than they should
   * @param blocked that an operator has to settle
   * @param oldest how long the oldest of all has been at it
   */
  record Open(long stuck, long blocked, Duration oldest) {}

  Open open(SqlTransaction tx, Duration stuckAfter) {
    Row row =
        tx.query(
                "SELECT COUNT(CASE WHEN since < UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND THEN 1"
                    + " END), TIMESTAMPDIFF(MICROSECOND, MIN(since), UTC_TIMESTAMP(6)), (SELECT"
                    + " COUNT(*) FROM orders WHERE blocked IS NOT NULL) FROM orders WHERE due_at IS"
                    + " NOT NULL",
                micros(stuckAfter))
            .iterator()
            .next();
    Long oldest = row.getLong(1);
    return new Open(
        row.getLong(0),
        row.getLong(2),
        oldest == null ? Duration.ZERO : Duration.ofNanos(Math.max(0, oldest) * 1_000));
  }

  /** Leaves a step, where it is still this turn's. Its end has no due time. */
  private static boolean move(
      SqlTransaction tx, Order order, String assignments, Long dueMicros, String condition) {
    boolean later = assignments.startsWith("attempts");
    // What was sent may arrive until then, and must find its order as it left it.
    boolean keepsTurn = later && order.state() == State.PENDING && order.step() == Step.REDEEM;
    return tx.query(
                "UPDATE orders SET "
                    + assignments
                    + (later ? "" : ", attempts = 0")
                    + (dueMicros == null ? ", ended_at = UTC_TIMESTAMP(6)" : "")
                    + ", due_at = "
                    + (keepsTurn ? "GREATEST(due_at, " + IN_MICROS + ")" : IN_MICROS)
                    + MINE
                    + condition,
                dueMicros,
                order.id(),
                order.turn(),
                order.state().name(),
                order.step().name())
            .rowCount()
        == 1;
  }

  /** Writes down that the step at hand is done, and that the next one begins. */
  private static void write(SqlTransaction tx, Order order, String reference, Step next) {
    String done =
        "INSERT INTO order_step (order_id, step, state, reference, started_at, ended_at) VALUES"
            + " (?, ?, 'DONE', ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))";
    // It began before: that row stays, and is done now. The next one is not there yet.
    String began =
        " ON DUPLICATE KEY UPDATE state = 'DONE', reference = ?, ended_at = UTC_TIMESTAMP(6)";
    if (next == null) {
      tx.query(done + began, order.id(), order.step().name(), reference, reference);
    } else {
      tx.query(
          done + ", (?, ?, 'STARTED', NULL, UTC_TIMESTAMP(6), NULL)" + began,
          order.id(),
          order.step().name(),
          reference,
          order.id(),
          next.name(),
          reference);
    }
  }

  private static Order first(SqlTransaction tx, String where, Object... params) {
    List<Order> orders = all(tx, where, params);
    return orders.isEmpty() ? null : orders.get(0);
  }

  private static List<Order> all(SqlTransaction tx, String where, Object... params) {
    List<Order> orders = new ArrayList<>();
    tx.query("SELECT " + COLUMNS + " FROM orders" + where, params)
        .forEach(row -> orders.add(order(row)));
    return orders;
  }

  private static Order order(Row row) {
    return new Order(
        row.getLong(0),
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        Payment.Provider.valueOf(row.getString(6)),
        row.getString(7),
        OrderLine.decode(row.getString(8)),
        row.getLong(9),
        row.getLong(10),
        row.getLong(11),
        row.getString(12),
        State.valueOf(row.getString(13)),
        step(row.getString(14)),
        row.getInteger(15) != 0,
        row.getString(16),
        step(row.getString(17)),
        row.getString(18),
        row.getLong(19),
        row.getInteger(20),
        row.getInteger(21),
        Micros.toInstant(row.getLocalDateTime(22)),
        Micros.toInstant(row.getLocalDateTime(23)));
  }

  private static Step step(String name) {
    return name == null ? null : Step.valueOf(name);
  }

  private static long micros(Duration time) {
    return time.toNanos() / 1_000;
  }
}

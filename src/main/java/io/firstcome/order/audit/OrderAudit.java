package io.firstcome.order.audit;

import io.firstcome.audit.RowAudit;
import io.firstcome.http.input.UserId;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.order.model.OrderConfig;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * Compares orders that have ended with what they took, on one replica at a time: a confirmed order
 * has its units sold, one charge of its total and one redeemed coupon; any other has none of them.
 * So the sums of orders, charges and entries of wallets agree too.
 *
 * <p>Left out are orders that an operator settled, whose units of money went another way, and those
 * of users who were erased, as every room has its own pseudonym for them.
 */
@Singleton
class OrderAudit extends RowAudit<Map<OrderAudit.Part, Long>> {

  /** What an order and its parts may disagree on. */
  enum Part {
    RESERVATION,
    PAYMENT,
    COUPON
  }

  /** In which MySQL gets what Redis has given back. */
  private static final int SETTLING_SECONDS = 60;

  private static final String SOLD = "r.status = 'CONFIRMED'";
  private static final String GIVEN_BACK =
      "(r.status IS NULL OR r.status IN ('CANCELLED', 'EXPIRED', 'UNDONE'))";
  private static final String PAID =
      "p.outcome = 'SUCCEEDED' AND p.amount = o.total AND p.currency = o.currency"
          + " AND p.user_id = o.user_id AND (p.provider <> 'WALLET' OR e.amount = -o.total)";
  private static final String NOT_PAID =
      "(p.id IS NULL OR p.outcome = 'DECLINED' OR p.refunded = p.amount AND (SELECT"
          + " COALESCE(SUM(f.amount), 0) FROM payment f WHERE f.charge_id = p.id AND f.outcome ="
          + " 'SUCCEEDED') = p.amount)";
  private static final String REDEEMED =
      "(SELECT COUNT(*) FROM claim k WHERE k.user_id = o.user_id AND k.state = 'redeemed'"
          + " AND k.reference = o.id)";

  private static final String COMPARE =
      "SELECT o.number, o.id, o.state,"
          + " CASE WHEN o.state = 'CONFIRMED' THEN "
          + SOLD
          + " ELSE "
          + GIVEN_BACK
          + " END,"
          + " CASE WHEN o.state = 'CONFIRMED' AND o.total > 0 THEN "
          + PAID
          + " ELSE "
          + NOT_PAID
          + " END, "
          + REDEEMED
          + " = CASE WHEN o.state = 'CONFIRMED' AND o.coupon_id IS NOT NULL THEN 1 ELSE 0 END"
          + " FROM orders o"
          + " LEFT JOIN reservation r ON r.sale_id = o.sale_id AND r.id = o.reservation_id"
          + " LEFT JOIN payment p ON p.id = CONCAT('p', SUBSTRING(o.id, 2))"
          + " LEFT JOIN wallet_entry e ON e.user_id = p.user_id AND e.kind = 'CHARGE'"
          + " AND e.reference = p.id"
          + " WHERE o.number > ? AND o.step IS NULL"
          + " AND o.ended_at BETWEEN UTC_TIMESTAMP(6) - INTERVAL ? SECOND"
          + " AND UTC_TIMESTAMP(6) - INTERVAL ? SECOND"
          + " AND o.user_id NOT LIKE '"
          + UserId.ERASED
          + "%' AND NOT EXISTS (SELECT 1 FROM order_step s WHERE s.order_id = o.id"
          + " AND s.settled_by IS NOT NULL)"
          + " ORDER BY o.number LIMIT ?";

  private final long windowSeconds;

  OrderAudit(SqlTransactions mysql, Scripts redis, OrderConfig config, MeterRegistry registry) {
    super("orders", Keys.orderAudit(), config.audit(), mysql, redis, Map.of());
    this.windowSeconds = config.auditWindow().toSeconds();
    for (Part part : Part.values()) {
      Gauge.builder("firstcome.order.violations", () -> found().getOrDefault(part, 0L))
          .description("Ended orders that disagree with what they took when last compared")
          .tag("part", part.name().toLowerCase(Locale.ROOT))
          .register(registry);
    }
  }

  void start(@Observes StartupEvent event) {
    start();
  }

  void stop(@Observes ShutdownEvent event) {
    stop();
  }

  @Override
  protected Map<Part, Long> compare() {
    return compare(SETTLING_SECONDS);
  }

  /**
   * Compares. Blocks.
   *
   * @param settlingSeconds how long ago an order must have ended
   * @return how many orders disagree with each part
   */
  Map<Part, Long> compare(int settlingSeconds) {
    Map<Part, Long> found = new EnumMap<>(Part.class);
    forEach(
        Long.class,
        0L,
        (tx, last) -> tx.query(COMPARE, last, windowSeconds, (long) settlingSeconds, PAGE),
        row -> compare(row, found));
    return found;
  }

  private void compare(Row row, Map<Part, Long> found) {
    for (Part part : Part.values()) {
      // NULL: what should be there is not.
      Long agrees = row.getLong(3 + part.ordinal());
      if (agrees == null || agrees == 0) {
        found.merge(part, 1L, Long::sum);
        report(
            found.values().stream().mapToLong(Long::longValue).sum(),
            "Order %s is %s, and its %s does not agree",
            row.getString(1),
            row.getString(2),
            part.name().toLowerCase(Locale.ROOT));
      }
    }
  }
}

package io.firstcome.coupon.metrics;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.script.CouponState;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.metrics.MetricsConfig;
import io.firstcome.metrics.Poll;
import io.firstcome.mysql.In;
import io.firstcome.redis.Keys;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * What must always hold of a coupon, as far as one look can tell. It takes no look at each claim:
 * whether all of them are there once is for an audit to say.
 */
@ApplicationScoped
class Invariants {

  /** What must hold. */
  enum Invariant {
    /** No more is issued than there is. */
    ISSUED_WITHIN_QUANTITY,
    /** As many numbers were given as units. */
    SEQUENCE_COVERS_ISSUED,
    /** Every number that nobody holds lies in a gap that is on record. */
    GAPS_EXPLAINED,
    /** Redis has given every number that MySQL has: it has not come back from the past. */
    REDIS_COVERS_MYSQL;

    private final String slug = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Fit for a label. */
    String slug() {
      return slug;
    }
  }

  private static final Logger LOG = Logger.getLogger(Invariants.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final Drainer drainer;
  private final CouponLabels labels;
  private final Pool mysql;
  private final Set<String> said = ConcurrentHashMap.newKeySet();

  /**
   * The last number of each coupon in MySQL. However old, it was read before the state it is
   * compared with, and numbers only grow.
   */
  private volatile Map<String, Long> inMySql = Map.of();

  private Poll poll;

  Invariants(Drainer drainer, CouponLabels labels, Pool mysql) {
    this.drainer = drainer;
    this.labels = labels;
    this.mysql = mysql;
  }

  void start(@Observes StartupEvent event, Vertx vertx, MetricsConfig metrics) {
    poll = Poll.every(metrics.interval(), vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  /** Each invariant, and whether it is violated now; says so in the log when that is new. */
  Map<Invariant, Boolean> violations(CouponState state) {
    long last = inMySql.getOrDefault(state.id(), 0L);
    Map<Invariant, Boolean> violations = new EnumMap<>(Invariant.class);
    violations.put(Invariant.ISSUED_WITHIN_QUANTITY, state.issued() > state.quantity());
    violations.put(Invariant.SEQUENCE_COVERS_ISSUED, state.sequence() < state.issued());
    violations.put(
        Invariant.GAPS_EXPLAINED,
        state.sequence() - state.issued() > state.gaps() + state.returned());
    violations.put(Invariant.REDIS_COVERS_MYSQL, state.sequence() < last);
    violations.forEach((invariant, violated) -> say(state, last, invariant, violated));
    return violations;
  }

  private void say(CouponState state, long last, Invariant invariant, boolean violated) {
    String what = state.id() + " " + invariant.slug();
    if (!violated) {
      said.remove(what);
    } else if (said.add(what)) {
      LOG.errorf(
          "Coupon %s violates %s: quantity %d, issued %d, last sequence %d in Redis and %d in"
              + " MySQL. Pause the coupon, then see docs/operations.md",
          state.id(), invariant.slug(), state.quantity(), state.issued(), state.sequence(), last);
    }
  }

  /** One seek a coupon, in the primary key; coupons with a label of their own are few. */
  private Uni<?> refresh() {
    List<String> ids =
        drainer.held().stream()
            .filter(id -> COUPON.owns(id) && labels.assignTo(Keys.campaignOf(id)))
            .toList();
    if (ids.isEmpty()) {
      inMySql = Map.of();
      return Uni.createFrom().voidItem();
    }
    In coupons = In.of(ids);
    return mysql
        .preparedQuery(
            "SELECT coupon_id, MAX(sequence) FROM claim WHERE coupon_id IN "
                + coupons.marks()
                + " GROUP BY coupon_id")
        .execute(Tuple.from(coupons.values()))
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .invoke(
            rows -> {
              Map<String, Long> last = new HashMap<>();
              for (Row row : rows) {
                last.put(row.getString(0), row.getLong(1));
              }
              inMySql = last;
            });
  }
}

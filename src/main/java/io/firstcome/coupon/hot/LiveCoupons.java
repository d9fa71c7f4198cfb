package io.firstcome.coupon.hot;

import io.firstcome.coupon.metrics.CouponMetrics;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.metrics.MetricsConfig;
import io.firstcome.metrics.Poll;
import io.firstcome.mysql.In;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Gives every coupon that can be claimed its counters before the first claim, on every replica: on
 * a replica that starts before it listens, of a coupon that is created as soon as the scripts
 * announce it. MySQL has all definitions; it is queried once an interval too, as an announcement
 * can be lost.
 *
 * <p>Where there are more coupons than labels, those nearest to their opening get them.
 */
@ApplicationScoped
class LiveCoupons {

  private static final Logger LOG = Logger.getLogger(LiveCoupons.class);
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Announcements that come together are one occasion to look. */
  private static final long SOON_MILLIS = 100;

  /** What is retired is neither in Redis nor walked past here. */
  private static final String LIVE =
      "SELECT id FROM coupon WHERE cleared_at IS NULL AND campaign IS NULL AND NOT rehearsal"
          + " AND status <> 'closed' AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(6))"
          + " ORDER BY ABS(TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), COALESCE(opens_at, created_at)))"
          + " LIMIT ?";

  private final Pool mysql;
  private final CouponLabels labels;
  private final CouponMetrics metrics;
  private final HotCoupons coupons;
  private final Vertx vertx;
  private final AtomicBoolean expected = new AtomicBoolean();
  private volatile Poll poll;

  LiveCoupons(
      Pool mysql, CouponLabels labels, CouponMetrics metrics, HotCoupons coupons, Vertx vertx) {
    this.mysql = mysql;
    this.labels = labels;
    this.metrics = metrics;
    this.coupons = coupons;
    this.vertx = vertx;
  }

  void start(@Observes StartupEvent event, MetricsConfig config) {
    try {
      refresh().await().atMost(PATIENCE.plusSeconds(1));
    } catch (RuntimeException e) {
      LOG.debug("The counters of coupons follow with the next look", e);
    }
    poll = Poll.every(config.interval(), vertx, this::refresh);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  /** The scripts announced something of this coupon. For any thread; returns at once. */
  void announced(String couponId) {
    if (labels.hasRoomFor(couponId) && expected.compareAndSet(false, true)) {
      vertx.setTimer(
          SOON_MILLIS,
          soon -> {
            expected.set(false);
            if (poll != null) {
              poll.soon();
            }
          });
    }
  }

  private Uni<?> refresh() {
    return giveBack().chain(this::label);
  }

  /** Labels of what was archived; not of what is still claimed here, whose counters are in use. */
  private Uni<?> giveBack() {
    List<String> owners =
        labels.owners().stream().filter(coupon -> coupons.get(coupon) == null).toList();
    return Multi.createFrom()
        .iterable(In.parts(owners))
        .onItem()
        .transformToUniAndConcatenate(this::giveBack)
        .collect()
        .last();
  }

  private Uni<?> giveBack(List<String> owners) {
    In ids = In.of(owners);
    return mysql
        .preparedQuery(
            "SELECT id FROM coupon WHERE cleared_at IS NOT NULL AND id IN " + ids.marks())
        .execute(Tuple.from(ids.values()))
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .invoke(rows -> rows.forEach(row -> metrics.forget(row.getString(0))));
  }

  private Uni<?> label() {
    return mysql
        .preparedQuery(LIVE)
        .execute(Tuple.of(labels.max()))
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .invoke(
            rows -> {
              for (Row row : rows) {
                metrics.of(row.getString(0), false);
              }
            });
  }
}

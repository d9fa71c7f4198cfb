package io.firstcome.coupon.change;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.recovery.ArchivedCoupons;
import io.firstcome.coupon.recovery.RetentionConfig;
import io.firstcome.coupon.recovery.RetentionRule;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.metrics.Poll;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Takes coupons that have been over for long enough out of Redis, which has room for what is hot.
 * MySQL answers for them then, see {@link ArchivedCoupons}; nobody's asking brings them back, a
 * change of the definition does.
 *
 * <p>It is marked in MySQL first, in a new epoch, once it was taken out of service and its ledger
 * is drained: from then on nothing is decided on what Redis has. Then that is taken away. Whoever
 * dies in between leaves it marked and not cleared, and the next pass, of any replica, goes on.
 */
@ApplicationScoped
public class CouponArchiver {

  private static final Logger LOG = Logger.getLogger(CouponArchiver.class);

  /** Of a pass; the next goes on. */
  private static final int AT_ONCE = 100;

  private final Loader loader;
  private final LedgerProgress ledger;
  private final SqlTransactions mysql;
  private final Duration sweep;
  private final long afterMicros;
  private final Counter retired;
  private Poll poll;

  CouponArchiver(
      Loaders loaders,
      LedgerProgress ledger,
      SqlTransactions mysql,
      RetentionConfig config,
      MeterRegistry registry) {
    this.loader = loaders.of(COUPON);
    this.ledger = ledger;
    this.mysql = mysql;
    this.sweep = config.sweep();
    this.afterMicros = config.afterClose().toNanos() / 1_000;
    this.retired =
        Counter.builder("firstcome.coupons.retired")
            .description("Ended coupons that this replica removed from Redis")
            .register(registry);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    if (afterMicros > 0) {
      poll = Poll.every(sweep, vertx, this::pass);
    }
  }

  void stop(@Observes ShutdownEvent event) {
    if (poll != null) {
      poll.close();
    }
  }

  private Uni<?> pass() {
    return Uni.createFrom()
        .item(
            () -> {
              work();
              return null;
            })
        .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
        .onFailure()
        .invoke(e -> LOG.debugf("Could not retire coupons; will retry: %s", e.getMessage()));
  }

  private void work() {
    note();
    for (String couponId : due()) {
      try {
        if (isSettled(couponId) && loader.retire(couponId)) {
          LOG.infof("Coupon %s has ended and was removed from Redis", couponId);
          retired.increment();
        }
      } catch (RuntimeException e) {
        LOG.warnf("Could not retire coupon %s; will retry: %s", couponId, e);
      }
    }
  }

  /**
   * Hides a coupon from lists and takes it out of Redis, without the time that others stay there.
   * What MySQL does not have yet leaves with a later pass.
   */
  public Uni<Void> archive(String couponId) {
    return Uni.createFrom()
        .voidItem()
        .emitOn(Infrastructure.getDefaultWorkerPool())
        .invoke(
            () -> {
              for (String part : hide(couponId)) {
                if (isSettled(part) && loader.retire(part)) {
                  retired.increment();
                }
              }
            });
  }

  /** The coupon, or its shards, where Redis may still hold it. */
  private List<String> hide(String couponId) {
    mysql.run(
        tx -> {
          var found =
              tx.query(
                      "SELECT shards <> 0 AND "
                          + RetentionRule.OVER
                          + " FROM coupon WHERE id = ? AND campaign IS NULL FOR UPDATE",
                      couponId)
                  .iterator();
          if (!found.hasNext()) {
            throw Problem.of(ProblemType.UNKNOWN_COUPON).asException();
          }
          if (found.next().getInteger(0) == 0) {
            throw Problem.of(ProblemType.NOT_OVER).asException();
          }
          tx.query("UPDATE coupon SET archived = TRUE WHERE id = ?", couponId);
          // As if it had been over for long.
          tx.query(
              "UPDATE coupon SET over_since = '1970-01-02' WHERE (id = ? OR campaign = ?)"
                  + " AND shards = 1 AND retired_at IS NULL",
              couponId,
              couponId);
          return null;
        });
    return mysql.texts(
        "SELECT id FROM coupon WHERE (id = ? OR campaign = ?) AND shards = 1"
            + " AND cleared_at IS NULL ORDER BY id",
        couponId,
        couponId);
  }

  /**
   * Not while MySQL is behind: it would be out of service for that long. And what MySQL has refused
   * is for an operator to settle first.
   */
  private boolean isSettled(String couponId) {
    return ledger.oldestMicros(couponId) == Long.MAX_VALUE && ledger.deadLetters(couponId) == 0;
  }

  /** Begins to count for those that are over, and forgets it of those that are open again. */
  private void note() {
    String differs =
        "shards = 1 AND cleared_at IS NULL AND retired_at IS NULL AND (over_since IS NULL) = "
            + RetentionRule.OVER;
    for (String couponId : ids("SELECT id FROM coupon WHERE " + differs + " ORDER BY id LIMIT ?")) {
      mysql.run(
          tx ->
              tx.query(
                  "UPDATE coupon SET over_since = IF("
                      + RetentionRule.OVER
                      + ", UTC_TIMESTAMP(6), NULL) WHERE id = ? AND "
                      + differs,
                  couponId));
    }
  }

  private List<String> due() {
    return ids(
        "SELECT id FROM coupon WHERE shards = 1 AND cleared_at IS NULL AND (retired_at IS NOT NULL"
            + " OR "
            + RetentionRule.DUE
            + ") ORDER BY over_since, id LIMIT ?",
        afterMicros);
  }

  private List<String> ids(String sql, Object... params) {
    List<Object> all = new ArrayList<>(List.of(params));
    all.add(AT_ONCE);
    return mysql.texts(sql, all.toArray());
  }
}

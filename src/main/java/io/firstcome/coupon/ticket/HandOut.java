package io.firstcome.coupon.ticket;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.HandedOut;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.Poll;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Hands out the units of coupons with the policy QUEUED, in the order of their claims and at the
 * coupon's rate. The units are issued already: what happens here is that their users are told.
 *
 * <p>One replica at a time does it for a coupon, the one with the lease. The script checks lease,
 * epoch and rate in the step that hands out, by the clock of Redis: a worker that slept past its
 * lease changes nothing, and a change of workers hands out neither twice nor faster.
 */
@ApplicationScoped
class HandOut {

  private static final int AT_ONCE = 8;

  /** What is queued when a coupon closes is handed out for as long as it takes. */
  private static final String WITH_QUEUE =
      "SELECT id FROM coupon WHERE rate_per_second > 0 AND retired_at IS NULL"
          + " AND (over_since IS NULL OR over_since"
          + " > UTC_TIMESTAMP(6) - INTERVAL queue_limit / rate_per_second + 3600 SECOND)";

  private final CouponScripts scripts;
  private final HotCoupons coupons;
  private final Loader loader;
  private final Drainer drainer;
  private final Pool mysql;
  private final HandOutConfig config;
  private final Counter handed;
  private final String token = UUID.randomUUID().toString();

  /** The epoch in which this replica has the lease, by coupon. */
  private final Map<String, Long> leases = new ConcurrentHashMap<>();

  private CouponsInLine withQueue;
  private Poll work;

  HandOut(
      CouponScripts scripts,
      HotCoupons coupons,
      Loaders loaders,
      Drainer drainer,
      Pool mysql,
      HandOutConfig config,
      MeterRegistry metrics) {
    this.scripts = scripts;
    this.coupons = coupons;
    this.loader = loaders.of(COUPON);
    this.drainer = drainer;
    this.mysql = mysql;
    this.config = config;
    this.handed =
        Counter.builder("firstcome.queue.handed.out")
            .description("Units of queued coupons that this replica handed out")
            .register(metrics);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    withQueue = new CouponsInLine(mysql, WITH_QUEUE, config.look(), vertx);
    work = Poll.every(config.interval(), vertx, this::work);
  }

  void stop(@Observes ShutdownEvent event) {
    withQueue.close();
    work.close();
  }

  private Uni<?> work() {
    Set<String> now = withQueue.ids();
    leases.keySet().retainAll(now);
    return CouponsInLine.each(now, AT_ONCE, this::handOut);
  }

  private Uni<HandedOut> handOut(String couponId) {
    return loader
        .whole(
            couponId,
            Uni.createFrom()
                .deferred(
                    () ->
                        scripts.handOut(
                            couponId,
                            token,
                            config.lease(),
                            leases.getOrDefault(couponId, 0L),
                            coupons.seen(couponId))))
        .invoke(
            done -> {
              if (done.isHeld()) {
                leases.put(couponId, done.epoch());
              } else {
                leases.remove(couponId);
              }
              if (done.handed() > 0) {
                handed.increment(done.handed());
                drainer.wrote(couponId);
              }
            })
        .onFailure()
        .invoke(e -> leases.remove(couponId))
        .onFailure()
        .recoverWithNull();
  }
}

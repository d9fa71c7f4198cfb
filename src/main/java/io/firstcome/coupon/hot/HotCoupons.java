package io.firstcome.coupon.hot;

import io.firstcome.coupon.metrics.CouponMetrics;
import io.firstcome.coupon.script.Version;
import io.firstcome.decision.HotSet;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** The coupons in use on this replica. */
@Singleton
public class HotCoupons extends HotSet<HotCoupon> {

  private final CouponMetrics metrics;
  private final BatchConfig config;
  private long timer;

  public HotCoupons(CouponMetrics metrics, BatchConfig config) {
    super(config.maxCoupons());
    this.metrics = metrics;
    this.config = config;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    timer = vertx.setPeriodic(config.idle().toMillis(), tick -> dropIdle(config.idle()));
  }

  void stop(@Observes ShutdownEvent event, Vertx vertx) {
    vertx.cancelTimer(timer);
  }

  /** Adds a coupon that Redis holds; null if the set is full. */
  public HotCoupon known(String couponId, boolean rehearsal) {
    return add(couponId, id -> new HotCoupon(id, metrics.of(id, rehearsal)));
  }

  /** The highest sequence that was seen here to be issued of a coupon. */
  public long seen(String couponId) {
    HotCoupon coupon = get(couponId);
    return coupon == null ? 0 : coupon.seen();
  }

  /** A version is in force now: whoever made the change finds the gate open without a message. */
  public void heard(String couponId, Version version) {
    HotCoupon coupon = get(couponId);
    if (coupon != null) {
      coupon.gate().heard(version);
    }
  }
}

package io.firstcome.coupon;

import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The coupons that this replica is claiming from. Only those that Redis holds come in, so that ids
 * that somebody makes up take no room; those that nobody claims any more go.
 */
@ApplicationScoped
class HotCoupons {

  private final ConcurrentMap<String, HotCoupon> coupons = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Integer> campaigns = new ConcurrentHashMap<>();
  private final CouponMetrics metrics;
  private final BatchConfig config;
  private long timer;

  HotCoupons(CouponMetrics metrics, BatchConfig config) {
    this.metrics = metrics;
    this.config = config;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    timer = vertx.setPeriodic(config.idle().toMillis(), tick -> forgetIdle());
  }

  void stop(@Observes ShutdownEvent event, Vertx vertx) {
    vertx.cancelTimer(timer);
  }

  /** The coupon, or null where it is not known yet. */
  HotCoupon get(String couponId) {
    return coupons.get(couponId);
  }

  /** The highest sequence that was seen here to be issued of a coupon. */
  long seen(String couponId) {
    HotCoupon coupon = coupons.get(couponId);
    return coupon == null ? 0 : coupon.seen();
  }

  /** A version is in force now: whoever made the change finds the gate open without a message. */
  void heard(String couponId, Version version) {
    HotCoupon coupon = coupons.get(couponId);
    if (coupon != null) {
      coupon.gate().heard(version);
    }
  }

  /** How many shards a campaign has; 1 where it is not known to be one. */
  int shards(String couponId) {
    return campaigns.getOrDefault(couponId, 1);
  }

  /** It is a campaign, and stays one. */
  void knownCampaign(String couponId, int shards) {
    if (campaigns.size() < config.maxCoupons()) {
      campaigns.put(couponId, shards);
    }
  }

  /** The coupon, which Redis holds; null where this replica has no room for more. */
  HotCoupon known(String couponId, boolean rehearsal) {
    HotCoupon known = coupons.get(couponId);
    if (known != null || coupons.size() >= config.maxCoupons()) {
      return known;
    }
    return coupons.computeIfAbsent(couponId, id -> new HotCoupon(id, metrics.of(id, rehearsal)));
  }

  Collection<HotCoupon> all() {
    return coupons.values();
  }

  private void forgetIdle() {
    long now = System.nanoTime();
    // Whoever claims next learns it again.
    campaigns.clear();
    coupons
        .values()
        .removeIf(
            coupon -> {
              boolean idle = coupon.isIdle(now, config.idle().toNanos());
              if (idle) {
                coupon.gate().retire();
              }
              return idle;
            });
  }
}

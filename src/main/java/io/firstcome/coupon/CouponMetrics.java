package io.firstcome.coupon;

import io.firstcome.metrics.CouponLabels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Claims by coupon and outcome, and how long they took. */
@ApplicationScoped
class CouponMetrics {

  private record Series(String coupon, String outcome) {}

  private final MeterRegistry registry;
  private final CouponLabels labels;
  private final ConcurrentMap<Series, Counter> claims = new ConcurrentHashMap<>();
  private final Timer duration;

  CouponMetrics(MeterRegistry registry, CouponLabels labels) {
    this.registry = registry;
    this.labels = labels;
    // No coupon label: a histogram a coupon would be a dozen series each.
    this.duration =
        Timer.builder("firstcome.claim.duration")
            .description("From the claim, its user known, to its answer")
            .serviceLevelObjectives(
                Duration.ofMillis(1),
                Duration.ofNanos(2_500_000),
                Duration.ofMillis(5),
                Duration.ofMillis(10),
                Duration.ofMillis(25),
                Duration.ofMillis(50),
                Duration.ofMillis(100),
                Duration.ofMillis(250),
                Duration.ofMillis(500),
                Duration.ofSeconds(1))
            .register(registry);
  }

  /** A claim of a coupon that Redis knows was decided. */
  void decided(String couponId, String outcome, long startNanos) {
    count(labels.of(couponId), outcome, startNanos);
  }

  /** A claim was not decided; its coupon may be nonsense. */
  void failed(String couponId, String outcome, long startNanos) {
    count(labels.ofKnown(couponId), outcome, startNanos);
  }

  private void count(String coupon, String outcome, long startNanos) {
    claims
        .computeIfAbsent(
            new Series(coupon, outcome),
            series ->
                Counter.builder("firstcome.claims")
                    .description("Claims, by what became of them")
                    .tag("coupon", series.coupon())
                    .tag("outcome", series.outcome())
                    .register(registry))
        .increment();
    duration.record(Duration.ofNanos(System.nanoTime() - startNanos));
  }
}

package io.firstcome.coupon.metrics;

import io.firstcome.metrics.CouponLabels;
import io.firstcome.redis.Keys;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** Claims by coupon and outcome, how long they took, and how they went to Redis. */
@Startup
@ApplicationScoped
public class CouponMetrics {

  private final MeterRegistry registry;
  private final CouponLabels labels;
  private final ConcurrentMap<String, ClaimCounters> byLabel = new ConcurrentHashMap<>();
  private final Timer duration;
  private final Counter fromMemory;
  private final ClaimCounters rehearsals;
  private final DistributionSummary batch;

  public CouponMetrics(MeterRegistry registry, CouponLabels labels) {
    this.registry = registry;
    this.labels = labels;
    // No coupon label: a histogram a coupon would be a dozen series each.
    this.duration =
        duration("firstcome.claim.duration", "Time from an authenticated claim to its response");
    this.fromMemory =
        Counter.builder("firstcome.gate.answers")
            .description("Claims answered from memory, without Redis")
            .register(registry);
    this.batch =
        DistributionSummary.builder("firstcome.claim.batch")
            .description("Claims decided per script call")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
            .register(registry);
    // Of other names, so that no sum that somebody makes has them in it.
    this.rehearsals =
        new ClaimCounters(
            outcome ->
                Counter.builder("firstcome.rehearsal.claims")
                    .description("Claims of rehearsals, by outcome")
                    .tag("outcome", outcome)
                    .register(registry),
            duration(
                "firstcome.rehearsal.claim.duration",
                "Time from an authenticated claim of a rehearsal to its response"));
    ofLabel(CouponLabels.OTHER);
  }

  /**
   * The counters of a coupon that Redis holds; of a shard, its campaign's. All rehearsals share.
   */
  public ClaimCounters of(String couponId, boolean rehearsal) {
    return rehearsal ? rehearsals : ofLabel(labels.of(Keys.campaignOf(couponId)));
  }

  /** Those that all rehearsals share. */
  public ClaimCounters rehearsals() {
    return rehearsals;
  }

  /** The counters of a coupon that may be nonsense. */
  public ClaimCounters ofUnknown(String couponId) {
    return ofLabel(labels.ofKnown(Keys.campaignOf(couponId)));
  }

  /** The coupon has ended and left Redis: its series end, and another one gets its label. */
  public void forget(String couponId) {
    byLabel.computeIfPresent(
        couponId,
        (label, counters) -> {
          counters.removeFrom(registry);
          return null;
        });
    labels.giveBack(couponId);
  }

  private Timer duration(String name, String description) {
    return Timer.builder(name)
        .description(description)
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

  public void fromMemory() {
    fromMemory.increment();
  }

  public void batch(int claims) {
    batch.record(claims);
  }

  private ClaimCounters ofLabel(String label) {
    return byLabel.computeIfAbsent(
        label,
        coupon ->
            new ClaimCounters(
                outcome ->
                    Counter.builder("firstcome.claims")
                        .description("Claims, by outcome")
                        .tag("coupon", coupon)
                        .tag("outcome", outcome)
                        .register(registry),
                duration));
  }
}

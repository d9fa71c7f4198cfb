package io.firstcome.coupon;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.concurrent.atomic.AtomicInteger;

/** Loads of coupons into Redis. A second one of the same coupon means that Redis lost its state. */
@ApplicationScoped
class LoadMetrics {

  private final AtomicInteger underWay = new AtomicInteger();
  private final Counter first;
  private final Counter again;
  private final Counter failed;

  LoadMetrics(MeterRegistry registry) {
    this.first = loads(registry, "first");
    this.again = loads(registry, "again");
    this.failed = loads(registry, "failed");
    Gauge.builder("firstcome.coupon.loads.in.progress", underWay, AtomicInteger::get)
        .description("Coupons that this replica is loading from MySQL")
        .register(registry);
  }

  void began() {
    underWay.incrementAndGet();
  }

  /**
   * A coupon was published.
   *
   * @param epochBefore 0 where it had never been before
   */
  void loaded(long epochBefore) {
    (epochBefore == 0 ? first : again).increment();
  }

  void failed() {
    failed.increment();
  }

  /** Loaded, failed, or left to another replica. */
  void ended() {
    underWay.decrementAndGet();
  }

  private static Counter loads(MeterRegistry registry, String outcome) {
    return Counter.builder("firstcome.coupon.loads")
        .description("Loads of coupons from MySQL into Redis; again: Redis had lost the coupon")
        .tag("outcome", outcome)
        .register(registry);
  }
}

package io.firstcome.recovery;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loads into Redis. A second one of the same coupon, sale or event means that Redis lost its state.
 */
final class LoadMetrics {

  private final AtomicInteger underWay = new AtomicInteger();
  private final Counter first;
  private final Counter again;
  private final Counter failed;
  private final Counter verified;

  /**
   * @param noun what is loaded: a part of the names
   */
  LoadMetrics(MeterRegistry registry, String noun) {
    this.first = loads(registry, noun, "first");
    this.again = loads(registry, noun, "again");
    this.failed = loads(registry, noun, "failed");
    this.verified = loads(registry, noun, "verified");
    Gauge.builder("firstcome." + noun + ".loads.in.progress", underWay, AtomicInteger::get)
        .description("Loads from MySQL into Redis in progress on this replica")
        .register(registry);
  }

  void began() {
    underWay.incrementAndGet();
  }

  /**
   * It was published.
   *
   * @param epochBefore 0 where it had never been before
   */
  void loaded(long epochBefore) {
    (epochBefore == 0 ? first : again).increment();
  }

  /** It was there as it has to be, in another Redis or in one that was started again. */
  void verified() {
    verified.increment();
  }

  void failed() {
    failed.increment();
  }

  /** Loaded, failed, or left to another replica. */
  void ended() {
    underWay.decrementAndGet();
  }

  private static Counter loads(MeterRegistry registry, String noun, String outcome) {
    return Counter.builder("firstcome." + noun + ".loads")
        .description("Loads from MySQL into Redis, by outcome; again: Redis had lost the state")
        .tag("outcome", outcome)
        .register(registry);
  }
}

package io.firstcome.coupon;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The counters of one coupon's claims, one for each outcome that occurred. */
final class ClaimCounters {

  private final ConcurrentMap<String, Counter> outcomes = new ConcurrentHashMap<>();
  private final Function<String, Counter> create;
  private final Timer duration;

  ClaimCounters(Function<String, Counter> create, Timer duration) {
    this.create = create;
    this.duration = duration;
  }

  void count(String outcome, long startNanos) {
    count(outcome);
    duration.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }

  /** One that was refused before it was a claim: there is no duration to speak of. */
  void count(String outcome) {
    Counter counter = outcomes.get(outcome);
    if (counter == null) {
      counter = outcomes.computeIfAbsent(outcome, create);
    }
    counter.increment();
  }
}

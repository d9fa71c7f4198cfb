package io.firstcome.coupon.metrics;

import io.firstcome.http.problem.ProblemType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The counters of one coupon's claims, one for each outcome a claim can have. All of them exist
 * before the first claim: a counter that appears with its first events has no increase that
 * Prometheus could see.
 */
public final class ClaimCounters {

  public static final String ISSUED = "issued";

  /** An entry in a lottery was accepted. */
  public static final String ENTERED = "entered";

  /** In the queue, on the waitlist, or offered a unit from it. */
  public static final String WAITING = "waiting";

  /** Whatever is not counted by name: so no outcome makes a time series of its own. */
  static final String OTHER = "other";

  /** The problems that are counted by name. */
  private static final Set<ProblemType> PROBLEMS =
      ProblemType.outcomes(
          ProblemType.ALREADY_CLAIMED,
          ProblemType.SOLD_OUT,
          ProblemType.GROUP_SOLD_OUT,
          ProblemType.LIMIT_REACHED,
          ProblemType.NOT_OPEN,
          ProblemType.CLOSED,
          ProblemType.PAUSED,
          ProblemType.NOT_ELIGIBLE,
          ProblemType.PASS_REQUIRED,
          ProblemType.UNKNOWN_COUPON);

  private final Map<String, Counter> outcomes = new HashMap<>();
  private final Counter others;
  private final Timer duration;

  ClaimCounters(Function<String, Counter> create, Timer duration) {
    this.others = create.apply(OTHER);
    this.duration = duration;
    outcomes.put(ISSUED, create.apply(ISSUED));
    outcomes.put(ENTERED, create.apply(ENTERED));
    outcomes.put(WAITING, create.apply(WAITING));
    for (ProblemType type : PROBLEMS) {
      outcomes.put(type.slug(), create.apply(type.slug()));
    }
  }

  void removeFrom(MeterRegistry registry) {
    registry.remove(others);
    outcomes.values().forEach(registry::remove);
  }

  public void count(String outcome, long startNanos) {
    count(outcome);
    duration.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }

  /** One that was refused before it was a claim: there is no duration to speak of. */
  public void count(String outcome) {
    outcomes.getOrDefault(outcome, others).increment();
  }
}

package io.firstcome.coupon;

import io.firstcome.web.ProblemType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumSet;
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
final class ClaimCounters {

  static final String ISSUED = "issued";

  /** What only operators, and reservations, are answered with. */
  private static final Set<ProblemType> OF_OTHERS =
      EnumSet.of(
          ProblemType.NOT_IMPLEMENTED,
          ProblemType.NO_CLAIM,
          ProblemType.COUPON_EXISTS,
          ProblemType.QUANTITY_BELOW_ISSUED,
          ProblemType.NO_AUDIENCE,
          ProblemType.UNKNOWN_DEAD_LETTER,
          ProblemType.UNKNOWN_SALE,
          ProblemType.SALE_EXISTS,
          ProblemType.UNKNOWN_ITEM,
          ProblemType.ITEM_EXISTS,
          ProblemType.TOO_MANY_ITEMS,
          ProblemType.TOO_MANY_HOLDS,
          ProblemType.TOO_MANY_RESERVATIONS,
          ProblemType.INSUFFICIENT_STOCK,
          ProblemType.MIXED_STRATEGIES,
          ProblemType.IDEMPOTENCY_MISMATCH,
          ProblemType.UNKNOWN_RESERVATION,
          ProblemType.RESERVATION_EXPIRED,
          ProblemType.RESERVATION_CANCELLED,
          ProblemType.RESERVATION_CONFIRMED);

  private final Map<String, Counter> outcomes = new HashMap<>();
  private final Function<String, Counter> create;
  private final Timer duration;

  ClaimCounters(Function<String, Counter> create, Timer duration) {
    this.create = create;
    this.duration = duration;
    outcomes.put(ISSUED, create.apply(ISSUED));
    for (ProblemType type : EnumSet.complementOf(EnumSet.copyOf(OF_OTHERS))) {
      outcomes.put(type.slug(), create.apply(type.slug()));
    }
  }

  void count(String outcome, long startNanos) {
    count(outcome);
    duration.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }

  /** One that was refused before it was a claim: there is no duration to speak of. */
  void count(String outcome) {
    Counter counter = outcomes.get(outcome);
    (counter == null ? create.apply(outcome) : counter).increment();
  }
}

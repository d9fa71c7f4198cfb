package io.firstcome.lock;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** How long locks are waited for and held. No label names a lock: clients choose their names. */
final class LockMetrics {

  /** How a wait ended. */
  enum Outcome {
    ACQUIRED,
    REFUSED,
    FAILED
  }

  private final Map<Outcome, Timer> waits = new EnumMap<>(Outcome.class);
  private final Timer hold;
  private final Counter lost;

  LockMetrics(Supplier<Number> waiting, MeterRegistry registry) {
    for (Outcome outcome : Outcome.values()) {
      waits.put(
          outcome,
          Timer.builder("firstcome.lock.wait")
              .description("Time from the request for a lock until it was acquired or refused")
              .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
              .register(registry));
    }
    this.hold =
        Timer.builder("firstcome.lock.hold")
            .description("How long this replica held the locks of its own work")
            .register(registry);
    this.lost =
        Counter.builder("firstcome.lock.lost")
            .description("Locks that ended before their holder extended or released them")
            .register(registry);
    Gauge.builder("firstcome.lock.waiting", waiting)
        .description("Requests of this replica that wait for a lock")
        .register(registry);
  }

  Timer waits(Outcome outcome) {
    return waits.get(outcome);
  }

  Timer hold() {
    return hold;
  }

  void lost() {
    lost.increment();
  }
}

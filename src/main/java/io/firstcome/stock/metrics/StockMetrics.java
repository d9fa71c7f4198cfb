package io.firstcome.stock.metrics;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.stock.model.Change;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.Strategy;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Reservations by outcome, how long they took and were held, and why units were not granted. All
 * counters exist from the start: one that appears with its first events has no increase that
 * Prometheus could see.
 */
@Startup
@ApplicationScoped
public class StockMetrics {

  private static final String GRANTED = "granted";
  private static final String PARTIAL = "partial";

  /** The strategy of requests that were refused before their items were looked up. */
  private static final String NONE = "none";

  /** Whatever is not counted by name: so no outcome makes a time series of its own. */
  static final String OTHER = "other";

  /** The problems that are counted by name. */
  private static final Set<ProblemType> PROBLEMS =
      ProblemType.outcomes(
          ProblemType.UNKNOWN_SALE,
          ProblemType.UNKNOWN_ITEM,
          ProblemType.INSUFFICIENT_STOCK,
          ProblemType.NOT_OPEN,
          ProblemType.CLOSED,
          ProblemType.PAUSED,
          ProblemType.PASS_REQUIRED,
          ProblemType.TOO_MANY_HOLDS,
          ProblemType.TOO_MANY_RESERVATIONS,
          ProblemType.MIXED_STRATEGIES,
          ProblemType.IDEMPOTENCY_MISMATCH);

  private final Map<Strategy, Counters> byStrategy = new EnumMap<>(Strategy.class);
  private final Counters refused;
  private final Map<Strategy, Timer> durations = new EnumMap<>(Strategy.class);
  private final Map<Strategy, Map<Change, Counter>> changes = new EnumMap<>(Strategy.class);
  private final Map<Strategy, Map<Reservation.Status, Timer>> held = new EnumMap<>(Strategy.class);

  public StockMetrics(MeterRegistry registry) {
    refused = new Counters(registry, NONE);
    for (Strategy strategy : Strategy.values()) {
      byStrategy.put(strategy, new Counters(registry, label(strategy)));
      durations.put(
          strategy,
          Timer.builder("firstcome.reservation.duration")
              .description("Time from a validated reservation request to its response")
              .tag("strategy", label(strategy))
              .serviceLevelObjectives(
                  Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000)
                      .map(Duration::ofMillis)
                      .toArray(Duration[]::new))
              .register(registry));
      Map<Reservation.Status, Timer> ends = new EnumMap<>(Reservation.Status.class);
      for (Reservation.Status status :
          EnumSet.range(Reservation.Status.CONFIRMED, Reservation.Status.EXPIRED)) {
        ends.put(
            status,
            Timer.builder("firstcome.reservation.held")
                .description("Time units were held until confirmed, cancelled or expired")
                .tag("strategy", label(strategy))
                .tag("outcome", status.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(
                    Stream.of(1, 10, 60, 300, 600, 1_800, 3_600)
                        .map(Duration::ofSeconds)
                        .toArray(Duration[]::new))
                .register(registry));
      }
      held.put(strategy, ends);
      Map<Change, Counter> ofStrategy = new EnumMap<>(Change.class);
      for (Change change : Change.values()) {
        ofStrategy.put(
            change,
            Counter.builder("firstcome.reservation.changes")
                .description("Reservations extended, taken again after they expired, or undone")
                .tag("strategy", label(strategy))
                .tag("change", change.stored())
                .register(registry));
      }
      changes.put(strategy, ofStrategy);
    }
  }

  /** What was decided of a request, the first time or again. */
  public void reserved(Strategy strategy, Reservation reservation, long startNanos) {
    String outcome = GRANTED;
    List<ReservationLine> lines = reservation.lines();
    for (int i = 0; i < lines.size(); i++) {
      ReservationLine line = lines.get(i);
      if (line.reason() != null) {
        outcome = PARTIAL;
        byStrategy.get(strategy).reason(slug(line.reason()));
      }
    }
    if (reservation.status() == Reservation.Status.REFUSED) {
      outcome = ProblemType.INSUFFICIENT_STOCK.slug();
    }
    byStrategy.get(strategy).outcome(outcome);
    took(strategy, startNanos);
  }

  /** Nothing was decided. */
  public void failed(Strategy strategy, Problem problem, long startNanos) {
    byStrategy.get(strategy).refused(problem.type());
    took(strategy, startNanos);
  }

  /** A request to reserve was refused before it was known who would decide. */
  public void refused(ProblemType why) {
    refused.refused(why);
  }

  private void took(Strategy strategy, long startNanos) {
    durations.get(strategy).record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }

  /** A reservation of {@link Strategy#HOT} ended; told once, by whoever drains the ledger. */
  public void ended(ReservationRecord reservation) {
    ended(
        Strategy.HOT,
        reservation.status(),
        Duration.ofNanos(1_000 * (reservation.endedMicros() - reservation.createdMicros())));
  }

  /** A reservation ended, after it was held for so long. To be told once. */
  public void ended(Strategy strategy, Reservation.Status status, Duration time) {
    // One that was undone was held until it was confirmed.
    if (status != Reservation.Status.UNDONE) {
      held.get(strategy).get(status).record(time);
    }
  }

  /** A reservation was changed. To be told once. */
  public void changed(Strategy strategy, Change change) {
    changes.get(strategy).get(change).increment();
  }

  private static String label(Strategy strategy) {
    return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String slug(ReservationLine.Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Those of one strategy. */
  private static final class Counters {

    private final Map<String, Counter> outcomes = new HashMap<>();
    private final Map<String, Counter> reasons = new HashMap<>();
    private final Counter otherOutcomes;
    private final Counter otherReasons;

    Counters(MeterRegistry registry, String strategy) {
      Function<String, Counter> outcome =
          value ->
              Counter.builder("firstcome.reservations")
                  .description("Reservation requests, by outcome")
                  .tag("strategy", strategy)
                  .tag("outcome", value)
                  .register(registry);
      Function<String, Counter> reason =
          value ->
              Counter.builder("firstcome.stock.errors")
                  .description("Lines and requests not granted, by reason")
                  .tag("strategy", strategy)
                  .tag("reason", value)
                  .register(registry);
      PROBLEMS.forEach(type -> outcomes.put(type.slug(), outcome.apply(type.slug())));
      PROBLEMS.forEach(type -> reasons.put(type.slug(), reason.apply(type.slug())));
      otherOutcomes = outcome.apply(OTHER);
      otherReasons = reason.apply(OTHER);
      if (!strategy.equals(NONE)) {
        outcomes.put(GRANTED, outcome.apply(GRANTED));
        outcomes.put(PARTIAL, outcome.apply(PARTIAL));
        for (ReservationLine.Reason why : ReservationLine.Reason.values()) {
          reasons.put(slug(why), reason.apply(slug(why)));
        }
      }
    }

    void refused(ProblemType why) {
      outcome(why.slug());
      reason(why.slug());
    }

    void outcome(String value) {
      outcomes.getOrDefault(value, otherOutcomes).increment();
    }

    void reason(String value) {
      reasons.getOrDefault(value, otherReasons).increment();
    }
  }
}

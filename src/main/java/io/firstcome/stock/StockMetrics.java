package io.firstcome.stock;

import io.firstcome.web.Problem;
import io.firstcome.web.ProblemType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Reservations by outcome, how long they took and were held, and why units were not granted. */
@ApplicationScoped
class StockMetrics {

  private static final String GRANTED = "granted";

  private final MeterRegistry registry;
  private final ConcurrentMap<String, Counter> counters = new ConcurrentHashMap<>();
  private final Timer[] durations = new Timer[Strategy.values().length];

  /** What happens most is found without a look-up. */
  private final Counter[] granted = new Counter[Strategy.values().length];

  StockMetrics(MeterRegistry registry) {
    this.registry = registry;
    for (Strategy strategy : Strategy.values()) {
      granted[strategy.ordinal()] = counter("firstcome.reservations", strategy, "outcome", GRANTED);
      durations[strategy.ordinal()] =
          Timer.builder("firstcome.reservation.duration")
              .description("Time from a validated reservation request to its response")
              .tag("strategy", label(strategy))
              .serviceLevelObjectives(
                  Stream.of(1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000)
                      .map(Duration::ofMillis)
                      .toArray(Duration[]::new))
              .register(registry);
    }
  }

  /** What was decided of a request, the first time or again. */
  void reserved(Strategy strategy, Reservation reservation, long startNanos) {
    String outcome = GRANTED;
    List<Line> lines = reservation.lines();
    for (int i = 0; i < lines.size(); i++) {
      Line line = lines.get(i);
      if (line.reason() != null) {
        outcome = "partial";
        counter("firstcome.stock.errors", strategy, "reason", slug(line.reason())).increment();
      }
    }
    if (reservation.status() == Reservation.Status.REFUSED) {
      outcome = ProblemType.INSUFFICIENT_STOCK.slug();
    }
    counted(strategy, outcome, startNanos);
  }

  /** Nothing was decided. */
  void failed(Strategy strategy, Problem problem, long startNanos) {
    String slug = problem.type().slug();
    counter("firstcome.stock.errors", strategy, "reason", slug).increment();
    counted(strategy, slug, startNanos);
  }

  private void counted(Strategy strategy, String outcome, long startNanos) {
    Counter counter =
        outcome.equals(GRANTED)
            ? granted[strategy.ordinal()]
            : counter("firstcome.reservations", strategy, "outcome", outcome);
    counter.increment();
    durations[strategy.ordinal()].record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
  }

  /** A reservation of {@link Strategy#HOT} ended; told once, by whoever drains the ledger. */
  void ended(ReservationRecord reservation) {
    ended(
        Strategy.HOT,
        reservation.status(),
        Duration.ofNanos(1_000 * (reservation.endedMicros() - reservation.createdMicros())));
  }

  /** A reservation ended, after it was held for so long. To be told once. */
  void ended(Strategy strategy, Reservation.Status status, Duration held) {
    Timer.builder("firstcome.reservation.held")
        .description("Time units were held until confirmed, cancelled or expired")
        .tag("strategy", label(strategy))
        .tag("outcome", status.name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(
            Stream.of(1, 10, 60, 300, 600, 1_800, 3_600)
                .map(Duration::ofSeconds)
                .toArray(Duration[]::new))
        .register(registry)
        .record(held);
  }

  private Counter counter(String name, Strategy strategy, String tag, String value) {
    // Three words, none of which has a space.
    String key = name + ' ' + strategy + ' ' + value;
    Counter counter = counters.get(key);
    return counter != null
        ? counter
        : counters.computeIfAbsent(
            key,
            of ->
                Counter.builder(name)
                    .description(
                        tag.equals("outcome")
                            ? "Reservation requests, by outcome"
                            : "Lines and requests not granted, by reason")
                    .tag("strategy", label(strategy))
                    .tag(tag, value)
                    .register(registry));
  }

  private static String label(Strategy strategy) {
    return strategy.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String slug(Line.Reason reason) {
    return reason.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

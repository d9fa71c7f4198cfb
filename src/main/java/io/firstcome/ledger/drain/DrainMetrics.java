package io.firstcome.ledger.drain;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.Ledger;
import io.firstcome.ledger.LedgerLag;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.redis.Keys;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What is seen of the drain. The gauges of a ledger are exported by the replica that holds its
 * lease and no other, so that a sum over replicas is right.
 */
final class DrainMetrics {

  /** Why a pass came to nothing. */
  enum Failure {
    REDIS,
    MYSQL,
    /** Something unexpected, most likely of an applier. */
    INTERNAL,
    LEASE_LOST,
    UNKNOWN_KIND,
    TOO_MANY_DEAD_LETTERS;

    private final String slug = name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }

  /** The ledgers that share a label, and their gauges. */
  private record Labelled(Set<Ledger> ledgers, List<Gauge> gauges) {}

  private final MeterRegistry registry;
  private final CouponLabels labels;
  private final Set<AggregateType> types;
  private final Map<String, Labelled> held = new HashMap<>();
  private final DistributionSummary batchEntries;
  private final Timer duration;
  private final Counter drained;

  DrainMetrics(MeterRegistry registry, CouponLabels labels, Set<AggregateType> types) {
    this.registry = registry;
    this.labels = labels;
    this.types = types;
    this.batchEntries =
        DistributionSummary.builder("firstcome.drain.batch.entries")
            .description("Ledger entries applied per transaction")
            .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_000)
            .register(registry);
    this.duration =
        Timer.builder("firstcome.drain.duration")
            .description("Time to write a batch to MySQL and delete it from the ledger")
            .serviceLevelObjectives(
                Stream.of(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new))
            .register(registry);
    this.drained =
        Counter.builder("firstcome.drained.entries")
            .description(
                "Ledger entries written to MySQL or to the dead letters, and deleted from the ledger")
            .register(registry);
    for (Failure failure : Failure.values()) {
      failures(failure);
    }
    for (DeadLetter.Reason reason : DeadLetter.Reason.values()) {
      deadLettered(reason);
    }
  }

  void drained(int entries, List<DeadLetter> deadLetters, long nanos) {
    batchEntries.record(entries);
    duration.record(Duration.ofNanos(nanos));
    drained.increment(entries);
    deadLetters.forEach(letter -> deadLettered(letter.reason()).increment());
  }

  void failed(Failure failure) {
    failures(failure).increment();
  }

  /** Exports the gauges of a ledger. */
  synchronized void holds(Ledger ledger) {
    held.computeIfAbsent(labelsOf(ledger.tag).of(Keys.campaignOf(ledger.tag)), this::labelled)
        .ledgers()
        .add(ledger);
  }

  /** Stops exporting them. */
  synchronized void lost(Ledger ledger) {
    held.entrySet()
        .removeIf(
            entry -> {
              Labelled labelled = entry.getValue();
              if (!labelled.ledgers().remove(ledger) || !labelled.ledgers().isEmpty()) {
                return false;
              }
              labelled.gauges().forEach(registry::remove);
              return true;
            });
  }

  private CouponLabels labelsOf(String tag) {
    return types.stream()
        .filter(type -> type.owns(tag))
        .findFirst()
        .map(type -> labels.forType(type.name()))
        .orElse(labels);
  }

  private Labelled labelled(String label) {
    Set<Ledger> ledgers = ConcurrentHashMap.newKeySet();
    List<Gauge> gauges = new ArrayList<>();
    gauges.add(
        Gauge.builder("firstcome.ledger.entries", ledgers, of -> sum(of, LedgerLag::entries))
            .description("Ledger entries that are not yet in MySQL")
            .tag("ledger", label)
            .register(registry));
    gauges.add(
        Gauge.builder("firstcome.ledger.oldest", ledgers, DrainMetrics::oldestSeconds)
            .description("Age of the oldest ledger entry that is not yet in MySQL")
            .baseUnit("seconds")
            .tag("ledger", label)
            .register(registry));
    gauges.add(
        Gauge.builder("firstcome.dead.letters", ledgers, of -> sum(of, LedgerLag::deadLetters))
            .description(
                "Dead letters: ledger entries that MySQL rejected, waiting for an operator")
            .tag("ledger", label)
            .register(registry));
    return new Labelled(ledgers, gauges);
  }

  private static double sum(Set<Ledger> ledgers, ToDoubleFunction<LedgerLag> value) {
    return ledgers.stream().flatMap(l -> l.lag().stream()).mapToDouble(value).sum();
  }

  private static double oldestSeconds(Set<Ledger> ledgers) {
    return ledgers.stream()
        .flatMap(l -> l.lag().stream())
        .mapToDouble(lag -> lag.oldest().toNanos() / 1e9)
        .max()
        .orElse(0);
  }

  private Counter failures(Failure failure) {
    return Counter.builder("firstcome.drain.failures")
        .description("Drain passes that failed and are retried, by reason")
        .tag("reason", failure.slug)
        .register(registry);
  }

  private Counter deadLettered(DeadLetter.Reason reason) {
    return Counter.builder("firstcome.dead.lettered")
        .description("Decisions that MySQL rejected permanently, by reason")
        .tag("reason", reason.slug())
        .register(registry);
  }
}

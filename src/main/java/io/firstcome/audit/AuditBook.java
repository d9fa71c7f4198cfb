package io.firstcome.audit;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * When each ledger that this replica drains was audited last, and what was found. Others drain
 * other ledgers, so that the sum over the replicas is right.
 */
@Startup
@ApplicationScoped
class AuditBook {

  /**
   * What is known of a ledger; times as {@link System#nanoTime()} counts.
   *
   * @param triedAt when the last audit ended, or since when the ledger is drained here
   * @param comparedAt the same of the last audit that could compare Redis with MySQL
   */
  private record Page(long triedAt, long comparedAt, Map<String, Long> counts) {}

  private final ConcurrentMap<String, Page> pages = new ConcurrentHashMap<>();

  AuditBook(MeterRegistry registry) {
    for (FindingType kind : FindingType.values()) {
      Gauge.builder("firstcome.audit.findings", this, book -> book.findings(kind.slug()))
          .description("Findings of the last audits of the ledgers this replica drains")
          .tag("kind", kind.slug())
          .register(registry);
    }
    Gauge.builder("firstcome.audit.age", this, AuditBook::ageSeconds)
        .description(
            "Age in seconds of the oldest complete audit among the ledgers this replica drains")
        .baseUnit("seconds")
        .register(registry);
  }

  /** These are drained here now, all others are not. */
  void drains(Collection<String> tags) {
    long now = System.nanoTime();
    pages.keySet().retainAll(tags);
    tags.forEach(tag -> pages.putIfAbsent(tag, new Page(now, now, Map.of())));
  }

  /** Those that were not audited for so long, the longest first. */
  List<String> due(long nanos) {
    long now = System.nanoTime();
    return pages.entrySet().stream()
        .filter(page -> now - page.getValue().triedAt >= nanos)
        .sorted((a, b) -> Long.compare(now - b.getValue().triedAt, now - a.getValue().triedAt))
        .map(Map.Entry::getKey)
        .toList();
  }

  void audited(Report report) {
    long now = System.nanoTime();
    pages.computeIfPresent(
        report.ledger(),
        (tag, page) -> new Page(now, report.compared() ? now : page.comparedAt, report.counts()));
  }

  /** It could not be audited at all; what was found before stands. */
  void failed(String tag) {
    long now = System.nanoTime();
    pages.computeIfPresent(tag, (t, page) -> new Page(now, page.comparedAt, page.counts));
  }

  private double findings(String kind) {
    return pages.values().stream()
        .mapToDouble(page -> page.counts.getOrDefault(kind, 0L).doubleValue())
        .sum();
  }

  private double ageSeconds() {
    long now = System.nanoTime();
    return pages.values().stream()
        .mapToDouble(page -> (now - page.comparedAt) / 1e9)
        .max()
        .orElse(0);
  }
}

package io.firstcome.audit;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What an audit finds while it runs: all are counted, some are kept. Used by one thread. */
public final class Findings {

  /** Findings that are kept to be shown; of one kind no more than a share of them. */
  private static final int MOST = 100;

  private static final int MOST_OF_A_KIND = 25;

  private final Map<FindingType, Long> counts = new EnumMap<>(FindingType.class);
  private final Map<String, Finding> kept = new LinkedHashMap<>();
  private final long beganNanos = System.nanoTime();
  private long checked;
  private String note;

  /**
   * Something is wrong.
   *
   * @param where the user, item, reservation or numbers; null: the whole of it
   */
  public void add(FindingType kind, String where, String detail) {
    long before = count(kind);
    String key = kind + " " + where;
    // A HASH that grows while it is scanned may show a field twice.
    if (kept.containsKey(key)) {
      return;
    }
    counts.put(kind, before + 1);
    if (before < MOST_OF_A_KIND && kept.size() < MOST) {
      kept.put(key, Finding.of(kind, where, detail));
    }
  }

  /** Redis and MySQL do not have these alike. */
  public void addAll(FindingType kind, List<Difference> some) {
    some.forEach(one -> add(kind, one.where(), one.detail()));
  }

  /**
   * What was found in a part of it.
   *
   * @param part goes before where that is
   */
  public void addAll(String part, Findings others) {
    others.counts.forEach((kind, count) -> counts.merge(kind, count, Long::sum));
    others.kept.forEach(
        (key, one) -> {
          if (kept.size() < MOST) {
            kept.put(part + " " + key, one.in(part));
          }
        });
    checked += others.checked;
    if (others.note != null) {
      undetermined(part + ": " + others.note);
    }
  }

  /** So many claims or reservations were looked at. */
  public void checked(long more) {
    checked += more;
  }

  /** Redis and MySQL could not be compared, or not in all; the first reason is told. */
  public void undetermined(String why) {
    if (note == null) {
      note = why;
    }
  }

  public boolean compared() {
    return note == null;
  }

  public long count(FindingType kind) {
    return counts.getOrDefault(kind, 0L);
  }

  /** Whether there is one of these kinds. */
  public boolean hasAny(Collection<FindingType> kinds) {
    return kinds.stream().anyMatch(counts::containsKey);
  }

  public Report report(String ledger) {
    Map<String, Long> bySlug = new LinkedHashMap<>();
    counts.forEach((kind, count) -> bySlug.put(kind.slug(), count));
    return new Report(
        ledger,
        Instant.now(),
        Duration.ofNanos(System.nanoTime() - beganNanos).toMillis(),
        compared(),
        note,
        checked,
        bySlug,
        new ArrayList<>(kept.values()));
  }
}

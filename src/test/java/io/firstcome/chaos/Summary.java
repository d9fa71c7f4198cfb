package io.firstcome.chaos;

import io.firstcome.chaos.Fault.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a run comes to, for people and for programs. */
record Summary(
    Plan plan,
    long operations,
    long seconds,
    Map<Kind, Integer> faults,
    Map<Kind, Integer> skipped,
    Verdict verdict,
    Remains remains) {
  private static final int MOST_FINDINGS = 40;

  long faultsInAll() {
    return faults.values().stream().mapToLong(Integer::longValue).sum();
  }

  long killed() {
    return faults.entrySet().stream()
        .filter(fault -> fault.getKey().kills())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }

  /** For a terminal. */
  String table() {
    StringBuilder table = new StringBuilder("\n");
    line(table, "seed", plan.seed() + " (again: -Dchaos.seed=" + plan.seed() + ")");
    line(
        table,
        "level",
        plan.level()
            + (plan.persistent() ? ", Redis with a disk" : "")
            + (plan.believing() ? "" : ", believing nobody"));
    line(table, "operations", operations + " in " + seconds + " s");
    line(table, "faults", faultsInAll() + ", " + killed() + " of which killed a process");
    faults.forEach((kind, times) -> line(table, "  " + name(kind), times));
    skipped.forEach((kind, times) -> line(table, "  " + name(kind) + ", not possible", times));
    line(table, "acknowledged", verdict.acknowledged());
    line(table, "unknown, then told", verdict.unknown());
    line(table, "lost", verdict.lost());
    line(table, "forfeited", verdict.forfeited());
    line(table, "numbers of these given again", verdict.reissued());
    line(table, "duplicates", verdict.duplicates());
    line(table, "over-issued", verdict.overIssued());
    deadLetters().forEach((reason, times) -> line(table, "dead letters " + reason, times));
    line(table, "findings", verdict.findings().size());
    verdict.findings().stream()
        .limit(MOST_FINDINGS)
        .forEach(finding -> table.append("  ! ").append(finding).append('\n'));
    return table.toString();
  }

  void write(Path file) throws IOException {
    Files.writeString(
        file,
        """
        {
          "seed": %d,
          "level": "%s",
          "persistent": %b,
          "believing": %b,
          "seconds": %d,
          "operations": %d,
          "faults": {%s},
          "skipped": {%s},
          "killed": %d,
          "acknowledged": %d,
          "unknown": %d,
          "lost": %d,
          "forfeited": %d,
          "reissued": %d,
          "duplicates": %d,
          "overIssued": %d,
          "deadLetters": {%s},
          "findings": %d
        }
        """
            .formatted(
                plan.seed(),
                plan.level(),
                plan.persistent(),
                plan.believing(),
                seconds,
                operations,
                members(faults),
                members(skipped),
                killed(),
                verdict.acknowledged(),
                verdict.unknown(),
                verdict.lost(),
                verdict.forfeited(),
                verdict.reissued(),
                verdict.duplicates(),
                verdict.overIssued(),
                members(deadLetters()),
                verdict.findings().size()));
  }

  private Map<String, Integer> deadLetters() {
    Map<String, Integer> reasons = new TreeMap<>();
    remains
        .coupons()
        .values()
        .forEach(
            c -> c.deadLetters().forEach((reason, n) -> reasons.merge(reason, n, Integer::sum)));
    remains
        .sales()
        .values()
        .forEach(
            s -> s.deadLetters().forEach((reason, n) -> reasons.merge(reason, n, Integer::sum)));
    return reasons;
  }

  private static String members(Map<?, Integer> numbers) {
    return numbers.entrySet().stream()
        .map(number -> "\"%s\": %d".formatted(name(number.getKey()), number.getValue()))
        .collect(Collectors.joining(", "));
  }

  private static String name(Object kind) {
    return kind instanceof Kind fault
        ? fault.name().toLowerCase(Locale.ROOT).replace('_', '-')
        : "" + kind;
  }

  private static void line(StringBuilder table, String name, Object value) {
    table.append("%-36s %s%n".formatted(name, value));
  }
}

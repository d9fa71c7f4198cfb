package io.firstcome.chaos;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/** All that was asked and answered, and what the judge must know of what was done meanwhile. */
final class History {
  private final ConcurrentLinkedQueue<Operation> operations = new ConcurrentLinkedQueue<>();
  private final List<Loss> losses = new ArrayList<>();
  private final Map<String, TreeMap<Long, Long>> drained = new HashMap<>();
  private final Map<String, Map<String, String>> seen = new HashMap<>();

  void add(Operation operation) {
    operations.add(operation);
  }

  synchronized void add(Loss loss) {
    losses.add(loss);
  }

  /**
   * Nothing waited in this ledger at some time in between: all that was decided before is in MySQL,
   * unless it was lost until then.
   */
  synchronized void drained(String target, long from, long to) {
    drained.computeIfAbsent(target, t -> new TreeMap<>()).put(from, to);
  }

  /** These claims were in MySQL once. */
  synchronized void seen(String coupon, Map<String, String> rows) {
    seen.computeIfAbsent(coupon, c -> new HashMap<>()).putAll(rows);
  }

  /** In order of their answers. */
  List<Operation> operations() {
    return operations.stream().sorted(Comparator.comparingLong(Operation::answered)).toList();
  }

  boolean has(Predicate<Operation> answer) {
    return operations.stream().anyMatch(answer);
  }

  int size() {
    return operations.size();
  }

  synchronized List<Loss> losses() {
    return List.copyOf(losses);
  }

  synchronized Map<String, String> seen(String coupon) {
    return Map.copyOf(seen.getOrDefault(coupon, Map.of()));
  }

  /**
   * By what that which was acknowledged may be gone; none: it must be there.
   *
   * @param invoked when it was first asked for
   * @param answered when it was first told
   */
  synchronized List<Loss> excuses(Level level, String target, long invoked, long answered) {
    Map.Entry<Long, Long> inMySql =
        drained.getOrDefault(target, new TreeMap<>()).higherEntry(answered);
    return losses.stream()
        .filter(loss -> loss.forfeits().contains(level))
        .filter(
            loss -> invoked <= loss.to() && (inMySql == null || loss.from() <= inMySql.getValue()))
        .toList();
  }

  /** For whoever looks into a verdict. */
  synchronized void write(Path file, long began) throws IOException {
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (Loss loss : losses) {
        out.write(
            "# %s %d..%d ms forfeits %s%n"
                .formatted(
                    loss.kind(),
                    (loss.from() - began) / 1_000_000,
                    (loss.to() - began) / 1_000_000,
                    loss.forfeits()));
      }
      for (Operation o : operations()) {
        out.write(
            "%d\t%d\t%s\t%s\t%s\t%s\t%d\t%s\t%s%n"
                .formatted(
                    (o.invoked() - began) / 1_000,
                    (o.answered() - began) / 1_000,
                    o.kind(),
                    o.target(),
                    o.user(),
                    o.key(),
                    o.status(),
                    o.problem(),
                    o.told()));
      }
    }
  }
}

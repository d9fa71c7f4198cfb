package io.firstcome.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The medians of a comparison: as a table, Markdown, JSON and a plot. */
final class Report {
  private final Options options;
  private final Map<Variant, List<Turn>> turns;

  /** Of the other checkout; empty where there is none. */
  private final Map<Variant, List<Turn>> othersTurns;

  Report(Options options, Map<Variant, List<Turn>> turns, Map<Variant, List<Turn>> othersTurns) {
    this.options = options;
    this.turns = turns;
    this.othersTurns = othersTurns;
  }

  /** Writes {@code compare.md}, {@code compare.json} and {@code compare.svg}. */
  void write(Path folder) throws IOException {
    Files.writeString(folder.resolve("compare.md"), markdown());
    Files.writeString(folder.resolve("compare.json"), json());
    Files.writeString(folder.resolve("compare.svg"), new Plot(bars()).svg());
  }

  /** For people, in a terminal. */
  String table() {
    StringBuilder table = new StringBuilder();
    for (List<String> row : rows()) {
      table.append(String.format("%-24s", row.get(0)));
      for (String cell : row.subList(1, row.size() - 1)) {
        table.append(String.format(" %10s", cell));
      }
      table.append(System.lineSeparator());
    }
    return table.toString();
  }

  private String markdown() {
    StringBuilder text = new StringBuilder();
    List<List<String>> rows = rows();
    for (int i = 0; i < rows.size(); i++) {
      text.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
      if (i == 0) {
        text.append("|---".repeat(rows.get(0).size())).append("|\n");
      }
    }
    return text + "\n" + conditions() + "\n";
  }

  private String conditions() {
    return String.format(
        Locale.ROOT,
        "Medians of %d rounds of %d s, all variants in each round; %d connections; %s with %d event loop(s);"
            + " JDK %s (serial collector, heap 512 MB); %d cores shared by wrk, the process and its servers.",
        options.rounds,
        options.seconds,
        options.connections,
        options.hasBoth()
            ? "the packaged jar and the native executable"
            : options.executable != null
                ? "the native executable"
                : options.against == null
                    ? "the packaged jar"
                    : "the packaged jars of two checkouts",
        options.eventLoops,
        Runtime.version(),
        Runtime.getRuntime().availableProcessors());
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    List<String> head =
        new ArrayList<>(
            List.of(
                "variant",
                "requests/s",
                "ratio",
                "app µs",
                "Redis µs",
                "MySQL µs",
                "p50 ms",
                "p99 ms",
                "errors",
                "backlog"));
    if (!othersTurns.isEmpty()) {
      head.addAll(List.of("× rate", "× app", "× Redis"));
    }
    head.add("what");
    rows.add(head);
    turns.forEach(
        (variant, of) -> {
          rows.add(row(variant, of, variant.label, ratio(variant)));
          if (othersTurns.containsKey(variant)) {
            rows.add(
                row(variant, othersTurns.get(variant), variant.label + " (against)", Double.NaN));
          }
        });
    return rows;
  }

  private List<String> row(Variant variant, List<Turn> of, String label, double ratio) {
    List<String> row =
        new ArrayList<>(
            List.of(
                label,
                number(Turn.median(of, Turn::rps), 0),
                number(ratio, 3),
                number(Turn.median(of, Turn::appMicros), 2),
                number(Turn.median(of, Turn::redisMicros), 2),
                number(Turn.median(of, Turn::mySqlMicros), 2),
                number(Turn.median(of, Turn::p50Millis), 3),
                number(Turn.median(of, Turn::p99Millis), 3),
                String.valueOf(errors(of)),
                backlog(of)));
    if (!othersTurns.isEmpty()) {
      boolean isThis = of == turns.get(variant);
      for (ToDoubleFunction<Turn> value :
          List.<ToDoubleFunction<Turn>>of(Turn::rps, Turn::appMicros, Turn::redisMicros)) {
        row.add(number(isThis ? toOther(variant, value) : Double.NaN, 3));
      }
    }
    row.add(variant.meaning);
    return row;
  }

  /** Of this checkout by that of the other, round by round; NaN where there is no other. */
  private double toOther(Variant variant, ToDoubleFunction<Turn> value) {
    List<Turn> other = othersTurns.get(variant);
    return other == null ? Double.NaN : ratio(turns.get(variant), other, value);
  }

  private String json() {
    List<String> rows = new ArrayList<>();
    turns.forEach(
        (variant, of) ->
            rows.add(
                String.format(
                    Locale.ROOT,
                    "  {\"variant\": \"%s\", \"rps\": %.1f, \"ratio\": %s, \"appMicros\": %.3f,"
                        + " \"redisMicros\": %.3f, \"p50Millis\": %.3f, \"p99Millis\": %.3f,"
                        + " \"errors\": %d, \"rounds\": %d%s}",
                    variant.label,
                    Turn.median(of, Turn::rps),
                    orNull(ratio(variant)),
                    Turn.median(of, Turn::appMicros),
                    Turn.median(of, Turn::redisMicros),
                    Turn.median(of, Turn::p50Millis),
                    Turn.median(of, Turn::p99Millis),
                    errors(of),
                    of.size(),
                    othersTurns.containsKey(variant) ? toOtherJson(variant) : "")));
    return "[\n" + String.join(",\n", rows) + "\n]\n";
  }

  private String toOtherJson(Variant variant) {
    return String.format(
        Locale.ROOT,
        ", \"rateToOther\": %s, \"appToOther\": %s, \"redisToOther\": %s",
        orNull(toOther(variant, Turn::rps)),
        orNull(toOther(variant, Turn::appMicros)),
        orNull(toOther(variant, Turn::redisMicros)));
  }

  private static String orNull(double ratio) {
    return Double.isFinite(ratio) ? String.format(Locale.ROOT, "%.4f", ratio) : "null";
  }

  private List<Plot.Bar> bars() {
    return turns.entrySet().stream()
        .filter(entry -> entry.getKey().isComparable())
        .map(
            entry ->
                new Plot.Bar(
                    entry.getKey().label,
                    Turn.median(entry.getValue(), Turn::rps),
                    Turn.median(entry.getValue(), Turn::appMicros),
                    Turn.median(entry.getValue(), Turn::redisMicros)))
        .toList();
  }

  /** NaN where there is nothing to compare with. */
  private double ratio(Variant variant) {
    List<Turn> reference = turns.get(variant.reference());
    if (reference == null || !variant.isComparable()) {
      return Double.NaN;
    }
    return ratio(turns.get(variant), reference, Turn::rps);
  }

  private static double ratio(List<Turn> of, List<Turn> reference, ToDoubleFunction<Turn> value) {
    double[] ratios = new double[Math.min(of.size(), reference.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = value.applyAsDouble(of.get(i)) / value.applyAsDouble(reference.get(i));
    }
    return Turn.median(ratios);
  }

  private static long errors(List<Turn> turns) {
    return turns.stream().mapToLong(Turn::errors).sum();
  }

  private static String backlog(List<Turn> turns) {
    double backlog = Turn.median(turns, Turn::backlog);
    return backlog < 0 ? "-" : number(backlog, 0);
  }

  private static String number(double value, int digits) {
    return !Double.isFinite(value) ? "-" : String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}

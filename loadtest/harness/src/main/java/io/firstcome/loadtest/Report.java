package io.firstcome.loadtest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The medians of a comparison: as a table, Markdown, JSON and a plot. */
final class Report {
  private final Options options;
  private final Map<Variant, List<Turn>> turns;

  Report(Options options, Map<Variant, List<Turn>> turns) {
    this.options = options;
    this.turns = turns;
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
            : options.executable == null ? "the packaged jar" : "the native executable",
        options.eventLoops,
        Runtime.version(),
        Runtime.getRuntime().availableProcessors());
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
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
            "backlog",
            "what"));
    turns.forEach(
        (variant, of) ->
            rows.add(
                List.of(
                    variant.label,
                    number(Turn.median(of, Turn::rps), 0),
                    number(ratio(variant), 3),
                    number(Turn.median(of, Turn::appMicros), 2),
                    number(Turn.median(of, Turn::redisMicros), 2),
                    number(Turn.median(of, Turn::mySqlMicros), 2),
                    number(Turn.median(of, Turn::p50Millis), 3),
                    number(Turn.median(of, Turn::p99Millis), 3),
                    String.valueOf(errors(of)),
                    backlog(of),
                    variant.meaning)));
    return rows;
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
                        + " \"errors\": %d, \"rounds\": %d}",
                    variant.label,
                    Turn.median(of, Turn::rps),
                    Double.isNaN(ratio(variant))
                        ? "null"
                        : String.format(Locale.ROOT, "%.4f", ratio(variant)),
                    Turn.median(of, Turn::appMicros),
                    Turn.median(of, Turn::redisMicros),
                    Turn.median(of, Turn::p50Millis),
                    Turn.median(of, Turn::p99Millis),
                    errors(of),
                    of.size())));
    return "[\n" + String.join(",\n", rows) + "\n]\n";
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
    List<Turn> of = turns.get(variant);
    double[] ratios = new double[Math.min(of.size(), reference.size())];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = of.get(i).rps() / reference.get(i).rps();
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
    return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%,." + digits + "f", value);
  }
}

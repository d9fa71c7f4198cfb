package io.firstcome.watch;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Draws what Prometheus answered to the panels of the dashboard, as SVG: a picture of the run. */
public final class Picture {
  private static final int COLUMNS = 3;
  private static final int WIDTH = 400;
  private static final int HEIGHT = 250;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 34;
  private static final int BOTTOM = 58;
  private static final int HEADER = 58;
  private static final List<String> COLOURS =
      List.of("#1f6fb4", "#d9541e", "#2a9134", "#8a4fb0", "#c0392b", "#7a6a53", "#0f8b8d");

  private record Series(String name, List<double[]> points) {}

  private final Instant from;
  private final Instant to;
  private final StringBuilder charts = new StringBuilder();
  private int drawn;

  /** A picture of what happened from one instant to another. */
  public Picture(Instant from, Instant to) {
    this.from = from;
    this.to = to;
  }

  /**
   * Adds a chart.
   *
   * @param answers of Prometheus, one for each line of the panel
   */
  public void add(Watch.Panel panel, List<JsonNode> answers) {
    List<Series> all = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      for (JsonNode series : answers.get(i)) {
        all.add(series(panel.lines().get(i).legend(), series));
      }
    }
    int x = drawn % COLUMNS * WIDTH;
    int y = HEADER + drawn / COLUMNS * HEIGHT;
    drawn++;
    charts.append(format("<g transform=\"translate(%d,%d)\">%n", x, y));
    charts.append(text(LEFT, 20, "start", 15, "600", panel.title()));
    double top =
        nice(all.stream().flatMap(s -> s.points().stream()).mapToDouble(p -> p[1]).max().orElse(1));
    for (int tick = 0; tick <= 4; tick++) {
      double value = top * tick / 4;
      double at = plotY(value, top);
      charts.append(
          format(
              "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#dfe3e8\"/>%n",
              LEFT, WIDTH - RIGHT, at, at));
      charts.append(text(LEFT - 6, at + 4, "end", 11, "400", label(value, panel.unit())));
    }
    long seconds = to.getEpochSecond() - from.getEpochSecond();
    for (int tick = 0; tick <= 4; tick++) {
      String anchor = tick == 0 ? "start" : tick == 4 ? "end" : "middle";
      double at = LEFT + (WIDTH - LEFT - RIGHT) * tick / 4.0;
      charts.append(text(at, HEIGHT - BOTTOM + 15, anchor, 11, "400", seconds * tick / 4 + " s"));
    }
    double legendX = LEFT;
    double legendY = HEIGHT - BOTTOM + 32;
    for (int i = 0; i < all.size(); i++) {
      String colour = COLOURS.get(i % COLOURS.size());
      charts.append(
          format(
              "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"1.8\"/>%n",
              path(all.get(i), top), colour));
      double width = 24 + 6.2 * all.get(i).name().length();
      if (legendX + width > WIDTH - RIGHT && legendX > LEFT) {
        legendX = LEFT;
        legendY += 14;
      }
      charts.append(
          format(
              "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"3\" fill=\"%s\"/>%n",
              legendX, legendY - 5, colour));
      charts.append(text(legendX + 16, legendY, "start", 11, "400", all.get(i).name()));
      legendX += width;
    }
    charts.append("</g>\n");
  }

  /** The whole picture. */
  public String svg(String title, String caption) {
    int width = COLUMNS * WIDTH;
    int height = HEADER + (drawn + COLUMNS - 1) / COLUMNS * HEIGHT;
    return """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" \
        font-family="system-ui, 'Segoe UI', Helvetica, Arial, sans-serif">
        <rect width="%d" height="%d" fill="#ffffff"/>
        """
            .formatted(width, height, width, height, width, height)
        + text(16, 26, "start", 19, "700", title)
        + text(16, 46, "start", 12, "400", caption)
        + charts
        + "</svg>\n";
  }

  private Series series(String legend, JsonNode series) {
    Matcher label = Pattern.compile("\\{\\{(\\w+)}}").matcher(legend);
    String name =
        label.replaceAll(
            found ->
                Matcher.quoteReplacement(series.path("metric").path(found.group(1)).asText("-")));
    List<double[]> points = new ArrayList<>();
    for (JsonNode value : series.get("values")) {
      String number = value.get(1).asText();
      if (!number.matches("NaN|[+-]Inf")) {
        points.add(new double[] {value.get(0).asDouble(), Double.parseDouble(number)});
      }
    }
    return new Series(name, points);
  }

  /** Points more than a step apart are not joined: there was nothing to tell in between. */
  private String path(Series series, double top) {
    StringBuilder path = new StringBuilder();
    double last = Double.NEGATIVE_INFINITY;
    for (double[] point : series.points()) {
      double share =
          (point[0] - from.getEpochSecond()) / (to.getEpochSecond() - from.getEpochSecond());
      path.append(point[0] - last > 1.5 ? 'M' : 'L')
          .append(format("%.1f %.1f", LEFT + share * (WIDTH - LEFT - RIGHT), plotY(point[1], top)));
      last = point[0];
    }
    return path.toString();
  }

  private static double plotY(double value, double top) {
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;
  }

  /** The next of 1, 2, 4, 8 times a power of ten: its quarters are short to write. */
  private static double nice(double most) {
    if (most <= 0) {
      return 1;
    }
    double power = Math.pow(10, Math.floor(Math.log10(most)));
    for (double step : new double[] {1, 2, 4, 8}) {
      if (most <= step * power) {
        return step * power;
      }
    }
    return 10 * power;
  }

  /** A value as an axis shows it. */
  static String label(double value, String unit) {
    return switch (unit) {
      case "s" ->
          value == 0 ? "0" : value < 1 ? number(value * 1_000) + " ms" : number(value) + " s";
      case "percentunit" -> number(value * 100) + " %";
      case "bytes" -> number(value / 1_048_576) + " MiB";
      default -> number(value);
    };
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? format("%,.0f", value)
        : format("%.3g", value).replaceAll("(\\.\\d*?)0+$", "$1").replaceAll("\\.$", "");
  }

  private static String text(
      double x, double y, String anchor, int size, String weight, String text) {
    return format(
        "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" font-size=\"%d\" font-weight=\"%s\""
            + " fill=\"#24292f\">%s</text>%n",
        x, y, anchor, size, weight, text.replace("&", "&amp;").replace("<", "&lt;"));
  }

  /** Written the same on every machine. */
  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}

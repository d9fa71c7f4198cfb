package io.firstcome.loadtest;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Two bar charts side by side, as SVG: requests a second, and CPU a request. */
final class Plot {
  private static final int ROW = 26;
  private static final int LABELS = 190;
  private static final int CHART = 330;
  private static final int NUMBERS = 70;
  private static final int TOP = 40;
  private static final String APP = "#3b6fb6";
  private static final String REDIS = "#c8553d";

  /** One row of the comparison; CPU in microseconds a request. */
  record Bar(String label, double rps, double appMicros, double redisMicros) {}

  private final List<Bar> bars;

  Plot(List<Bar> bars) {
    this.bars = bars;
  }

  String svg() {
    int width = LABELS + 2 * (CHART + NUMBERS) + 20;
    int height = TOP + bars.size() * ROW + 16;
    double maxRps = max(Bar::rps);
    // What costs a hundred times as much would leave nothing to be seen of the rest.
    double maxMicros = Math.min(max(b -> b.appMicros() + b.redisMicros()), 100);
    int second = LABELS + CHART + NUMBERS;
    StringBuilder svg = new StringBuilder();
    svg.append(
        format(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                + " font-size=\"13\">%n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
            width, height));
    svg.append(text(LABELS, 20, "start", "requests/s"));
    svg.append(
        text(second, 20, "start", "CPU per request, µs: the process (blue) and Redis (red)"));
    for (int i = 0; i < bars.size(); i++) {
      Bar bar = bars.get(i);
      int y = TOP + i * ROW;
      svg.append(text(LABELS - 8, y + 14, "end", bar.label()));
      double length = bar.rps() / maxRps * CHART;
      svg.append(rectangle(LABELS, y, length, APP));
      svg.append(text(LABELS + length + 6, y + 14, "start", format("%,.0f", bar.rps())));
      double app = Math.min(bar.appMicros() / maxMicros, 1) * CHART;
      double redis = Math.min(bar.redisMicros() / maxMicros * CHART, CHART - app);
      svg.append(rectangle(second, y, app, APP));
      svg.append(rectangle(second + app, y, redis, REDIS));
      String micros = format("%.1f + %.1f", bar.appMicros(), bar.redisMicros());
      svg.append(text(second + app + redis + 6, y + 14, "start", micros));
    }
    return svg.append("</svg>\n").toString();
  }

  private double max(ToDoubleFunction<Bar> value) {
    return Math.max(1e-9, bars.stream().mapToDouble(value).max().orElse(1));
  }

  private static String rectangle(double x, double y, double width, String colour) {
    return format(
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"18\" fill=\"%s\"/>%n",
        x, y, width, colour);
  }

  private static String text(double x, double y, String anchor, String text) {
    return format("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}

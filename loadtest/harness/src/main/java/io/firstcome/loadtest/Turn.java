package io.firstcome.loadtest;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * One variant's turn in one round, per request where it is CPU.
 *
 * @param backlog claims that were issued and not yet in MySQL at its end; -1 where they do not go
 *     there
 */
record Turn(
    double rps,
    double appMicros,
    double redisMicros,
    double mySqlMicros,
    double p50Millis,
    double p99Millis,
    long errors,
    long backlog) {

  static double median(List<Turn> turns, ToDoubleFunction<Turn> value) {
    return median(turns.stream().mapToDouble(value).toArray());
  }

  static double median(double... values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }
}

package io.firstcome.stock.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.stock.model.Strategy;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

class StockMetricsTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final StockMetrics metrics = new StockMetrics(registry);

  /** Whoever adds a problem says whether reservations have it, or it is among the others. */
  @Test
  void anOutcomeThatReservationsDoNotHaveIsCountedAmongTheOthers() {
    int series = registry.getMeters().size();

    metrics.refused(ProblemType.COUPON_EXISTS);
    metrics.failed(Strategy.HOT, Problem.of(ProblemType.SOLD_OUT), System.nanoTime());

    assertThat(registry.getMeters()).hasSize(series);
    for (String strategy : new String[] {"none", "hot"}) {
      assertThat(counted("firstcome.reservations", "outcome", strategy)).isEqualTo(1);
      assertThat(counted("firstcome.stock.errors", "reason", strategy)).isEqualTo(1);
    }
  }

  private double counted(String name, String tag, String strategy) {
    return registry
        .get(name)
        .tag(tag, StockMetrics.OTHER)
        .tag("strategy", strategy)
        .counter()
        .count();
  }
}

package io.firstcome.coupon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.problem.ProblemType;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ClaimCountersTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ClaimCounters counters =
      new ClaimCounters(
          outcome -> Counter.builder("claims").tag("outcome", outcome).register(registry),
          registry.timer("duration"));

  /** Whoever adds a problem says whether claims have it, or it is counted among the others. */
  @Test
  void anOutcomeThatClaimsDoNotHaveIsCountedAmongTheOthers() {
    int series = registry.getMeters().size();

    counters.count(ProblemType.COUPON_EXISTS.slug());
    counters.count("made-up");

    assertThat(registry.getMeters()).hasSize(series);
    assertThat(counted(ClaimCounters.OTHER)).isEqualTo(2);
  }

  /** What the alerts look for. */
  @Test
  void everyErrorOfTheServiceIsCountedByItsName() {
    assertThat(Arrays.stream(ProblemType.values()))
        .filteredOn(type -> type.status() >= 500 && type != ProblemType.NOT_IMPLEMENTED)
        .isNotEmpty()
        .allSatisfy(
            type -> {
              counters.count(type.slug());
              assertThat(counted(type.slug())).isEqualTo(1);
            });
  }

  private double counted(String outcome) {
    return registry.get("claims").tag("outcome", outcome).counter().count();
  }
}

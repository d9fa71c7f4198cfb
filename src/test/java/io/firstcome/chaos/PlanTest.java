package io.firstcome.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PlanTest {
  @Test
  void aSeedIsAlwaysTheSamePlan() {
    assertThat(Plan.of(7, 2, null))
        .isEqualTo(Plan.of(7, 2, null))
        .isNotEqualTo(Plan.of(8, 2, null));
  }

  @Test
  void aRoundIsAHundredFaultsOfWhichThirtyAtMostKill() {
    Plan plan = Plan.of(7, 1, null);
    assertThat(plan.size()).isGreaterThanOrEqualTo(100);
    assertThat(plan.killed()).isBetween(10L, 30L);
  }

  @Test
  void seedsMeetEveryLevelWithAndWithoutADisk() {
    assertThat(
            LongStream.range(0, 100)
                .mapToObj(seed -> Plan.of(seed, 1, null))
                .map(plan -> plan.level() + " " + plan.persistent())
                .collect(Collectors.toSet()))
        .hasSize(2 * Level.values().length);
  }

  @Test
  void aLevelThatIsAskedForChangesNothingElse() {
    for (Level level : Arrays.asList(Level.values())) {
      assertThat(Plan.of(7, 1, level).faults()).isEqualTo(Plan.of(7, 1, null).faults());
    }
  }
}

package io.firstcome.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Everything goes wrong at once, as a seed says. {@code -Dchaos.seed}, {@code -Dchaos.level} and
 * {@code -Dchaos.minutes} say otherwise.
 */
@Tag("chaos")
class ChaosIT {
  static final Path FOLDER =
      Path.of(System.getProperty("firstcome.test.output", "target"), "chaos");

  @Test
  void everyPromiseIsKeptWhateverGoesWrong() throws Exception {
    long seed = Long.getLong("chaos.seed", System.currentTimeMillis() % 1_000_000);
    String level = System.getProperty("chaos.level", "");
    int rounds = Math.max(1, Integer.getInteger("chaos.minutes", 2) / 2);
    Plan plan = Plan.of(seed, rounds, level.isEmpty() ? null : Level.valueOf(level));
    System.out.printf("Chaos with -Dchaos.seed=%d, level %s%n", seed, plan.level());
    Summary summary =
        new ChaosRun(plan, FOLDER.resolve("run"), jar(), 2, ChaosRun.SETTLE_TIMEOUT).run();

    System.out.println(summary.table());
    summary.write(Files.createDirectories(FOLDER).resolve("summary.json"));
    assertThat(summary.verdict().findings()).as("seed %d", seed).isEmpty();
    assertThat(summary.operations()).isGreaterThanOrEqualTo(ChaosRun.LEAST_OPERATIONS);
    assertThat(summary.faultsInAll()).isGreaterThanOrEqualTo(100);
    assertThat(summary.killed()).isLessThanOrEqualTo(30L * rounds);
  }

  static Path jar() {
    return Path.of(System.getProperty("firstcome.package", "target/quarkus-app/quarkus-run.jar"));
  }
}

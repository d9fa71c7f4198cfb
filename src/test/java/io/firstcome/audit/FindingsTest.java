package io.firstcome.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** However much is wrong, a report stays readable. */
class FindingsTest {

  @Test
  void allAreCountedAndSomeOfEachKindAreKept() {
    Findings found = new Findings();
    for (int i = 0; i < 1_000; i++) {
      found.add(FindingType.MISSING_IN_MYSQL, "user-" + i, "…");
    }
    found.add(FindingType.GAP, "7", "…");
    Report report = found.report("a-coupon");
    assertThat(report.counts()).isEqualTo(Map.of("missing-in-mysql", 1_000L, "gap", 1L));
    assertThat(report.findings()).hasSize(26);
    assertThat(report.findings().get(25).where()).isEqualTo("7");
  }

  @Test
  void theSameTwiceIsOne() {
    Findings found = new Findings();
    found.add(FindingType.GAP, "7", "…");
    found.add(FindingType.GAP, "7", "…");
    assertThat(found.count(FindingType.GAP)).isEqualTo(1);
  }
}

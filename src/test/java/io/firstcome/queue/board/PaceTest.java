package io.firstcome.queue.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PaceTest {

  private final Pace pace = new Pace();

  private void read(long second, long head) {
    pace.add(TimeUnit.SECONDS.toNanos(second), head);
  }

  @Test
  void isNotKnownFromOneReadingOrFromTwoThatAreNear() {
    assertThat(pace.perSecond()).isNegative();
    read(1, 1);
    read(2, 50);
    assertThat(pace.perSecond()).isNegative();
  }

  @Test
  void isThatOfTheLastHalfMinute() {
    for (int second = 0; second <= 100; second++) {
      // Faster at the end.
      read(second, second < 90 ? second * 10L : 900 + (second - 90) * 30L);
    }
    // From second 71 to second 100.
    assertThat(pace.perSecond()).isCloseTo(490 / 29.0, within(0.01));
  }

  @Test
  void isNothingWhereNobodyIsLetIn() {
    read(0, 7);
    read(10, 7);
    assertThat(pace.perSecond()).isZero();
  }

  @Test
  void isNeverNegative() {
    read(0, 70);
    read(10, 7);
    assertThat(pace.perSecond()).isZero();
  }
}

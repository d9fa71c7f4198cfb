package io.firstcome.durability;

import static io.firstcome.durability.Acknowledge.DATABASE;
import static io.firstcome.durability.Acknowledge.REPLICA;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class WatermarkTest {

  private final Watermark mark = new Watermark();

  @Test
  void nothingIsSecuredBeforeAnythingIsKnown() {
    assertThat(covered(1)).isEmpty();
  }

  @Test
  void newsThatFollowsWidensTheRange() {
    mark.add(DATABASE, 1, 3, 4);
    mark.add(DATABASE, 1, 5, 6);
    assertThat(covered(1)).containsExactly(3L, 4L, 5L, 6L);

    mark.add(DATABASE, 1, 1, 3);
    assertThat(covered(1)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void whatWasSkippedIsNotTakenForSecured() {
    mark.add(DATABASE, 1, 1, 3);
    mark.add(DATABASE, 1, 5, 6);

    assertThat(covered(1)).containsExactly(5L, 6L);
  }

  @Test
  void newsOfLowerNumbersThatComesLateTakesNothingAway() {
    mark.add(DATABASE, 1, 7, 8);
    mark.add(DATABASE, 1, 1, 2);

    assertThat(covered(1)).containsExactly(7L, 8L);
  }

  @Test
  void anotherEpochBeginsAnewAndNewsOfAnOlderOneSaysNothing() {
    mark.add(DATABASE, 1, 1, 9);
    mark.add(DATABASE, 2, 5, 6);
    mark.add(DATABASE, 1, 7, 9);

    assertThat(covered(1)).isEmpty();
    assertThat(covered(2)).containsExactly(5L, 6L);
  }

  @Test
  void whatReplicasHaveIsNotSecuredInMySql() {
    mark.add(REPLICA, 1, 1, 9);
    assertThat(covered(1)).isEmpty();
    assertThat(mark.covers(REPLICA, 1, 9)).isTrue();

    mark.forget(DATABASE);
    assertThat(mark.covers(REPLICA, 1, 9)).isTrue();
    mark.forget(REPLICA);
    assertThat(mark.covers(REPLICA, 1, 9)).isFalse();
  }

  private List<Long> covered(long epoch) {
    return LongStream.range(0, 12).filter(n -> mark.covers(DATABASE, epoch, n)).boxed().toList();
  }
}

package io.firstcome.coupon.hot;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.model.Claim;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WinnersTest {

  private static final int MANY = 100_000;

  @Test
  void exactWinnersKeepTheirClaims() {
    Winners winners = Winners.exact(2);
    winners.add("c", "alice", "1:1000000");
    winners.add("c", "bob", "2:2000000");
    winners.add("c", "bob", "2:2000000");

    assertThat(winners.size()).isEqualTo(2);
    assertThat(winners.claimOf("bob")).isEqualTo(Claim.ofHolding("c", "bob", "2:2000000"));
    assertThat(winners.mayHold("bob")).isTrue();
    assertThat(winners.mayHold("Bob")).isFalse();
    assertThat(winners.claimOf("carol")).isNull();
  }

  @Test
  void theFilterMissesNoWinner() {
    Winners winners = filtered();

    assertThat(IntStream.range(0, MANY)).allMatch(i -> winners.mayHold("user-" + i));
    assertThat(winners.claimOf("user-1")).isNull();
  }

  @Test
  void theFilterTakesFewOthersForWinners() {
    Winners winners = filtered();

    long taken = IntStream.range(MANY, 2 * MANY).filter(i -> winners.mayHold("user-" + i)).count();

    // One in 1,740 is what 16 bits and 8 probes promise; with half of that to spare.
    assertThat(taken).isBetween(1L, MANY / 1_000L);
  }

  @Test
  void anEmptySetHoldsNobody() {
    assertThat(Winners.NOBODY.mayHold("alice")).isFalse();
    assertThat(Winners.NOBODY.size()).isZero();
  }

  private static Winners filtered() {
    Winners winners = Winners.filtered(MANY);
    IntStream.range(0, MANY).forEach(i -> winners.add("c", "user-" + i, "1:1"));
    return winners;
  }
}

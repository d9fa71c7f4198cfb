package io.firstcome.coupon.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.coupon.model.OnLoss;
import org.junit.jupiter.api.Test;

class SequenceWindowTest {

  @Test
  void aLossIsLoggedAsItIsAtTheLevelOfTheCoupon() {
    assertThat(SequenceWindow.consequence(null, 4, 7))
        .isEqualTo(
            "sequence numbers 4 to 7 are skipped. None was acknowledged, and no unit is withheld");
    assertThat(SequenceWindow.consequence(OnLoss.WITHHOLD, 4, 7))
        .startsWith("sequence numbers 4 to 7 may have been acknowledged")
        .contains("withheld");
    assertThat(SequenceWindow.consequence(OnLoss.REISSUE, 4, 7))
        .startsWith("sequence numbers 4 to 7 may have been acknowledged")
        .contains("issued again");
  }
}

package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimHoldingTest {

  @Test
  void isWrittenAsEveryReleaseReadsIt() {
    assertThat(new ClaimHolding(17, 1_790_000_000_000_001L).text())
        .isEqualTo("17:1790000000000001");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1:0",
        "17:1790000000000001",
        "999999999999999999:1",
        "1;17:1790000000000001;units=2;state=redeemed",
        "1;17:1790000000000001;code=AB:12"
      })
  void isWrittenAsItWasRead(String text) {
    assertThat(ClaimHolding.of(text).text()).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "7:1700",
        "1;7:1700;2=8;3=9",
        "1;7:1700;2=9:1800;3=12:1900;4=13",
        "1;7:1700;s1=redeemed,1800,order-1",
        "1;7:1700;2=8;3=9;s1=returned,1900;s3=unredeemed,1800,a,b",
      })
  void itsUnitsAreWrittenAsTheyWereRead(String text) {
    assertThat(ClaimHolding.of(ClaimHolding.of(text).units()).text()).isEqualTo(text);
  }

  @Test
  void aUnitHasTheTimeOfTheOneBeforeUnlessItHasItsOwn() {
    assertThat(ClaimHolding.of("1;7:1700;2=8;3=12:1900;4=13").units())
        .containsExactly(
            new ClaimHolding.Unit(7, 1700),
            new ClaimHolding.Unit(8, 1700),
            new ClaimHolding.Unit(12, 1900),
            new ClaimHolding.Unit(13, 1900));
  }

  @Test
  void membersOfALaterReleaseDoNotHideTheClaim() {
    ClaimHolding holding = ClaimHolding.of("1;17:5;units=2;state=redeemed");

    assertThat(holding.sequence()).isEqualTo(17);
    assertThat(holding.issuedAtMicros()).isEqualTo(5);
    assertThat(holding.member("units")).isEqualTo("2");
    assertThat(holding.member("state")).isEqualTo("redeemed");
    assertThat(holding.member("code")).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "17",
        ":",
        "17:",
        ":5",
        "+17:5",
        "17:-5",
        "17:5 ",
        "x:5",
        "17:5:6",
        "17:5;units=2",
        "1;17:5",
        "2;17:5;units=2",
        "1;17;units=2",
        "1234567890123456789:5"
      })
  void anythingElseIsNotAClaim(String text) {
    assertThat(ClaimHolding.find(text)).isNull();
    assertThatThrownBy(() -> ClaimHolding.of(text)).isInstanceOf(IllegalArgumentException.class);
  }
}

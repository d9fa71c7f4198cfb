package io.firstcome.watch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a reader of the picture takes from its axes. */
class PictureTest {

  /** 0.3 is not quite 3 tenths in binary: 300 ms were shown as 3 ms. */
  @ParameterizedTest
  @CsvSource({"0.3, s, 300 ms", "0.0125, s, 12.5 ms", "1.5, s, 1.5 s", "0.5, percentunit, 50 %"})
  void anAxisShowsTheValueItStandsFor(double value, String unit, String label) {
    assertThat(Picture.label(value + Math.ulp(value), unit)).isEqualTo(label);
  }
}

package io.firstcome.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is set, as the script takes it. */
class LimitTest {

  @Test
  void noRateIsNoLimit() {
    assertThat(Limit.of("user", 0, 5)).isNull();
  }

  @Test
  void aRateIsTheTimeThatATokenTakes() {
    assertThat(Stream.of(Limit.of("user", 0.5, 7).call("a}b")))
        .map(bytes -> new String(bytes, StandardCharsets.US_ASCII))
        .containsExactly("fc:{rl:user:a}b}:bucket", "2000000", "7");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.000_001, -1, Double.NaN})
  void aRateThatIsNoneEndsTheStart(double rate) {
    assertThatThrownBy(() -> Limit.of("user", rate, 5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("firstcome.limit.user.rate");
  }
}

package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlotMapTest {

  /** As {@code CLUSTER KEYSLOT} tells them, and the specification. */
  @ParameterizedTest
  @CsvSource({
    "123456789, 12739",
    "foo, 12182",
    "{foo}:state, 12182",
    "fc:{foo}:ledger, 12182",
    "{}foo, 9500",
    "foo{}{bar}, 8363",
    "foo{{bar}}zap, 4015",
    "foo{bar}{zap}, 5061",
  })
  void aSlotIsThatOfTheFirstPairOfBraces(String key, int slot) {
    assertThat(SlotMap.slotOf(key.getBytes(StandardCharsets.UTF_8))).isEqualTo(slot);
  }

  @Test
  void anotherNodeIsReachedByTheSameSchemeAndUser() {
    assertThat(SlotMap.beside("rediss://u:p@a:1?client=x", "10.0.0.2", 7))
        .isEqualTo("rediss://u:p@10.0.0.2:7?client=x");
    assertThat(SlotMap.beside("redis://a:1", "", 7)).as("the same host").isEqualTo("redis://a:7");
    assertThat(SlotMap.beside("redis://a:1", "::1", 7)).isEqualTo("redis://[::1]:7");
  }
}

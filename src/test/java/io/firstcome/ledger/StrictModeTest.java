package io.firstcome.ledger;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictModeTest {

  @ParameterizedTest
  @ValueSource(strings = {"ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"})
  void aStrictServerIsAccepted(String mode) {
    assertThatCode(() -> StrictMode.require(mode)).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "NO_ENGINE_SUBSTITUTION", "NOT_STRICT_TRANS_TABLES"})
  void anyOtherIsRefusedAndToldWhatToSet(String mode) {
    assertThatThrownBy(() -> StrictMode.require(mode))
        .hasMessageContaining("add STRICT_TRANS_TABLES");
  }
}

package io.firstcome.http.input;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdRulesTest {

  /** The loop and the pattern say the same, character by character and at the limits of length. */
  @Test
  void theMethodAndThePatternAgree() {
    for (char c = 0; c < 0x200; c++) {
      for (String id : new String[] {"" + c, "a" + c, c + "a", "a" + c + "a"}) {
        assertThat(UserId.isValid(id)).as("%x", (int) c).isEqualTo(id.matches(UserId.PATTERN));
        assertThat(Ids.isResourceId(id)).as("%x", (int) c).isEqualTo(id.matches(Ids.COUPON));
      }
    }
    for (int length : new int[] {0, 1, 64, 65, 128, 129, 10_000}) {
      String id = "a".repeat(length);
      assertThat(UserId.isValid(id)).isEqualTo(length >= 1 && length <= 128);
      assertThat(id.matches(UserId.PATTERN)).isEqualTo(length >= 1 && length <= 128);
      assertThat(Ids.isKey(id)).isEqualTo(length >= 1 && length <= 64);
      assertThat(Ids.isResourceId(id)).isEqualTo(length >= 1 && length <= 64);
      assertThat(id.matches(Ids.COUPON)).isEqualTo(length >= 1 && length <= 64);
    }
    assertThat(UserId.isValid(null)).isFalse();
    assertThat(Ids.isResourceId(null)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice", "Alice", "a@b.c", "!", "~", "{x}", "'; DROP TABLE claim; --x"})
  void everyVisibleCharacterButNoSpace(String id) {
    assertThat(UserId.isValid(id)).isEqualTo(id.indexOf(' ') < 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a\nb", "a\u0000", "ä", "a\u007f", " a", "\uD83D\uDE00"})
  void nothingElse(String id) {
    assertThat(UserId.isValid(id)).isFalse();
    assertThat(Ids.isResourceId(id)).isFalse();
  }

  /** No client can read the one, and the other stands for somebody who was erased. */
  @ParameterizedTest
  @ValueSource(strings = {".", "..", "erased-", "erased-a"})
  void noUserIsCalledSo(String id) {
    assertThat(UserId.isValid(id)).isFalse();
    assertThat(id.matches(UserId.PATTERN)).isFalse();
    assertThat(UserId.isReadable(id)).isEqualTo(!id.startsWith("."));
  }

  @ParameterizedTest
  @ValueSource(strings = {"...", ".a", "a.", "erased", "Erased-a", "un-erased-"})
  void whatLooksLikeItIsAUser(String id) {
    assertThat(UserId.isValid(id)).isTrue();
    assertThat(id.matches(UserId.PATTERN)).isTrue();
  }
}

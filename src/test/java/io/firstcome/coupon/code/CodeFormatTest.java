package io.firstcome.coupon.code;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a generated code is written and read. */
class CodeFormatTest {

  private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  private final Random random = new Random(16);

  @ParameterizedTest
  @CsvSource({
    "'', 12,"
        + " '[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]'",
    "SAVE, 15, 'SAVE(-[0-9A-HJKMNP-TV-Z]{4}){4}'",
    "A, 16, 'A(-[0-9A-HJKMNP-TV-Z]{4}){4}-[0-9A-HJKMNP-TV-Z]'"
  })
  void aCodeIsWrittenInGroupsOfFourBehindItsPrefix(String prefix, int symbols, String pattern) {
    assertThat(code(new CodeFormat(prefix, symbols))).matches(pattern);
  }

  @Test
  void theBitsAreWrittenFromTheFirstOn() {
    byte[] bits = new byte[32];
    bits[0] = (byte) 0b00001_000;
    bits[1] = (byte) 0b10_11111_0;

    assertThat(new CodeFormat("", 12).code(bits)).startsWith("12Z0-0000-0000-");
  }

  @Test
  void aCodeIsReadAsItWasMeant() {
    assertThat(CodeFormat.read("o1i-lL 0oO-x")).isEqualTo("0111100" + "0X");
  }

  /** Whoever guesses has to guess the check symbol too, and whoever mistypes is told. */
  @Test
  void noSymbolIsMistypedAndNoTwoAreExchangedUnnoticed() {
    for (String prefix : new String[] {"", "SAVE26"}) {
      for (int symbols : new int[] {12, 16, 24}) {
        CodeFormat format = new CodeFormat(prefix, symbols);
        String read = CodeFormat.read(code(format));
        assertThat(format.fits(read)).isTrue();
        for (int i = 0; i < read.length(); i++) {
          for (char other : ALPHABET.toCharArray()) {
            if (other != read.charAt(i)) {
              assertThat(format.fits(read.substring(0, i) + other + read.substring(i + 1)))
                  .as("%s with %s at %d", read, other, i)
                  .isFalse();
            }
          }
          for (int j = i + 1; j < read.length(); j++) {
            StringBuilder exchanged = new StringBuilder(read);
            exchanged.setCharAt(i, read.charAt(j));
            exchanged.setCharAt(j, read.charAt(i));
            if (read.charAt(i) != read.charAt(j)) {
              assertThat(format.fits(exchanged.toString()))
                  .as("%s with %d and %d exchanged", read, i, j)
                  .isFalse();
            }
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"''", "0", "000000000000", "00000000000000", "U000000000000", "\u00c4000000000000"})
  void whatIsNoCodeDoesNotFit(String text) {
    assertThat(new CodeFormat("", 12).fits(text)).isFalse();
    assertThat(new CodeFormat("", 12).fits("0000000000000")).isTrue();
  }

  private String code(CodeFormat format) {
    byte[] bits = new byte[32];
    random.nextBytes(bits);
    return format.code(bits);
  }
}

package io.firstcome.coupon.code;

import java.util.Arrays;
import java.util.Locale;

/**
 * Writes and reads generated codes: a prefix, random symbols and a check symbol, in groups of four
 * behind the prefix, in the alphabet of Crockford's Base32.
 *
 * <p>The check symbol is the parity of a Reed-Solomon code over GF(32): a symbol that is mistyped,
 * and two that are exchanged, wherever they stand, never fit. Crockford's own check symbol is one
 * of 37, five of which are no letters or digits, or the U that the alphabet avoids.
 *
 * @param prefix symbols of the alphabet, may be empty
 * @param symbols how many of 5 random bits each
 * @see <a href="https://www.crockford.com/base32.html">Base32</a>
 */
record CodeFormat(String prefix, int symbols) {

  private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  private static final int BITS = 5;
  private static final int MASK = (1 << BITS) - 1;
  private static final int GROUP = 4;

  /** x^5 + x^2 + 1, of which x is a generator: its powers differ up to the 31st. */
  private static final int POLYNOMIAL = 0b100101;

  /** The longest text that is read as a code: no code is as long, with all its hyphens. */
  static final int MAX_LENGTH = 80;

  private static final byte[] VALUES = new byte[128];

  static {
    Arrays.fill(VALUES, (byte) -1);
    for (int i = 0; i < ALPHABET.length(); i++) {
      VALUES[ALPHABET.charAt(i)] = (byte) i;
    }
  }

  /** The code of these random bytes, of which it takes the first bits. */
  String code(byte[] random) {
    StringBuilder plain = new StringBuilder(prefix);
    int bits = 0;
    int left = 0;
    int next = 0;
    for (int i = 0; i < symbols; i++) {
      if (left < BITS) {
        bits = bits << Byte.SIZE | random[next++] & 0xff;
        left += Byte.SIZE;
      }
      left -= BITS;
      plain.append(ALPHABET.charAt(bits >>> left & MASK));
      bits &= (1 << left) - 1;
    }
    plain.append(check(plain));
    return grouped(plain);
  }

  private String grouped(StringBuilder plain) {
    StringBuilder grouped = new StringBuilder(plain.length() + plain.length() / GROUP + 1);
    grouped.append(prefix);
    for (int i = prefix.length(); i < plain.length(); i += GROUP) {
      if (!grouped.isEmpty()) {
        grouped.append('-');
      }
      grouped.append(plain, i, Math.min(plain.length(), i + GROUP));
    }
    return grouped.toString();
  }

  /**
   * What a person may have meant: capitals, without hyphens and blanks, O as 0, I and L as 1. Codes
   * are compared in this form.
   */
  static String read(String text) {
    return text.replace("-", "")
        .replace(" ", "")
        .toUpperCase(Locale.ROOT)
        .replace('O', '0')
        .replace('I', '1')
        .replace('L', '1');
  }

  /** Whether it can be a code of this format: it has its length, and its check symbol fits. */
  boolean fits(String read) {
    int data = prefix.length() + symbols;
    if (read.length() != data + 1) {
      return false;
    }
    for (int i = 0; i <= data; i++) {
      if (read.charAt(i) >= VALUES.length || VALUES[read.charAt(i)] < 0) {
        return false;
      }
    }
    return read.charAt(data) == check(read.subSequence(0, data));
  }

  /** By Horner's rule, the sum of the symbols, each times another power of x. */
  private static char check(CharSequence data) {
    int sum = 0;
    for (int i = 0; i < data.length(); i++) {
      sum = timesX(sum ^ VALUES[data.charAt(i)]);
    }
    return ALPHABET.charAt(sum);
  }

  private static int timesX(int symbol) {
    int twice = symbol << 1;
    return (twice & 1 << BITS) == 0 ? twice : twice ^ POLYNOMIAL;
  }
}

package io.firstcome.stock;

import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * Ids of reservations: nobody can guess one, and each says where it is kept: a letter (h: Redis
 * decided, d: MySQL) and 120 random bits as 30 hexadecimal digits.
 */
final class ReservationIds {

  private static final int RANDOM_BYTES = 15;
  private static final int LENGTH = 1 + 2 * RANDOM_BYTES;
  private static final char HOT = 'h';
  private static final char DATABASE = 'd';
  private static final SecureRandom RANDOM = new SecureRandom();

  private ReservationIds() {}

  static String next(Strategy strategy) {
    byte[] random = new byte[RANDOM_BYTES];
    RANDOM.nextBytes(random);
    return (strategy.isHot() ? HOT : DATABASE) + HexFormat.of().formatHex(random);
  }

  /** Whether it could be one. What cannot is answered as what is not there. */
  static boolean isValid(String id) {
    if (id == null || id.length() != LENGTH || (id.charAt(0) != HOT && id.charAt(0) != DATABASE)) {
      return false;
    }
    return id.chars().skip(1).allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
  }

  /** Whether Redis decided on a valid one. */
  static boolean isHot(String id) {
    return id.charAt(0) == HOT;
  }
}

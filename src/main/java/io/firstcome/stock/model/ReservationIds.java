package io.firstcome.stock.model;

import java.util.UUID;

/**
 * Ids of reservations: nobody can guess one, and each says where it is kept: a letter (h: Redis
 * decided, d: MySQL) and the first 30 hexadecimal digits of a random UUID, 114 random bits.
 */
public final class ReservationIds {

  private static final int DIGITS = 30;
  private static final char HOT = 'h';
  private static final char DATABASE = 'd';

  private ReservationIds() {}

  public static String next(Strategy strategy) {
    // Not from a generator of our own: one that is made while the executable is built is refused
    // there.
    String digits = UUID.randomUUID().toString().replace("-", "");
    return (strategy.isHot() ? HOT : DATABASE) + digits.substring(0, DIGITS);
  }

  /** Whether it could be one. What cannot is answered as what is not there. */
  public static boolean isValid(String id) {
    if (id == null
        || id.length() != 1 + DIGITS
        || (id.charAt(0) != HOT && id.charAt(0) != DATABASE)) {
      return false;
    }
    return id.chars().skip(1).allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
  }

  /** Whether Redis decided on a valid one. */
  public static boolean isHot(String id) {
    return id.charAt(0) == HOT;
  }
}

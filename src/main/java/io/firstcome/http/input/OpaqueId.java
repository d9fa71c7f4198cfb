package io.firstcome.http.input;

import java.util.UUID;

/**
 * Ids that nobody can guess, made here: a letter that says what it is an id of, and the first 30
 * hexadecimal digits of a random UUID, 114 random bits.
 */
public final class OpaqueId {

  private static final int DIGITS = 30;

  private OpaqueId() {}

  public static String next(char letter) {
    // Not from a generator of our own: one that is made while the executable is built is refused
    // there.
    return letter + UUID.randomUUID().toString().replace("-", "").substring(0, DIGITS);
  }

  /** Whether it could be one of these letters. What cannot is answered as what is not there. */
  public static boolean isValid(String id, String letters) {
    return id != null
        && id.length() == 1 + DIGITS
        && letters.indexOf(id.charAt(0)) >= 0
        && id.chars().skip(1).allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
  }
}

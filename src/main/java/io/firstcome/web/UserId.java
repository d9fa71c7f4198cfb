package io.firstcome.web;

/**
 * The rule of user ids: 1 to 64 visible ASCII characters (0x21 to 0x7E), compared case-sensitively
 * everywhere. One byte a character, so that a key, a column and a log line have a known size, and
 * no two ids look the same.
 */
public final class UserId {
  /** For bean validation, which matches the whole value. */
  public static final String PATTERN = "[\\x21-\\x7E]{1,64}";

  /** What to tell whoever broke the rule. */
  public static final String MESSAGE = "must be 1 to 64 visible ASCII characters";

  public static final int MAX_LENGTH = 64;

  private UserId() {}

  /** By hand, not by regex: this runs for every request. */
  public static boolean isValid(String id) {
    if (id == null || id.isEmpty() || id.length() > MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (c < 0x21 || c > 0x7E) {
        return false;
      }
    }
    return true;
  }
}

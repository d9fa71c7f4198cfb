package io.firstcome.http.input;

import io.firstcome.http.problem.Problem;

/**
 * The rule of user ids: 1 to 128 visible ASCII characters (0x21 to 0x7E), compared case-sensitively
 * everywhere. One byte a character, so that a key, a column and a log line have a known size, and
 * no two ids look the same. Long enough for the subject of a federated user.
 *
 * <p>Not {@code .} or {@code ..}: every client and proxy removes them from a path, so such a user
 * could claim and never read the claim. Nor what begins with {@value #ERASED}: that is a pseudonym
 * of somebody who was erased.
 */
public final class UserId {
  public static final int MAX_LENGTH = 128;

  /** What the pseudonym of an erased user begins with. */
  public static final String ERASED = "erased-";

  /** For bean validation, which matches the whole value. */
  public static final String PATTERN =
      "(?!\\.\\.?$)(?!" + ERASED + ")[\\x21-\\x7E]{1," + MAX_LENGTH + "}";

  /** What to tell whoever broke the rule. */
  public static final String MESSAGE =
      "must be 1 to 128 visible ASCII characters, not '.' or '..', and not begin with 'erased-'";

  private UserId() {}

  /** Whether somebody may be called so. By hand, not by regex: this runs for every request. */
  public static boolean isValid(String id) {
    return isReadable(id) && !id.startsWith(ERASED);
  }

  /** Refuses what nobody may be called. */
  public static void check(String id) {
    if (!isValid(id)) {
      throw Problem.malformed("userId", MESSAGE).asException();
    }
  }

  /** Whether a claim may be that of such a user, or of one who was erased. */
  public static boolean isReadable(String id) {
    return isVisibleAscii(id, MAX_LENGTH) && !id.equals(".") && !id.equals("..");
  }

  /** Whether this is 1 to so many visible ASCII characters. */
  static boolean isVisibleAscii(String text, int maxLength) {
    if (text == null || text.isEmpty() || text.length() > maxLength) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x21 || c > 0x7E) {
        return false;
      }
    }
    return true;
  }
}

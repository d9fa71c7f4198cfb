package io.firstcome.http.input;

/** The rules of ids that come from outside and are chosen by the operator. */
public final class Ids {
  /** A coupon's id: 1 to 64 of a-z, 0-9 and '-'. */
  public static final String COUPON = "[a-z0-9-]{1,64}";

  /** What to tell whoever broke the rule. */
  public static final String COUPON_MESSAGE = "must be 1 to 64 of a-z, 0-9 and '-'";

  /** A ledger's name: a coupon's id, that of a shard of one, or {@code sale:} and a sale's. */
  public static final String LEDGER = "[a-z0-9:~-]{1,80}";

  /** What to tell whoever broke the rule. */
  public static final String LEDGER_MESSAGE = "must be 1 to 80 characters of a-z, 0-9, :, ~ and -";

  /** What to tell whoever broke the rule of {@link #isKey}. */
  public static final String KEY_MESSAGE = "must be 1 to 64 visible ASCII characters";

  private static final int KEY_MAX_LENGTH = 64;
  private static final int RESOURCE_ID_MAX_LENGTH = 64;

  private Ids() {}

  /** An idempotency key: 1 to 64 visible ASCII characters. */
  public static boolean isKey(String key) {
    return UserId.isVisibleAscii(key, KEY_MAX_LENGTH);
  }

  /**
   * An id of a coupon, a sale or an item: 1 to 64 lower-case letters, digits and hyphens. By hand,
   * not by regex: this runs for every claim.
   */
  public static boolean isResourceId(String id) {
    if (id == null || id.isEmpty() || id.length() > RESOURCE_ID_MAX_LENGTH) {
      return false;
    }
    for (int i = 0; i < id.length(); i++) {
      char c = id.charAt(i);
      if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-')) {
        return false;
      }
    }
    return true;
  }
}

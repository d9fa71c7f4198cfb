package io.firstcome.coupon.model;

import java.util.Locale;

/** What becomes of a unit that is revoked. */
public enum Release {
  /** It is issued again, to somebody else and under another number. */
  RETURN,
  /** It stays used up. */
  KEEP;

  /** As it stands in Redis and in MySQL. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Release ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }
}

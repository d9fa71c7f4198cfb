package io.firstcome.lifecycle;

import java.util.Locale;

/** What the operator has done to a coupon or a sale; its window is separate. */
public enum Status {
  OPEN,
  PAUSED,
  /** For good. */
  CLOSED;

  /** As it stands in Redis and in MySQL. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Status ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }
}

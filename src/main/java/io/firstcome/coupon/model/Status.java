package io.firstcome.coupon.model;

import java.util.Locale;

/** What the operator has done to a coupon; whether its window is open is another matter. */
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

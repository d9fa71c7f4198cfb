package io.firstcome.coupon;

import java.util.Locale;

/** What the operator has done to a coupon; whether its window is open is another matter. */
enum Status {
  OPEN,
  PAUSED,
  /** For good. */
  CLOSED;

  /** As it stands in Redis and in MySQL. */
  String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Status ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }
}

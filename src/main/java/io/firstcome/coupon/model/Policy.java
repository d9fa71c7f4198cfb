package io.firstcome.coupon.model;

import java.util.Locale;

/** How the units of a coupon are given to those who want one. Fixed when it is created. */
public enum Policy {
  /** In the order of their claims, at once. */
  FIRST_COME,
  /** In the order of their claims, handed out at a rate. */
  QUEUED,
  /** By a draw among those who have entered, after the close. */
  LOTTERY;

  /** As it stands in Redis and in MySQL. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Policy ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }
}

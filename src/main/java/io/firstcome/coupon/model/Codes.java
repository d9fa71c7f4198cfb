package io.firstcome.coupon.model;

import java.util.Locale;

/** Whether the units of a coupon have codes, and where these come from. */
public enum Codes {
  NONE,
  /** All units have one code. */
  SHARED,
  /** Each unit has a code that is derived from a key of the coupon. */
  GENERATED,
  /** Each unit has a code of those that the operator has uploaded. */
  POOL;

  /** As it stands in Redis and in MySQL. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Codes ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }
}

package io.firstcome.coupon.model;

import java.util.Locale;

/**
 * What becomes of units that Redis may have issued and lost with its data: their claims may have
 * been told to users, and nobody knows whether they were.
 */
public enum OnLoss {
  /** They are not sold again: never too many, and up to the recovery window may stay unsold. */
  WITHHOLD,
  /**
   * They are sold again, under new numbers: none stays unsold, and as many users too many may have
   * been told that they hold one as were told and lost.
   */
  REISSUE;

  /** How many of the units that are lost may not be issued. */
  public long withheld(long lost, long quantity, long issued) {
    return this == WITHHOLD ? Math.min(lost, Math.max(0, quantity - issued)) : 0;
  }

  /** As it stands in Redis and in MySQL. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static OnLoss ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT));
  }
}

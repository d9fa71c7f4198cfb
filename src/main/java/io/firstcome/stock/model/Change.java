package io.firstcome.stock.model;

import java.util.Locale;

/** What can be done to a reservation after it was made, besides ending it. */
public enum Change {
  /** It is held for longer. */
  EXTENDED,
  /** It had expired, and is held again. */
  TAKEN_AGAIN,
  /** It was confirmed, and that was undone. */
  UNDONE;

  /** As the stores keep it and metrics label it. */
  public String stored() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * The reverse of {@link #stored}.
   *
   * @throws IllegalArgumentException where it is none
   */
  public static Change ofStored(String stored) {
    return valueOf(stored.toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}

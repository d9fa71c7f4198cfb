package io.firstcome.stock.model;

import io.firstcome.http.input.OpaqueId;

/** Ids of reservations: each says where it is kept, in Redis (h) or in MySQL (d). */
public final class ReservationIds {

  private static final char HOT = 'h';
  private static final char DATABASE = 'd';
  private static final String LETTERS = "hd";

  private ReservationIds() {}

  public static String next(Strategy strategy) {
    return OpaqueId.next(strategy.isHot() ? HOT : DATABASE);
  }

  /** Whether it could be one. What cannot is answered as what is not there. */
  public static boolean isValid(String id) {
    return OpaqueId.isValid(id, LETTERS);
  }

  /** Whether Redis decided on a valid one. */
  public static boolean isHot(String id) {
    return id.charAt(0) == HOT;
  }
}

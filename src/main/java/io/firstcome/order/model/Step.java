package io.firstcome.order.model;

/** What an order does, in this order; undone in reverse. */
public enum Step {
  /** Units are held for the user. */
  RESERVE,
  /** The money is taken. */
  CHARGE,
  /** The coupon is used. */
  REDEEM,
  /** The units are sold: from here on the order stands. */
  CONFIRM
}

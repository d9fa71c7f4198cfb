package io.firstcome.coupon.model;

import io.firstcome.ledger.AggregateType;

/** Coupons, and the shards of one: a hash tag is the id. */
public final class CouponType {

  public static final AggregateType COUPON = new AggregateType("coupon", "");

  private CouponType() {}
}

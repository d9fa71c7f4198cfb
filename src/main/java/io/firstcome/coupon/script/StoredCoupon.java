package io.firstcome.coupon.script;

/** What Redis holds under the id of a coupon. */
public sealed interface StoredCoupon permits CouponState, CampaignMark {}

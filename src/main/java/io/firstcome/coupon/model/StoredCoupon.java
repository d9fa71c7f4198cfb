package io.firstcome.coupon.model;

/** What Redis holds under the id of a coupon. */
public sealed interface StoredCoupon permits CouponState, CampaignMark {}

package io.firstcome.coupon;

/** What Redis holds under the id of a coupon. */
sealed interface StoredCoupon permits CouponState, CampaignMark {}

package io.firstcome.coupon;

/** A reply of {@code claim.lua}: the decisions, or that the coupon is sharded. */
sealed interface ClaimAnswer permits ClaimReply, CampaignMark {}

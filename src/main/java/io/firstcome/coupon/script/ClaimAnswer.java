package io.firstcome.coupon.script;

/** A reply of {@code claim.lua}: the decisions, or that the coupon is sharded. */
public sealed interface ClaimAnswer permits ClaimReply, CampaignMark {}

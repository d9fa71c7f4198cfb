package io.firstcome.coupon;

import java.time.Instant;

/**
 * A coupon as Redis holds it at one instant.
 *
 * @param serverTime Redis time of the reading
 * @param audience users who may claim, or -1 where anybody may
 * @param claim what the user asked about holds, or null
 */
record CouponState(
    String id,
    Instant serverTime,
    long epoch,
    long version,
    Status status,
    String name,
    long quantity,
    Instant opensAt,
    Instant closesAt,
    long audience,
    long sequence,
    long issued,
    Claim claim) {

  CouponView view() {
    return CouponView.of(
        id, name, quantity, issued, status, opensAt, closesAt, audience >= 0, version, serverTime);
  }
}

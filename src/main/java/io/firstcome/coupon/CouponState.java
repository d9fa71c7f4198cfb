package io.firstcome.coupon;

import io.firstcome.coupon.ClaimResult.Reason;
import io.firstcome.ledger.Acknowledge;
import java.time.Instant;

/**
 * A coupon as Redis holds it at one instant.
 *
 * @param serverTime Redis time of the reading
 * @param audience users who may claim, or -1 where anybody may
 * @param holders users who hold a claim
 * @param claim what the user asked about holds, or null
 * @param server the {@code run_id} of the Redis that was read, where that claim is to be on
 *     replicas
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
    long holders,
    Claim claim,
    Acknowledge acknowledge,
    OnLoss onLoss,
    boolean rehearsal,
    String server) {

  /** Why nobody who holds nothing would be issued a unit, or null; the rules of claim.lua. */
  Reason refusal() {
    if (status == Status.CLOSED || closesAt != null && !serverTime.isBefore(closesAt)) {
      return Reason.CLOSED;
    }
    if (opensAt != null && serverTime.isBefore(opensAt)) {
      return Reason.NOT_OPEN;
    }
    if (status != Status.OPEN) {
      return Reason.PAUSED;
    }
    return issued >= quantity ? Reason.SOLD_OUT : null;
  }

  /** How new this is. */
  Version asOf() {
    return new Version(epoch, version);
  }

  CouponView view() {
    return CouponView.of(
        id,
        name,
        quantity,
        issued,
        status,
        opensAt,
        closesAt,
        audience >= 0,
        acknowledge,
        onLoss,
        rehearsal,
        version,
        serverTime);
  }
}

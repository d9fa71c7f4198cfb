package io.firstcome.coupon.model;

import io.firstcome.mysql.Micros;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A unit of a coupon that a user holds.
 *
 * @param couponId the coupon
 * @param userId who holds it
 * @param sequence its number in order of issue, from 1; given once, never reused
 * @param issuedAt Redis time of the decision
 */
@Schema(description = "A unit of a coupon that a user holds. It never changes.")
public record Claim(
    @Schema(examples = "summer-2026") String couponId,
    @Schema(examples = "alice") String userId,
    @Schema(description = "Sequence number: in order of issue, from 1", examples = "1")
        long sequence,
    @Schema(description = "When it was issued", examples = "2026-07-01T10:00:00.000123Z")
        Instant issuedAt) {

  public static Claim of(ClaimRecord row) {
    return new Claim(row.couponId, row.userId, row.sequence, row.issuedAt);
  }

  /** Reads what the claimants HASH keeps, see {@link ClaimHolding}. */
  public static Claim ofHolding(String couponId, String userId, String text) {
    ClaimHolding holding = ClaimHolding.of(text);
    return new Claim(
        couponId, userId, holding.sequence(), Micros.toInstant(holding.issuedAtMicros()));
  }
}

package io.firstcome.coupon.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.mysql.Micros;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a user holds of a coupon: a unit, or several.
 *
 * @param couponId the coupon
 * @param userId who holds it
 * @param sequence the number of the first unit in order of issue, from 1; given once, never reused
 * @param issuedAt Redis time of the decision
 * @param units all units, in order of issue; null where it is one
 */
@Schema(
    description =
        "What a user holds of a coupon. What was issued never changes; units may be added to it.")
public record Claim(
    @Schema(examples = "summer-2026") String couponId,
    @Schema(examples = "alice") String userId,
    @Schema(description = "Sequence number: in order of issue, from 1", examples = "1")
        long sequence,
    @Schema(description = "When it was issued", examples = "2026-07-01T10:00:00.000123Z")
        Instant issuedAt,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description = "Every unit, in order of issue; absent if it is one",
            examples = "[{\"sequence\":1,\"issuedAt\":\"2026-07-01T10:00:00.000123Z\"}]")
        List<Unit> units) {

  /** One of several units. */
  @Schema(name = "ClaimUnit", description = "One of several units that a user holds")
  public record Unit(
      @Schema(description = "Sequence number: in order of issue, from 1", examples = "1")
          long sequence,
      @Schema(description = "When it was issued", examples = "2026-07-01T10:00:00.000123Z")
          Instant issuedAt) {}

  /** A claim of one unit. */
  public Claim(String couponId, String userId, long sequence, Instant issuedAt) {
    this(couponId, userId, sequence, issuedAt, null);
  }

  public static Claim of(ClaimRecord row) {
    return new Claim(row.couponId, row.userId, row.sequence, row.issuedAt);
  }

  /** Reads what the claimants HASH keeps, see {@link ClaimHolding}. */
  public static Claim ofHolding(String couponId, String userId, String text) {
    return of(couponId, userId, ClaimHolding.of(text));
  }

  /** What a user holds, as the API shows it. */
  public static Claim of(String couponId, String userId, ClaimHolding holding) {
    List<Unit> units = null;
    if (!holding.members().isEmpty()) {
      units =
          holding.units().stream()
              .map(unit -> new Unit(unit.sequence(), Micros.toInstant(unit.issuedAtMicros())))
              .toList();
    }
    return new Claim(
        couponId,
        userId,
        holding.sequence(),
        Micros.toInstant(holding.issuedAtMicros()),
        units == null || units.size() == 1 ? null : units);
  }

  /** How many units it has. */
  public int size() {
    return units == null ? 1 : units.size();
  }

  /** The number of its last unit: the highest. */
  public long last() {
    return units == null ? sequence : units.get(units.size() - 1).sequence();
  }
}

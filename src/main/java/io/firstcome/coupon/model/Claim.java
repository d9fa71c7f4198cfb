package io.firstcome.coupon.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.mysql.Micros;
import java.time.Instant;
import java.util.List;
import java.util.function.LongFunction;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a user holds of a coupon: a unit, or several.
 *
 * @param couponId the coupon
 * @param userId who holds it
 * @param sequence the number of the first unit in order of issue, from 1; given once, never reused
 * @param issuedAt Redis time of the decision
 * @param units all units, in order of issue; null where it is one
 * @param state of the one unit; null where it is as it was issued, or where there are several
 * @param code of the one unit; null where its holder is not to be shown it, or where there are
 *     several
 */
@Schema(
    description =
        "What a user holds of a coupon. Numbers and times never change; units may be added,"
            + " redeemed and revoked.")
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
        List<Unit> units,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description = "Absent while the unit is as it was issued, or if there are several",
            examples = "REDEEMED")
        State state,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(
            description =
                "Shown to the holder alone; absent if the coupon has no codes, if the unit is"
                    + " revoked, or if there are several units",
            examples = "7H3K-9QWE-1RTY-X")
        String code) {

  /** What became of a unit. */
  public enum State {
    REDEEMED,
    REVOKED,
    /** Offered to who waited, and not accepted yet. */
    OFFERED,
    /** Issued, and to be handed out in its turn. */
    QUEUED;

    /** Of a state as it is stored; null: as it was issued. */
    public static State of(String stored) {
      return stored == null
          ? null
          : switch (stored) {
            case ClaimHolding.State.UNREDEEMED,
                ClaimHolding.State.ACCEPTED,
                ClaimHolding.State.HANDED ->
                null;
            case ClaimHolding.State.REDEEMED -> REDEEMED;
            case ClaimHolding.State.OFFERED -> OFFERED;
            case ClaimHolding.State.QUEUED -> QUEUED;
            default -> REVOKED;
          };
    }

    private static State of(ClaimHolding.Unit unit) {
      return unit.state() == null ? null : of(unit.state().name());
    }
  }

  /** One of several units. */
  @Schema(name = "ClaimUnit", description = "One of several units that a user holds")
  public record Unit(
      @Schema(description = "Sequence number: in order of issue, from 1", examples = "1")
          long sequence,
      @Schema(description = "When it was issued", examples = "2026-07-01T10:00:00.000123Z")
          Instant issuedAt,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(description = "Absent while the unit is as it was issued", examples = "REDEEMED")
          State state,
      @JsonInclude(JsonInclude.Include.NON_NULL)
          @Schema(
              description =
                  "Shown to the holder alone; absent if the coupon has no codes, or if the unit is"
                      + " revoked",
              examples = "7H3K-9QWE-1RTY-X")
          String code) {}

  /** A claim of one unit. */
  public Claim(String couponId, String userId, long sequence, Instant issuedAt) {
    this(couponId, userId, sequence, issuedAt, null, null, null);
  }

  /** The unit of a row. */
  public static Claim of(ClaimRecord row) {
    return new Claim(
        row.couponId, row.userId, row.sequence, row.issuedAt, null, State.of(row.state), null);
  }

  /**
   * Reads what the claimants HASH keeps, see {@link ClaimHolding}, as claimants are answered: from
   * memory too, which does not learn of redemptions.
   */
  public static Claim ofHolding(String couponId, String userId, String text) {
    return of(couponId, userId, ClaimHolding.of(text)).asClaimed();
  }

  /** What a user holds, as the API shows it. */
  public static Claim of(String couponId, String userId, ClaimHolding holding) {
    Instant issuedAt = Micros.toInstant(holding.issuedAtMicros());
    if (holding.members().isEmpty()) {
      return new Claim(couponId, userId, holding.sequence(), issuedAt);
    }
    List<ClaimHolding.Unit> units = holding.units();
    return units.size() == 1
        ? new Claim(
            couponId, userId, holding.sequence(), issuedAt, null, State.of(units.get(0)), null)
        : new Claim(
            couponId,
            userId,
            holding.sequence(),
            issuedAt,
            units.stream()
                .map(
                    unit ->
                        new Unit(
                            unit.sequence(),
                            Micros.toInstant(unit.issuedAtMicros()),
                            State.of(unit),
                            null))
                .toList(),
            null,
            null);
  }

  /** The same without redemptions. */
  public Claim asClaimed() {
    if (units == null) {
      return state == State.REDEEMED ? new Claim(couponId, userId, sequence, issuedAt) : this;
    }
    return new Claim(
        couponId,
        userId,
        sequence,
        issuedAt,
        units.stream()
            .map(
                unit ->
                    unit.state() == State.REDEEMED
                        ? new Unit(unit.sequence(), unit.issuedAt(), null, null)
                        : unit)
            .toList(),
        null,
        null);
  }

  /**
   * The same with the code of each unit that is not revoked, for its holder.
   *
   * @param codes the code of a unit by its number
   */
  public Claim withCodes(LongFunction<String> codes) {
    if (units == null) {
      return state == State.REVOKED
          ? this
          : new Claim(couponId, userId, sequence, issuedAt, null, state, codes.apply(sequence));
    }
    return new Claim(
        couponId,
        userId,
        sequence,
        issuedAt,
        units.stream()
            .map(
                unit ->
                    unit.state() == State.REVOKED
                        ? unit
                        : new Unit(
                            unit.sequence(),
                            unit.issuedAt(),
                            unit.state(),
                            codes.apply(unit.sequence())))
            .toList(),
        null,
        null);
  }

  /** The numbers of its units. */
  public List<Long> numbers() {
    return units == null ? List.of(sequence) : units.stream().map(Unit::sequence).toList();
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

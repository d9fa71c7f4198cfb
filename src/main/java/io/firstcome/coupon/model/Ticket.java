package io.firstcome.coupon.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * A user's place in the queue or on the waitlist of a coupon, or what the user was offered from it.
 *
 * @param number of a user who waits: the ticket; otherwise the sequence of the unit
 * @param place null: the user does not wait
 * @param estimatedSeconds until the unit is handed out; null: the user is not queued
 * @param acceptBy null: there is nothing to accept
 */
@Schema(
    description =
        "A user's place in the queue or on the waitlist of a coupon, or what the user was offered")
public record Ticket(
    @Schema(examples = "summer-2026") String couponId,
    @Schema(examples = "alice") String userId,
    State state,
    @Schema(
            description =
                "WAITING: number of the ticket, which increases in order of arrival; otherwise the"
                    + " sequence number of the unit",
            examples = "1782900000000123")
        long number,
    @JsonInclude(Include.NON_NULL)
        @Schema(description = "How many are served until this user is, from 1", examples = "3")
        Long place,
    @JsonInclude(Include.NON_NULL)
        @Schema(
            description = "QUEUED: how long it takes at the coupon's rate: place / ratePerSecond",
            examples = "2")
        Long estimatedSeconds,
    @JsonInclude(Include.NON_NULL)
        @Schema(
            description = "OFFERED: the unit goes to the next user at this time of Redis",
            examples = "2026-07-01T10:15:00.000123Z")
        Instant acceptBy) {

  /**
   * No ticket of a user who waits has a lower number, and every unit has, see {@code
   * coupon-line.lua}.
   */
  public static final long FIRST_WAITING = 1_000_000_000_000_000L;

  /** Where the user stands. */
  public enum State {
    /** The unit is the user's, and is handed out in its turn. */
    QUEUED,
    WAITING,
    OFFERED,
    /** The user holds the unit. */
    ISSUED,
    /** The user holds it no longer: it was not accepted, declined or revoked. */
    ENDED
  }

  public static Ticket waiting(String couponId, String userId, long number, long place) {
    return new Ticket(couponId, userId, State.WAITING, number, place, null, null);
  }

  /**
   * @param rate units that are handed out in a second
   */
  public static Ticket queued(
      String couponId, String userId, long sequence, long place, long rate) {
    return new Ticket(
        couponId, userId, State.QUEUED, sequence, place, (place + rate - 1) / rate, null);
  }

  public static Ticket offered(String couponId, String userId, long sequence, Instant acceptBy) {
    return new Ticket(couponId, userId, State.OFFERED, sequence, null, null, acceptBy);
  }

  /** What is left of a ticket whose user was issued a unit. */
  public static Ticket ended(String couponId, String userId, Claim claim) {
    boolean isGone = claim.state() == Claim.State.REVOKED;
    return new Ticket(
        couponId, userId, isGone ? State.ENDED : State.ISSUED, claim.sequence(), null, null, null);
  }

  /** The number of its unit; 0: it has none. */
  public long sequence() {
    return state == State.WAITING ? 0 : number;
  }
}

package io.firstcome.coupon.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.time.Instant;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** An entry in a lottery: the receipt of its user, who can find it in the list by it. */
@Schema(
    description =
        "An entry in a lottery. Keep it: with 'salt' the user can prove that the entry is in the"
            + " published list.")
public record LotteryEntry(
    @Schema(examples = "summer-2026") String couponId,
    @Schema(examples = "alice") String userId,
    @Schema(description = "Number of its first ticket, in order of entry, from 1", examples = "1")
        long number,
    @Schema(description = "Tickets of the entry", examples = "1") int tickets,
    @Schema(description = "When the user entered", examples = "2026-07-01T10:00:00.000123Z")
        Instant enteredAt,
    @Schema(
            description = "Only the user knows it, so that nobody else finds the user in the list",
            examples = "5b1e0d8f1f2b4c7a9e3d6c5b4a392817")
        String salt,
    @Schema(
            description = "SHA-256 of coupon, user and salt: what the list has of the entry",
            examples = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")
        String entry,
    State state,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @Schema(description = "Of a winner: the sequence number of the claim", examples = "1")
        Long place) {

  /** What became of an entry. */
  @Schema(name = "LotteryEntryState")
  public enum State {
    ENTERED,
    WITHDRAWN,
    WON,
    LOST
  }

  /** The same as it came out of the draw. */
  public LotteryEntry drawn(Long won) {
    return state == State.WITHDRAWN
        ? this
        : new LotteryEntry(
            couponId,
            userId,
            number,
            tickets,
            enteredAt,
            salt,
            entry,
            won == null ? State.LOST : State.WON,
            won);
  }
}

package io.firstcome.coupon.model;

import java.time.Instant;

/** What the claim script decided for one user. A refusal is a value. */
public sealed interface ClaimResult {

  /** The user holds this claim since just now. */
  record Issued(Claim claim) implements ClaimResult {}

  /** The user holds this claim since earlier. */
  record AlreadyClaimed(Claim claim) implements ClaimResult {}

  /** The user has entered the lottery, just now or earlier. */
  record Entered(LotteryEntry entry) implements ClaimResult {}

  /**
   * The user waits for a unit, was offered one, or was issued one that is to be handed out.
   *
   * @param isNew whether since just now
   */
  record Waiting(Ticket ticket, boolean isNew) implements ClaimResult {}

  /**
   * The user holds nothing and gets nothing.
   *
   * @param opensAt when the coupon opens, or null
   * @param serverTime Redis time of the decision
   * @param message the operator's, for who is not eligible; empty: none
   */
  record Refused(Reason reason, Instant opensAt, Instant serverTime, String message)
      implements ClaimResult {

    public Refused(Reason reason, Instant opensAt, Instant serverTime) {
      this(reason, opensAt, serverTime, "");
    }

    /** The same with the operator's message, where that is for this reason. */
    public Refused with(String text) {
      return reason == Reason.NOT_ELIGIBLE ? new Refused(reason, opensAt, serverTime, text) : this;
    }
  }

  /** Why not. */
  enum Reason {
    SOLD_OUT(-1),
    NOT_ELIGIBLE(-2),
    NOT_OPEN(-3),
    PAUSED(-4),
    CLOSED(-5),
    LEDGER_FULL(-6),
    /** Redis does not take the entry of the ledger: it is full, or its disk is. */
    REDIS_FULL(-7),
    /** MySQL has not lent more numbers: it is behind. */
    LEDGER_BEHIND(-8),
    /** It is to be acknowledged once MySQL has it, and MySQL is away. */
    DATABASE_AWAY(-9),
    /** The user would hold more than a user may. */
    LIMIT_REACHED(-10),
    /** Fewer units are left than the user would need. */
    TOO_FEW_LEFT(-11),
    /** So many users are queued that no other may be. */
    QUEUE_FULL(-12),
    /** As many units as the user's group may have are issued to it. */
    GROUP_SOLD_OUT(-13),
    /** The coupon's pool has no code for another unit. */
    POOL_EMPTY(-14),
    /** The user has withdrawn from the lottery. */
    WITHDRAWN(0);

    private final int code;

    Reason(int code) {
      this.code = code;
    }

    /** The reason behind the negative number that {@code claim.lua} answers. */
    public static Reason ofCode(long code) {
      for (Reason reason : values()) {
        if (reason.code == code) {
          return reason;
        }
      }
      throw new IllegalArgumentException("claim.lua answered " + code);
    }
  }
}

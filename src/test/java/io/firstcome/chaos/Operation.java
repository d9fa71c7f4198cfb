package io.firstcome.chaos;

/**
 * One request and what came of it. Times are {@link System#nanoTime} of the one process that asks.
 *
 * @param target the coupon or the sale
 * @param user who asked
 * @param key what was asked for beside: the idempotency key of a reservation, the id of a
 *     reservation to be ended, the new quantity, the order that a unit is redeemed for; else empty
 * @param status of HTTP; 0: no answer came
 * @param problem the last part of the problem's type, or empty
 * @param told {@code sequence@issuedAt} of a claim, {@code order@sequence} of a redemption, id of a
 *     reservation, what has become of one, until when an extended one is held; else empty
 */
record Operation(
    Kind kind,
    String target,
    String user,
    String key,
    long invoked,
    long answered,
    int status,
    String problem,
    String told) {

  /** What was asked. */
  enum Kind {
    CREATE,
    CLAIM,
    REDEEM,
    RESTOCK,
    RESERVE,
    EXTEND,
    CONFIRM,
    CANCEL,
    UNDO
  }

  /** Whether asking again may bring another answer, as nothing was promised. */
  boolean isOpen() {
    return status == 0 || status == 429 || status == 503;
  }

  /** Whether it may have happened all the same. */
  boolean isUnknown() {
    return status == 0 || problem.equals("unknown-outcome");
  }

  /** Whether what is told later may have been decided for this. */
  boolean mayHaveBeenDecided() {
    return isUnknown() || problem.equals("not-secured");
  }

  /** Whether this is no answer to a request that is in order. */
  boolean isSurprise() {
    return !isOpen() && status != 200 && status != 201 && status != 409 && !isForgotten();
  }

  /** Whether a reservation is said not to be there, or a user to hold nothing. */
  boolean isForgotten() {
    return problem.equals("unknown-reservation") || problem.equals("no-claim");
  }

  /** What is the same however often it is asked. */
  String request() {
    return kind + " " + target + " " + user + " " + key;
  }
}

package io.firstcome.chaos;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * One request and what came of it. Times are {@link System#nanoTime} of the one process that asks.
 *
 * @param target the coupon or the sale
 * @param user who asked
 * @param key what was asked for beside: how many units a claim is for, the idempotency key of a
 *     reservation, the id of a reservation to be ended, the new quantity, the order that a unit is
 *     redeemed for; else empty
 * @param status of HTTP; 0: no answer came
 * @param problem the last part of the problem's type, or empty
 * @param told {@code sequence@issuedAt} of each unit of a claim, {@code order@sequence} of a
 *     redemption, the order whose redemption was taken back, what was revoked, id of a reservation,
 *     what has become of one, until when an extended one is held; else empty
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
    UNREDEEM,
    REVOKE,
    RESTOCK,
    RESERVE,
    EXTEND,
    CONFIRM,
    CANCEL,
    UNDO
  }

  private static final Set<String> FORGOTTEN =
      Set.of("unknown-reservation", "no-claim", "unknown-redemption");

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

  /** Whether what was told before is said not to be there. */
  boolean isForgotten() {
    return FORGOTTEN.contains(problem);
  }

  /**
   * One for each unit that it is about, as if the user were as many users: what is promised is
   * promised of each unit.
   */
  List<Operation> ofUnits() {
    if (key.isEmpty() || kind != Kind.CLAIM && kind != Kind.REVOKE) {
      return List.of(this);
    }
    String[] units = told.split(" ");
    return IntStream.range(0, Integer.parseInt(key))
        .mapToObj(
            unit ->
                new Operation(
                    kind,
                    target,
                    unit(user, unit + 1),
                    key,
                    invoked,
                    answered,
                    status,
                    problem,
                    units.length == 1 ? units[0] : units[unit]))
        .toList();
  }

  /** The name of a user's unit, from 1. */
  static String unit(String user, int unit) {
    return user + "#" + unit;
  }

  /** What is the same however often it is asked. */
  String request() {
    return kind + " " + target + " " + user + " " + key;
  }
}

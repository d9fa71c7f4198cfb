package io.firstcome.coupon.recovery;

import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes who waits for a unit: one row for each user and coupon, however often they join and leave.
 * Entries have the numbers of changes; one that is not newer than MySQL was written before.
 */
final class Waitlist {

  static final String KIND = "line";

  static final String WAITING = "waiting";
  private static final String LEFT = "left";
  private static final String PROMOTED = "promoted";

  private final RowInsert rows;

  Waitlist(LedgerConfig config) {
    this.rows =
        RowInsert.into(
                "waiting",
                config.rowsPerInsert(),
                "coupon_id",
                "user_id",
                "ticket",
                "state",
                "joined_at")
            .unique("coupon_id", "user_id");
  }

  /** Whether these claims are of users who waited. */
  static boolean isPromotion(LedgerEntry entry) {
    return entry.fields().containsKey(PROMOTED);
  }

  /** Writes an entry; says what cannot be written. */
  List<DeadLetter> write(SqlTransaction tx, String couponId, LedgerEntry entry) {
    if (!isPromotion(entry) && entry.text("state").equals(WAITING)) {
      return join(tx, couponId, entry);
    }
    end(tx, couponId, entry, isPromotion(entry) ? PROMOTED : LEFT);
    return List.of();
  }

  /** The row of who joins again is replaced. */
  private List<DeadLetter> join(SqlTransaction tx, String couponId, LedgerEntry entry) {
    List<String> users = entry.words("users");
    for (List<String> some : In.parts(users)) {
      In in = In.of(some);
      tx.query(
          "DELETE FROM waiting WHERE coupon_id = ? AND user_id IN " + in.marks(),
          in.after(couponId));
    }
    Object at = Micros.toDateTime(entry.at());
    long ticket = entry.number("first");
    List<List<Object>> joined = new ArrayList<>();
    for (String user : users) {
      joined.add(List.of(couponId, user, ticket++, WAITING, at));
    }
    List<DeadLetter> refused = new ArrayList<>();
    List<RowInsert.Outcome> outcomes = rows.insert(tx, joined);
    for (int i = 0; i < outcomes.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      if (outcome.refused()) {
        Map<String, String> one =
            Map.of(
                "first", joined.get(i).get(2).toString(),
                "users", users.get(i));
        refused.add(new DeadLetter(entry.with(one), Reason.of(outcome.reason()), outcome.detail()));
      }
    }
    return refused;
  }

  private static void end(SqlTransaction tx, String couponId, LedgerEntry entry, String state) {
    for (List<String> some : In.parts(entry.words("users"))) {
      In in = In.of(some);
      tx.query(
          "UPDATE waiting SET state = ?, ended_at = ? WHERE coupon_id = ? AND user_id IN "
              + in.marks(),
          in.after(state, Micros.toDateTime(entry.at()), couponId));
    }
  }

  /** Who is erased waits no longer. */
  static void leave(SqlTransaction tx, String couponId, LedgerEntry erasure) {
    tx.query(
        "UPDATE waiting SET state = ?, ended_at = ?"
            + " WHERE coupon_id = ? AND user_id = ? AND state = ?",
        LEFT,
        Micros.toDateTime(erasure.at()),
        couponId,
        erasure.text("user"),
        WAITING);
  }
}

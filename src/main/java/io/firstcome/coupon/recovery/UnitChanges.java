package io.firstcome.coupon.recovery;

import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.MalformedEntryException;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Writes what {@code claim-change.lua} decided: the new state of units, and a row for each in their
 * history. A change that is not newer than MySQL was written before.
 */
final class UnitChanges {

  static final String KIND = "claim-change";

  private final RowInsert history;

  UnitChanges(LedgerConfig config) {
    this.history =
        RowInsert.into(
                "claim_change",
                config.rowsPerInsert(),
                "coupon_id",
                "change_no",
                "sequence",
                "user_id",
                "state",
                "reference",
                "changed_at",
                "changed_by",
                "reason")
            .unique("coupon_id", "change_no", "sequence");
  }

  /** Whether these give units back. */
  static boolean returnAny(List<LedgerEntry> entries) {
    return entries.stream()
        .anyMatch(entry -> entry.text("state").equals(ClaimHolding.State.RETURNED));
  }

  /** Whether these claims have the number of a change: of a waitlist or a queue. */
  static boolean isIn(LedgerEntry claims) {
    return claims.fields().containsKey(CouponApplier.CHANGE);
  }

  /** The change of units that such claims are, where they begin in a state: offered or queued. */
  static Optional<LedgerEntry> ofIssue(LedgerEntry claims) {
    if (!claims.fields().containsKey("state")) {
      return Optional.empty();
    }
    long first = claims.number("first");
    String sequences =
        LongStream.range(first, first + claims.words("users").size())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(" "));
    return Optional.of(
        claims.with(
            Map.of("sequences", sequences, "reference", "", "by", "firstcome", "reason", "")));
  }

  /** Writes these, in order; says which cannot be written. */
  List<DeadLetter> write(SqlTransaction tx, String couponId, List<LedgerEntry> entries) {
    List<DeadLetter> refused = new ArrayList<>();
    List<List<Object>> rows = new ArrayList<>();
    List<LedgerEntry> entryOfRow = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      String state = entry.text("state");
      String reference = entry.text("reference").isEmpty() ? null : entry.text("reference");
      Object at = Micros.toDateTime(entry.at());
      List<String> sequences = entry.words("sequences");
      List<String> users = users(entry, sequences.size());
      for (int i = 0; i < sequences.size(); i++) {
        String word = sequences.get(i);
        String user = users.get(i);
        long sequence = number(entry, word);
        LedgerEntry one = entry.with(Map.of("sequences", word, "user", user));
        int found =
            tx.query(
                    "UPDATE claim SET state = ?, state_at = ?, reference = ?"
                        + " WHERE coupon_id = ? AND sequence = ? AND user_id = ?",
                    state,
                    at,
                    reference,
                    couponId,
                    sequence,
                    user)
                .rowCount();
        if (found == 0) {
          String detail = "MySQL has no unit %d of %s".formatted(sequence, user);
          refused.add(
              new DeadLetter(
                  one.with(Map.of(CouponApplier.REPLAYABLE, "1")), Reason.FOREIGN_KEY, detail));
          continue;
        }
        rows.add(
            Arrays.asList(
                couponId,
                entry.number("change"),
                sequence,
                user,
                state,
                reference,
                at,
                entry.text("by"),
                entry.text("reason")));
        entryOfRow.add(one);
      }
    }
    List<RowInsert.Outcome> outcomes = rows.isEmpty() ? List.of() : history.insert(tx, rows);
    for (int i = 0; i < outcomes.size(); i++) {
      RowInsert.Outcome outcome = outcomes.get(i);
      if (outcome.refused()) {
        refused.add(
            new DeadLetter(entryOfRow.get(i), Reason.of(outcome.reason()), outcome.detail()));
      }
    }
    return refused;
  }

  /** Of each unit; an entry has one user, or one for each. */
  private static List<String> users(LedgerEntry entry, int units) {
    if (!entry.fields().containsKey("users")) {
      return Collections.nCopies(units, entry.text("user"));
    }
    List<String> users = entry.words("users");
    if (users.size() != units) {
      throw new MalformedEntryException(entry, "Field users does not have one for each unit");
    }
    return users;
  }

  private static long number(LedgerEntry entry, String word) {
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException e) {
      throw new MalformedEntryException(entry, "Field sequences has " + word);
    }
  }
}

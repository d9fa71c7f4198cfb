package io.firstcome.coupon.recovery;

import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Claims of an epoch that is over: Redis lost its data while their entries were still with a
 * drainer that was away. Who was issued one was told so, and it is theirs still where that takes
 * nothing from anybody: its number lies in a gap that is on record, nobody else holds it, and its
 * user holds no other. It is given to them in Redis first, which decides, and then written; or
 * written alone where a loader is about to read it there, or the coupon is retired. All else is a
 * conflict.
 *
 * <p>Where this Redis has not the coupon as it is now, another may: one that took this one's place
 * and would never hear of what is written. So it waits until the coupon is loaded here, or for ever
 * where that other goes on.
 */
final class LateClaims {

  private final CouponScripts scripts;
  private final RowInsert claims;
  private final Duration patience;

  LateClaims(CouponScripts scripts, RowInsert claims, Duration patience) {
    this.scripts = scripts;
    this.claims = claims;
    this.patience = patience;
  }

  private record Gap(long first, long last, boolean lost) {
    boolean has(long sequence) {
      return first <= sequence && sequence <= last;
    }
  }

  private record Late(LedgerEntry entry, long sequence, String user, Gap gap) {
    String holding() {
      return new ClaimHolding(sequence, entry.at()).text();
    }
  }

  /**
   * Writes those that are still good; says which are not.
   *
   * @param retired whether MySQL answers for the coupon, and no Redis
   * @throws NotLoadedException where this Redis has not the coupon as it is now
   */
  List<DeadLetter> apply(
      SqlTransaction tx, String couponId, long epoch, boolean retired, List<LedgerEntry> entries) {
    List<Gap> gaps = gaps(tx, couponId);
    List<Late> all = new ArrayList<>();
    for (LedgerEntry entry : entries) {
      long sequence = entry.number("first");
      for (String user : entry.words("users")) {
        long number = sequence++;
        Gap gap = gaps.stream().filter(g -> g.has(number)).findFirst().orElse(null);
        all.add(new Late(entry, number, user, gap));
      }
    }
    List<DeadLetter> refused = new ArrayList<>();
    for (List<Late> some : In.parts(all)) {
      refused.addAll(judge(tx, couponId, epoch, retired, some));
    }
    return refused;
  }

  private List<DeadLetter> judge(
      SqlTransaction tx, String couponId, long epoch, boolean retired, List<Late> some) {
    Map<Long, String> users = new HashMap<>();
    In sequences = In.of(some.stream().map(Late::sequence).toList());
    tx.query(
            "SELECT sequence, user_id FROM claim WHERE coupon_id = ? AND sequence IN "
                + sequences.marks(),
            sequences.after(couponId))
        .forEach(row -> users.put(row.getLong(0), row.getString(1)));
    Set<String> holders = new HashSet<>();
    In claimants = In.of(some.stream().map(Late::user).toList());
    tx.query(
            "SELECT user_id FROM claim WHERE coupon_id = ? AND user_id IN " + claimants.marks(),
            claimants.after(couponId))
        .forEach(row -> holders.add(row.getString(0)));

    List<DeadLetter> refused = new ArrayList<>();
    List<Late> good = new ArrayList<>();
    for (Late one : some) {
      boolean written = one.user().equals(users.get(one.sequence()));
      if (one.gap() == null && !written) {
        refused.add(conflict(one, epoch, "its number lies in no recorded gap"));
      } else if (!written && users.containsKey(one.sequence())) {
        refused.add(conflict(one, epoch, "another user holds its number"));
      } else if (!written && holders.contains(one.user())) {
        refused.add(conflict(one, epoch, "its user holds another claim"));
      } else if (one.gap() != null) {
        good.add(one);
      }
    }
    List<Boolean> given = retired ? lost(good) : give(couponId, epoch, good);
    List<Late> kept = new ArrayList<>();
    for (int i = 0; i < good.size(); i++) {
      if (given.get(i)) {
        kept.add(good.get(i));
      } else {
        refused.add(
            conflict(
                good.get(i), epoch, "its user holds another claim in Redis, or no unit is left"));
      }
    }
    refused.addAll(write(tx, couponId, epoch, kept));
    return refused;
  }

  /** Whether each may be kept. */
  private List<Boolean> give(String couponId, long epoch, List<Late> good) {
    if (good.isEmpty()) {
      return List.of();
    }
    List<String> args = new ArrayList<>();
    for (Late one : good) {
      Collections.addAll(args, one.user(), one.holding(), one.gap().lost() ? "1" : "0");
    }
    return scripts.late(couponId, epoch, args).await().atMost(patience).orElseGet(() -> lost(good));
  }

  /** What was told to nobody has no unit kept for it. */
  private static List<Boolean> lost(List<Late> good) {
    return good.stream().map(one -> one.gap().lost()).toList();
  }

  private List<DeadLetter> write(SqlTransaction tx, String couponId, long epoch, List<Late> kept) {
    List<List<Object>> rows = new ArrayList<>();
    for (Late one : kept) {
      rows.add(List.of(couponId, one.sequence(), one.user(), Micros.toDateTime(one.entry().at())));
    }
    List<DeadLetter> refused = new ArrayList<>();
    List<RowInsert.Outcome> outcomes = rows.isEmpty() ? List.of() : claims.insert(tx, rows);
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i).refused()) {
        refused.add(conflict(kept.get(i), epoch, outcomes.get(i).detail()));
      }
    }
    return refused;
  }

  private static DeadLetter conflict(Late one, long epoch, String why) {
    LedgerEntry part =
        one.entry().with(Map.of("first", String.valueOf(one.sequence()), "users", one.user()));
    return DeadLetter.late(
        part,
        Reason.CONFLICT,
        "Issued in epoch %d, the coupon is in epoch %d; %s"
            .formatted(one.entry().epoch(), epoch, why));
  }

  private static List<Gap> gaps(SqlTransaction tx, String couponId) {
    List<Gap> gaps = new ArrayList<>();
    for (Row row :
        tx.query("SELECT first, last, reason FROM sequence_gap WHERE coupon_id = ?", couponId)) {
      gaps.add(
          new Gap(row.getLong(0), row.getLong(1), row.getString(2).equals(SequenceWindow.LOST)));
    }
    return gaps;
  }
}

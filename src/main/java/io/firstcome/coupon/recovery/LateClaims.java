package io.firstcome.coupon.recovery;

import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetter.Reason;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.In;
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
  private final ClaimRows claims;
  private final Duration patience;

  LateClaims(CouponScripts scripts, ClaimRows claims, Duration patience) {
    this.scripts = scripts;
    this.claims = claims;
    this.patience = patience;
  }

  private record Gap(long first, long last, boolean lost) {
    boolean has(long sequence) {
      return first <= sequence && sequence <= last;
    }
  }

  /**
   * Units that a user was issued together, one after the other.
   *
   * @param gaps where their numbers lie; null where one of them lies in none
   */
  private record Late(List<IssuedUnit> units, List<Gap> gaps) {

    String user() {
      return units.get(0).user();
    }

    /** How many units the user held before. */
    long before() {
      return units.get(0).unit() - 1;
    }

    String holding() {
      return ClaimHolding.of(
              units.stream()
                  .map(
                      one ->
                          new ClaimHolding.Unit(
                              one.sequence(), one.entry().at(), null, one.group()))
                  .toList())
          .text();
    }

    /** How many of them count as lost. */
    long lost() {
      return gaps.stream().filter(Gap::lost).count();
    }
  }

  /** A unit of a user, which only one number can be. */
  private record Place(String user, long unit) {}

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
      List<IssuedUnit> issued = IssuedUnit.of(entry);
      for (int from = 0; from < issued.size(); ) {
        int to = from + 1;
        while (to < issued.size() && isNext(issued.get(to - 1), issued.get(to))) {
          to++;
        }
        all.add(late(issued.subList(from, to), gaps));
        from = to;
      }
    }
    List<DeadLetter> refused = new ArrayList<>();
    for (List<Late> some : In.parts(all)) {
      refused.addAll(judge(tx, couponId, epoch, retired, some));
    }
    return refused;
  }

  private static boolean isNext(IssuedUnit before, IssuedUnit unit) {
    return unit.user().equals(before.user()) && unit.unit() == before.unit() + 1;
  }

  private static Late late(List<IssuedUnit> units, List<Gap> gaps) {
    List<Gap> own = new ArrayList<>();
    for (IssuedUnit unit : units) {
      gaps.stream().filter(gap -> gap.has(unit.sequence())).findFirst().ifPresent(own::add);
    }
    return new Late(units, own.size() == units.size() ? own : null);
  }

  private List<DeadLetter> judge(
      SqlTransaction tx, String couponId, long epoch, boolean retired, List<Late> some) {
    Map<Long, String> users = new HashMap<>();
    In sequences =
        In.of(
            some.stream().flatMap(one -> one.units().stream()).map(IssuedUnit::sequence).toList());
    tx.query(
            "SELECT sequence, user_id FROM claim WHERE coupon_id = ? AND sequence IN "
                + sequences.marks(),
            sequences.after(couponId))
        .forEach(row -> users.put(row.getLong(0), row.getString(1)));
    Set<Place> held = new HashSet<>();
    In claimants = In.of(some.stream().map(Late::user).toList());
    tx.query(
            "SELECT user_id, unit FROM claim WHERE coupon_id = ? AND user_id IN "
                + claimants.marks(),
            claimants.after(couponId))
        .forEach(row -> held.add(new Place(row.getString(0), row.getLong(1))));

    List<DeadLetter> refused = new ArrayList<>();
    List<Late> good = new ArrayList<>();
    for (Late one : some) {
      List<IssuedUnit> missing =
          one.units().stream()
              .filter(unit -> !unit.user().equals(users.get(unit.sequence())))
              .toList();
      if (one.gaps() == null && !missing.isEmpty()) {
        refused.addAll(conflict(one, epoch, "its number lies in no recorded gap"));
      } else if (missing.stream().anyMatch(unit -> users.containsKey(unit.sequence()))) {
        refused.addAll(conflict(one, epoch, "another user holds its number"));
      } else if (missing.stream().anyMatch(u -> held.contains(new Place(u.user(), u.unit())))) {
        refused.addAll(conflict(one, epoch, "its user holds another claim"));
      } else if (one.gaps() != null) {
        good.add(one);
      }
    }
    List<Boolean> given = retired ? lost(good) : give(couponId, epoch, good);
    List<Late> kept = new ArrayList<>();
    for (int i = 0; i < good.size(); i++) {
      if (given.get(i)) {
        kept.add(good.get(i));
      } else {
        refused.addAll(
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
      Collections.addAll(
          args,
          one.user(),
          one.holding(),
          String.valueOf(one.lost()),
          String.valueOf(one.before()));
    }
    return scripts.late(couponId, epoch, args).await().atMost(patience).orElseGet(() -> lost(good));
  }

  /** What was told to nobody has no unit kept for it. */
  private static List<Boolean> lost(List<Late> good) {
    return good.stream().map(one -> one.lost() == one.units().size()).toList();
  }

  private List<DeadLetter> write(SqlTransaction tx, String couponId, long epoch, List<Late> kept) {
    List<IssuedUnit> units = kept.stream().flatMap(one -> one.units().stream()).toList();
    List<DeadLetter> refused = new ArrayList<>();
    List<RowInsert.Outcome> outcomes = claims.insert(tx, couponId, units);
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i).refused()) {
        refused.add(conflict(units.get(i), epoch, outcomes.get(i).detail()));
      }
    }
    return refused;
  }

  private static List<DeadLetter> conflict(Late late, long epoch, String why) {
    return late.units().stream().map(unit -> conflict(unit, epoch, why)).toList();
  }

  private static DeadLetter conflict(IssuedUnit unit, long epoch, String why) {
    return DeadLetter.late(
        unit.alone(),
        Reason.CONFLICT,
        "Issued in epoch %d, the coupon is in epoch %d; %s"
            .formatted(unit.entry().epoch(), epoch, why));
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

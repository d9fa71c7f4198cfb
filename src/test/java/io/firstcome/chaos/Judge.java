package io.firstcome.chaos;

import io.firstcome.chaos.Operation.Kind;
import io.firstcome.chaos.Remains.CampaignRemains;
import io.firstcome.chaos.Remains.CouponRemains;
import io.firstcome.chaos.Remains.Item;
import io.firstcome.chaos.Remains.Reserved;
import io.firstcome.chaos.Remains.SaleRemains;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Holds what was answered against what the stores hold in the end: a pure function, so that a
 * history can be judged again.
 *
 * <p>It does not search for an order that explains all answers, as a checker of linearizability
 * does: the sequence numbers are that order, so each promise is looked at by itself.
 */
final class Judge {
  private static final int MOST_OF_A_KIND = 5;

  /** Reasons of dead letters that come of a state that was replaced. */
  private static final Set<String> REPLACED = Set.of("stale-epoch", "conflict");

  private final Level level;
  private final Level saleLevel;
  private final History history;
  private final List<String> findings = new ArrayList<>();
  private final Map<String, Integer> kinds = new LinkedHashMap<>();
  private long acknowledged;
  private long lost;
  private long forfeited;
  private long reissued;
  private long duplicates;
  private long overIssued;

  /** Something a user was told to hold: when it was first asked for, and first told. */
  private static final class Told {
    final String user;
    final String what;
    long invoked;
    long answered = Long.MAX_VALUE;
    boolean gone;
    boolean unnoticed;

    Told(String user, String what, long invoked) {
      this.user = user;
      this.what = what;
      this.invoked = invoked;
    }
  }

  private Judge(Level level, Level saleLevel, History history) {
    this.level = level;
    this.saleLevel = saleLevel;
    this.history = history;
  }

  static Verdict judge(Level level, Level saleLevel, History history, Remains remains) {
    Judge judge = new Judge(level, saleLevel, history);
    List<Operation> operations = history.operations();
    Map<String, List<Operation>> byTarget = new TreeMap<>();
    for (Operation o : operations) {
      byTarget.computeIfAbsent(o.target(), t -> new ArrayList<>()).add(o);
    }
    byTarget.forEach(
        (target, asked) -> {
          judge.answers(target, asked);
          if (remains.coupons().containsKey(target)) {
            List<Operation> ofUnits = asked.stream().flatMap(o -> o.ofUnits().stream()).toList();
            judge.coupon(target, ofUnits, remains.coupons().get(target));
          } else if (remains.campaigns().containsKey(target)) {
            judge.campaign(target, asked, remains.campaigns().get(target));
          } else if (remains.sales().containsKey(target)) {
            judge.sale(target, asked, remains.sales().get(target));
          } else {
            judge.finding("%s is not there any more", target);
          }
        });
    long unknown =
        operations.stream().filter(Operation::isUnknown).map(Operation::request).distinct().count();
    return new Verdict(
        judge.acknowledged,
        unknown,
        judge.lost,
        judge.forfeited,
        judge.reissued,
        judge.duplicates,
        judge.overIssued,
        judge.findings());
  }

  /** The number in {@code sequence@issuedAt}. */
  static long sequence(String claim) {
    return Long.parseLong(claim.substring(0, claim.indexOf('@')));
  }

  /** Every answer is one of those that are promised, and every request has one in the end. */
  private void answers(String target, List<Operation> asked) {
    Map<String, Operation> last = new LinkedHashMap<>();
    for (Operation o : asked) {
      if (o.isSurprise()) {
        finding("%s was answered %d %s", o.request(), o.status(), o.problem());
      }
      Operation before = last.get(o.request());
      if (before == null || before.isOpen()) {
        last.put(o.request(), o);
      }
    }
    last.values().stream()
        .filter(Operation::isOpen)
        .forEach(o -> finding("%s never had an answer: %s", o.request(), o.problem()));
    if (target.isEmpty()) {
      finding("operations without a target");
    }
  }

  private void coupon(String coupon, List<Operation> asked, CouponRemains remains) {
    Map<String, List<Told>> told = told(asked, Kind.CLAIM, Operation::user);
    // Who was told of a unit, gone or not, and who holds one without having been told.
    Map<String, Set<String>> holders = new HashMap<>();
    // Of these, whose is gone and may be anybody's again.
    Map<String, Set<String>> free = new HashMap<>();
    remains.rows().forEach((user, row) -> holdersOf(holders, row).add(user));
    long gone = 0;
    for (List<Told> ofUser : told.values()) {
      for (Told claim : ofUser) {
        acknowledged++;
        holdersOf(holders, claim.what).add(claim.user);
        String row = remains.rows().get(claim.user);
        if (!claim.what.equals(row)) {
          gone += forget(level, coupon, claim, "the claim", row);
          if (claim.unnoticed) {
            holdersOf(free, claim.what).add(claim.user);
          }
        }
      }
    }
    duplicates(coupon, holders, free);
    long again = free.values().stream().mapToLong(Set::size).sum();
    overIssued(coupon, holders, remains, remains.onLoss().equals("REISSUE") ? gone : again);
    order(coupon, told, remains);
    told.values().forEach(ofUser -> ofUser.forEach(claim -> steadfast(coupon, claim, asked)));
    redemptions(coupon, asked, remains);
    revocations(coupon, asked, remains);
    stores(coupon, asked, remains);
  }

  /**
   * A unit is redeemed for one order at a time, an acknowledged redemption is never lost, and one
   * that was taken back never comes again.
   */
  private void redemptions(String coupon, List<Operation> asked, CouponRemains remains) {
    // By user and order: both are told once MySQL has them, whatever the level of claims is.
    Map<String, List<Told>> undone = told(asked, Kind.UNREDEEM, o -> o.user() + " " + o.key());
    Set<String> mayBeUndone = new HashSet<>();
    for (Operation o : asked) {
      if (o.kind() == Kind.UNREDEEM && (o.mayHaveBeenDecided() || !o.told().isEmpty())) {
        mayBeUndone.add(o.user() + " " + o.key());
      }
    }
    told(asked, Kind.REDEEM, Operation::user)
        .forEach(
            (user, ofUser) -> {
              acknowledged += ofUser.size();
              List<Told> kept =
                  ofUser.stream()
                      .filter(t -> !mayBeUndone.contains(user + " " + order(t.what)))
                      .toList();
              if (kept.size() > 1) {
                duplicates += kept.size() - 1;
                finding("%s: the unit of %s was redeemed %d times", coupon, user, kept.size());
              }
              for (Told redemption : kept) {
                String there = remains.redeemed().get(user);
                if (!redemption.what.equals(there)) {
                  forget(Level.DATABASE, coupon, redemption, "the redemption", there);
                }
              }
            });
    undone.forEach(
        (key, ofKey) -> {
          acknowledged++;
          Told undo = ofKey.get(0);
          String there = remains.redeemed().get(undo.user);
          if (there != null && order(there).equals(undo.what)) {
            forget(Level.DATABASE, coupon, undo, "the undone redemption", there);
          }
        });
    if (!remains.redeemed().equals(remains.redeemedInRedis())) {
      finding(
          "%s: MySQL and Redis have other redemptions: %s",
          coupon, firstDifference(remains.redeemed(), remains.redeemedInRedis()));
    }
  }

  /** The order in {@code order@sequence}. */
  private static String order(String redemption) {
    return redemption.substring(0, redemption.indexOf('@'));
  }

  /** An acknowledged revocation is never lost, and nothing is revoked by itself. */
  private void revocations(String coupon, List<Operation> asked, CouponRemains remains) {
    told(asked, Kind.REVOKE, Operation::user)
        .forEach(
            (unit, ofUnit) -> {
              acknowledged++;
              if (!remains.revoked().contains(unit)) {
                forget(Level.DATABASE, coupon, ofUnit.get(0), "the revocation", null);
              }
            });
    Set<String> unasked = new HashSet<>(remains.revoked());
    asked.stream().filter(o -> o.kind() == Kind.REVOKE).forEach(o -> unasked.remove(o.user()));
    if (!unasked.isEmpty()) {
      finding("%s: nobody revoked %s", coupon, some(unasked));
    }
    if (!remains.revoked().equals(remains.revokedInRedis())) {
      Set<String> here = new HashSet<>(remains.revoked());
      here.removeAll(remains.revokedInRedis());
      Set<String> there = new HashSet<>(remains.revokedInRedis());
      there.removeAll(remains.revoked());
      finding(
          "%s: MySQL and Redis have other revocations: %s and %s", coupon, some(here), some(there));
    }
  }

  private static Set<String> holdersOf(Map<String, Set<String>> holders, String claim) {
    return holders.computeIfAbsent(claim, c -> new HashSet<>());
  }

  /** What was told, by user or key; more than one thing of one user is not as it should be. */
  private static Map<String, List<Told>> told(
      List<Operation> asked, Kind kind, Function<Operation, String> of) {
    Map<String, Long> invoked = new HashMap<>();
    Map<String, List<Told>> told = new LinkedHashMap<>();
    // In order of their answers: what is told now may have been decided for any without one.
    for (Operation o : asked) {
      if (o.kind() != kind) {
        continue;
      }
      String key = of.apply(o);
      List<Told> ofKey = told.getOrDefault(key, List.of());
      Told same = ofKey.stream().filter(t -> t.what.equals(o.told())).findFirst().orElse(null);
      if (o.mayHaveBeenDecided()) {
        invoked.merge(key, o.invoked(), Math::min);
      } else if (!o.told().isEmpty() && same == null) {
        long since = Math.min(o.invoked(), invoked.getOrDefault(key, o.invoked()));
        Told first = new Told(o.user(), o.told(), since);
        first.answered = o.answered();
        told.computeIfAbsent(key, k -> new ArrayList<>(1)).add(first);
      }
    }
    return told;
  }

  /** Returns 1 where it may be gone. */
  private int forget(Level protects, String target, Told told, String what, String instead) {
    told.gone = true;
    List<Loss> excuses = history.excuses(protects, target, told.invoked, told.answered);
    if (!excuses.isEmpty()) {
      told.unnoticed = excuses.stream().anyMatch(Loss::unnoticed);
      forfeited++;
      return 1;
    }
    lost++;
    finding(
        "%s: %s %s of %s was acknowledged and is gone%s",
        target, what, told.what, told.user, instead == null ? "" : ", instead: " + instead);
    return 0;
  }

  private void duplicates(
      String coupon, Map<String, Set<String>> holders, Map<String, Set<String>> free) {
    Map<Long, Set<String>> byNumber = new TreeMap<>();
    Map<Long, Integer> freeByNumber = new HashMap<>();
    holders.forEach(
        (claim, users) -> {
          for (String user : users) {
            byNumber.computeIfAbsent(sequence(claim), n -> new HashSet<>()).add(user + " " + claim);
          }
          int again = free.getOrDefault(claim, Set.of()).size();
          freeByNumber.merge(sequence(claim), again, Integer::sum);
        });
    byNumber.forEach(
        (number, given) -> {
          int again = Math.min(freeByNumber.get(number), given.size() - 1);
          reissued += again;
          if (given.size() - again > 1) {
            duplicates += given.size() - again - 1;
            finding("%s: number %d was given %d times: %s", coupon, number, given.size(), given);
          }
        });
  }

  /**
   * So many too many as were acknowledged and lost, and no more: with REISSUE all of these, else
   * those that nobody noticed.
   */
  private void overIssued(
      String coupon, Map<String, Set<String>> holders, CouponRemains remains, long again) {
    long units = holders.values().stream().mapToLong(Set::size).sum();
    long allowed = remains.quantity() + remains.returned() + again;
    if (units > allowed) {
      overIssued += units - allowed;
      finding("%s: %d units were acknowledged, of %d", coupon, units, allowed);
    }
  }

  /**
   * Whoever was told before another asked has the smaller number. Not so within a gap: a primary
   * that was cut off went on there, while the next one had begun above it, and what it had told was
   * found late.
   */
  private void order(String coupon, Map<String, List<Told>> told, CouponRemains remains) {
    List<Told> held =
        told.values().stream()
            .flatMap(List::stream)
            .filter(t -> !t.gone && !remains.isInGap(sequence(t.what)))
            .sorted(Comparator.comparingLong(t -> sequence(t.what)))
            .toList();
    Told earliest = null;
    for (int i = held.size() - 1; i >= 0; i--) {
      Told claim = held.get(i);
      if (earliest != null && earliest.answered < claim.invoked) {
        finding(
            "%s: %s of %s was told before %s of %s was asked for",
            coupon, earliest.what, earliest.user, claim.what, claim.user);
      }
      if (earliest == null || claim.answered < earliest.answered) {
        earliest = claim;
      }
    }
  }

  /** A holder is not told afterwards to hold nothing. */
  private void steadfast(String coupon, Told claim, List<Operation> asked) {
    if (claim.gone) {
      return;
    }
    for (Operation o : refusals(asked).getOrDefault(claim.user, List.of())) {
      if (o.invoked() > claim.answered
          && history.excuses(level, coupon, claim.invoked, claim.answered).isEmpty()) {
        finding("%s: %s holds %s and was told %s", coupon, claim.user, claim.what, o.problem());
      }
    }
  }

  private List<Operation> refusedIn;
  private Map<String, List<Operation>> refused;

  private Map<String, List<Operation>> refusals(List<Operation> asked) {
    if (refusedIn != asked) {
      refusedIn = asked;
      refused = new HashMap<>();
      for (Operation o : asked) {
        if (o.kind() == Kind.CLAIM && o.told().isEmpty() && !o.isOpen()) {
          refused.computeIfAbsent(o.user(), u -> new ArrayList<>()).add(o);
        }
      }
    }
    return refused;
  }

  private void stores(String coupon, List<Operation> asked, CouponRemains remains) {
    if (remains.undrained() > 0) {
      finding("%s: %d entries are never drained", coupon, remains.undrained());
    }
    if (!remains.rows().equals(remains.redis())) {
      finding(
          "%s: MySQL holds %d claims, Redis %d, not the same: %s",
          coupon,
          remains.rows().size(),
          remains.redis().size(),
          firstDifference(remains.rows(), remains.redis()));
    }
    Map<String, String> seen = new HashMap<>(history.seen(coupon));
    seen.entrySet().removeAll(remains.rows().entrySet());
    if (!seen.isEmpty()) {
      finding("%s: %d claims have left MySQL: %s", coupon, seen.size(), some(seen));
    }
    if (remains.rows().size() - remains.returned() > remains.quantity()
        && !remains.onLoss().equals("REISSUE")) {
      finding("%s: %d claims of %d", coupon, remains.rows().size(), remains.quantity());
    }
    long numbers = 0;
    Set<Long> unexplained = new HashSet<>();
    Set<Long> given = new HashSet<>();
    for (String row : remains.rows().values()) {
      given.add(sequence(row));
      numbers = Math.max(numbers, sequence(row));
    }
    for (long number = 1; number < numbers; number++) {
      if (!given.contains(number) && !remains.isInGap(number)) {
        unexplained.add(number);
      }
    }
    if (!unexplained.isEmpty()) {
      finding("%s: %d numbers are missing: %s", coupon, unexplained.size(), some(unexplained));
    }
    quantity(coupon, asked, remains.quantity());
    others(coupon, remains.deadLetters());
  }

  /** The last one answered; or one that nobody knew to be on its way came later. */
  private void quantity(String coupon, List<Operation> asked, long quantity) {
    long answered = 0;
    Set<Long> late = new HashSet<>();
    for (Operation o : asked) {
      if (o.kind() == Kind.RESTOCK && o.status() == 200) {
        answered = Math.max(answered, Long.parseLong(o.key()));
      } else if (o.kind() == Kind.RESTOCK && o.isUnknown()) {
        late.add(Long.parseLong(o.key()));
      }
    }
    if (quantity < answered && !late.contains(quantity)) {
      finding("%s: quantity %d was answered, is %d", coupon, answered, quantity);
    }
  }

  /** However often they moved, each of its units is with one shard. */
  private void campaign(String campaign, List<Operation> asked, CampaignRemains remains) {
    quantity(campaign, asked, remains.quantity());
    if (remains.units() != remains.quantity()) {
      finding("%s: %d units, its shards have %d", campaign, remains.quantity(), remains.units());
    }
  }

  private void sale(String sale, List<Operation> asked, SaleRemains remains) {
    Map<String, List<Told>> told = told(asked, Kind.RESERVE, o -> o.user() + " " + o.key());
    Map<String, Long> promised = new HashMap<>();
    for (List<Told> ofKey : told.values()) {
      for (Told reservation : ofKey) {
        acknowledged++;
        if (!remains.reservations().containsKey(reservation.what)) {
          forget(saleLevel, sale, reservation, "the reservation", null);
        }
      }
      if (ofKey.stream().filter(reservation -> !reservation.gone).count() > 1) {
        duplicates++;
        finding("%s: one key is %d reservations", sale, ofKey.size());
      }
    }
    Set<String> undos = new HashSet<>();
    asked.stream().filter(o -> o.kind() == Kind.UNDO).forEach(o -> undos.add(o.key()));
    told(asked, Kind.UNDO, Operation::key)
        .forEach(
            (id, undo) -> {
              acknowledged++;
              if (!isUndone(remains.reservations().get(id))) {
                forget(saleLevel, sale, undo.get(0), "that it was undone, " + id + ":", null);
              }
            });
    told(asked, Kind.EXTEND, Operation::key)
        .forEach((id, ofId) -> extended(sale, id, ofId, remains.reservations().get(id)));
    // What has become of a reservation is told once and for all, unless that is undone.
    Map<String, List<Told>> ends = ends(asked);
    ends.forEach(
        (id, ofId) -> {
          Reserved reserved = remains.reservations().get(id);
          for (Told end : ofId) {
            boolean undone =
                end.what.equals("CONFIRMED") && undos.contains(id) && isUndone(reserved);
            if (reserved != null && !reserved.status().equals(end.what) && !undone) {
              forget(saleLevel, sale, end, "the end of " + id + ":", reserved.status());
            }
          }
        });
    remains.items().forEach((item, numbers) -> item(sale, item, numbers, remains));
    if (remains.undrained() > 0) {
      finding("%s: %d entries are never drained", sale, remains.undrained());
    }
    // Entries of a state that was replaced: who was told of what they say is looked for above.
    boolean replaced = !history.losses().isEmpty();
    remains.findings().stream()
        .filter(f -> !replaced || !f.contains("what=dead-letters"))
        .forEach(f -> finding("%s: audit: %s", sale, f));
    others(sale, remains.deadLetters());
  }

  private static boolean isUndone(Reserved reserved) {
    return reserved != null && reserved.status().equals("UNDONE");
  }

  /** A hold is extended once: until one time, and that is kept. */
  private void extended(String sale, String id, List<Told> ofId, Reserved reserved) {
    acknowledged++;
    for (Told extension : ofId) {
      if (reserved != null && !reserved.expires().equals(extension.what)) {
        forget(saleLevel, sale, extension, "the extension of " + id + ":", reserved.expires());
      }
    }
    if (ofId.stream().filter(extension -> !extension.gone).count() > 1) {
      duplicates++;
      finding("%s: %s was extended %d times", sale, id, ofId.size());
    }
  }

  /** Of two states that both went on, one is refused; nothing else may be. */
  private void others(String target, Map<String, Integer> deadLetters) {
    deadLetters.forEach(
        (reason, times) -> {
          if (!REPLACED.contains(reason)) {
            finding("%s: %d dead letters: %s", target, times, reason);
          }
        });
  }

  private static Map<String, List<Told>> ends(List<Operation> asked) {
    return told(
        asked.stream()
            .filter(o -> o.kind() == Kind.CONFIRM || o.kind() == Kind.CANCEL)
            .map(
                o ->
                    new Operation(
                        Kind.CONFIRM,
                        o.target(),
                        o.user(),
                        o.key(),
                        o.invoked(),
                        o.answered(),
                        o.status(),
                        o.problem(),
                        o.told()))
            .toList(),
        Kind.CONFIRM,
        Operation::key);
  }

  private void item(String sale, String item, Item numbers, SaleRemains remains) {
    long held = remains.units("HELD").getOrDefault(item, 0L);
    long sold = remains.units("CONFIRMED").getOrDefault(item, 0L);
    if (numbers.held() != held || numbers.sold() != sold) {
      finding(
          "%s/%s: %s, but reservations are %d held and %d sold", sale, item, numbers, held, sold);
    }
    if (numbers.available() + numbers.held() + numbers.sold() != numbers.total()
        || numbers.available() < 0) {
      overIssued += Math.max(0, -numbers.available());
      finding("%s/%s does not add up: %s", sale, item, numbers);
    }
  }

  private static String firstDifference(Map<String, String> one, Map<String, String> other) {
    Set<Map.Entry<String, String>> rest = new HashSet<>(one.entrySet());
    rest.removeAll(other.entrySet());
    Set<Map.Entry<String, String>> back = new HashSet<>(other.entrySet());
    back.removeAll(one.entrySet());
    return some(rest) + " and " + some(back);
  }

  private static String some(Map<?, ?> many) {
    return some(many.entrySet());
  }

  private static String some(Set<?> many) {
    return many.stream().limit(5).toList() + (many.size() > 5 ? " …" : "");
  }

  /** The first few of each kind in words; the rest is counted. */
  private void finding(String text, Object... args) {
    if (kinds.merge(text, 1, Integer::sum) <= MOST_OF_A_KIND) {
      findings.add(text.formatted(args));
    }
  }

  private List<String> findings() {
    List<String> all = new ArrayList<>(findings);
    kinds.forEach(
        (kind, times) -> {
          if (times > MOST_OF_A_KIND) {
            all.add("%d times in all: %s".formatted(times, kind));
          }
        });
    return List.copyOf(all);
  }
}

package io.firstcome.coupon.audit;

import io.firstcome.audit.Difference;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.StoreComparison;
import io.firstcome.audit.StoreReader;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.UnitRow;
import io.firstcome.mysql.In;
import io.firstcome.redis.Keys;
import io.firstcome.work.Throttle;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Compares the claims of a coupon, and finds sequence numbers that nobody holds. */
final class ClaimComparison extends StoreComparison<ClaimComparison.Held> {

  private static final int MAX_GAPS = 1_000;
  private static final String SELECT =
      "SELECT " + UnitRow.COLUMNS + " FROM claim WHERE coupon_id = ? AND ";

  private final String couponId;
  private long last;
  private long returned;

  /**
   * A row in MySQL, or all rows of a user.
   *
   * @param units of them, in order of issue
   * @param text a {@link ClaimHolding}'s, as Redis has it
   */
  record Held(String user, List<ClaimHolding.Unit> units, String text) {

    static Held of(Row row) {
      return of(row.getString(0), List.of(UnitRow.unit(row)));
    }

    static Held of(String user, List<ClaimHolding.Unit> units) {
      return new Held(user, units, ClaimHolding.of(units).text());
    }

    long sequence() {
      return units.get(0).sequence();
    }

    boolean isReturned() {
      ClaimHolding.State state = units.get(0).state();
      return state != null && state.name().equals(ClaimHolding.State.RETURNED);
    }
  }

  ClaimComparison(StoreReader stores, String couponId, Throttle pace, Sink sink) {
    super(stores, couponId, Keys.claimants(couponId), pace, sink);
    this.couponId = couponId;
  }

  /**
   * Compares all.
   *
   * @param lastGiven the last number that Redis gave before this began; null where Redis does not
   *     hold the coupon
   */
  void run(Long lastGiven) {
    if (lastGiven != null) {
      redisWithMySql();
    }
    mySqlWithRedis(lastGiven != null);
    if (lastGiven != null && last < lastGiven) {
      gaps(last + 1, lastGiven);
    }
  }

  /** Rows whose units count against the quantity. */
  long counted() {
    return inMySql() - returned;
  }

  @Override
  protected Map<String, Held> rows(List<String> users) {
    Map<String, Held> rows = new HashMap<>();
    Map<String, List<ClaimHolding.Unit>> units = new HashMap<>();
    if (!users.isEmpty()) {
      In in = In.of(users);
      stores
          .query(
              SELECT + "user_id IN " + in.marks() + " ORDER BY user_id, unit", in.after(couponId))
          .forEach(
              row ->
                  units
                      .computeIfAbsent(row.getString(0), u -> new ArrayList<>())
                      .add(UnitRow.unit(row)));
    }
    units.forEach((user, own) -> rows.put(user, Held.of(user, own)));
    return rows;
  }

  @Override
  protected boolean isSame(String holding, Held row) {
    return holding.equals(row.text());
  }

  @Override
  protected long changedMicros(String user, String holding) {
    ClaimHolding claim = ClaimHolding.find(holding);
    if (claim == null || claim.members().isEmpty()) {
      return claim == null ? 0 : claim.issuedAtMicros();
    }
    return claim.units().stream()
        .mapToLong(
            unit -> unit.state() == null ? unit.issuedAtMicros() : unit.state().sinceMicros())
        .max()
        .getAsLong();
  }

  /** None where it is no claim. */
  private static List<ClaimHolding.Unit> units(String holding) {
    ClaimHolding claim = ClaimHolding.find(holding);
    return claim == null ? List.of() : claim.units();
  }

  @Override
  protected List<Difference> judge(Map<String, String> holdings, Map<String, Held> rows) {
    Map<Long, String> takers =
        takers(
            holdings.values().stream()
                .flatMap(holding -> units(holding).stream())
                .map(ClaimHolding.Unit::sequence)
                .toList());
    List<Difference> differences = new ArrayList<>();
    holdings.forEach(
        (user, holding) -> {
          Held row = rows.get(user);
          List<ClaimHolding.Unit> units = units(holding);
          if (row != null && !isAhead(units, row.units())) {
            differences.add(Difference.differs(user, holding, row.text()));
            return;
          }
          String taker =
              units.stream()
                  .map(unit -> takers.get(unit.sequence()))
                  .filter(by -> by != null && !(row != null && by.equals(user)))
                  .findFirst()
                  .orElse(null);
          if (units.isEmpty() || taker != null) {
            differences.add(numberTaken(user, holding, taker));
          } else {
            differences.add(Difference.missingInMySql(user, holding));
          }
        });
    return differences;
  }

  /**
   * Whether Redis has all that MySQL has, in the same or a later state: MySQL has lost the rest.
   */
  private static boolean isAhead(List<ClaimHolding.Unit> redis, List<ClaimHolding.Unit> mysql) {
    return mysql.stream()
        .allMatch(
            row ->
                redis.stream()
                    .anyMatch(
                        unit ->
                            unit.isIssuedAs(row)
                                && (Objects.equals(unit.state(), row.state())
                                    || since(unit) > since(row))));
  }

  private static long since(ClaimHolding.Unit unit) {
    return unit.state() == null ? 0 : unit.state().sinceMicros();
  }

  private static Difference numberTaken(String user, String holding, String by) {
    String detail =
        by == null ? ", which is not a claim" : ", a number that belongs to " + by + " in MySQL";
    return new Difference(
        FindingType.NUMBER_TAKEN, user, holding, null, "Redis has " + holding + detail);
  }

  /** Who has these numbers in MySQL. */
  private Map<Long, String> takers(List<Long> sequences) {
    Map<Long, String> takers = new HashMap<>();
    if (sequences.isEmpty()) {
      return takers;
    }
    In in = In.of(sequences);
    stores
        .query(SELECT + "sequence IN " + in.marks(), in.after(couponId))
        .forEach(row -> takers.put(row.getLong(1), row.getString(0)));
    return takers;
  }

  @Override
  protected List<Held> page(Held after) {
    List<Held> page = new ArrayList<>();
    stores
        .query(
            SELECT + "sequence > ? ORDER BY sequence LIMIT ?",
            couponId,
            after == null ? 0 : after.sequence(),
            pace.chunk())
        .forEach(row -> page.add(Held.of(row)));
    return page;
  }

  @Override
  protected String field(Held row) {
    return row.user();
  }

  @Override
  protected Difference missingInRedis(Held row) {
    return Difference.missingInRedis(row.user(), row.text());
  }

  /** Every number has a row, up to the last of the page. */
  @Override
  protected void compared(Held before, List<Held> page) {
    returned += page.stream().filter(Held::isReturned).count();
    long first = last + 1;
    last = page.isEmpty() ? last : page.get(page.size() - 1).sequence();
    if (last - first + 1 != page.size()) {
      gaps(first, last);
    }
  }

  /** Finds the gaps within these numbers, once all that was on its way has arrived. */
  private void gaps(long first, long last) {
    if (!passed()) {
      return;
    }
    List<long[]> explained = new ArrayList<>();
    stores
        .query(
            "SELECT first, last FROM sequence_gap WHERE coupon_id = ? AND first <= ? AND last >= ?"
                + " ORDER BY first LIMIT ?",
            couponId,
            last,
            first,
            MAX_GAPS)
        .forEach(row -> explained.add(new long[] {row.getLong(0), row.getLong(1)}));
    long next = first;
    while (next <= last) {
      List<Long> given = numbers(next, last);
      for (long number : given) {
        unexplained(next, number - 1, explained);
        next = number + 1;
      }
      if (given.size() < pace.chunk()) {
        unexplained(next, last, explained);
        return;
      }
    }
  }

  private List<Long> numbers(long first, long last) {
    List<Long> numbers = new ArrayList<>();
    stores
        .query(
            SELECT + "sequence >= ? AND sequence <= ? ORDER BY sequence LIMIT ?",
            couponId,
            first,
            last,
            pace.chunk())
        .forEach(row -> numbers.add(row.getLong(1)));
    return numbers;
  }

  /** Finds those of these numbers that no loss of Redis explains. */
  private void unexplained(long first, long last, List<long[]> explained) {
    long next = first;
    for (long[] range : explained) {
      if (range[1] < next || range[0] > last) {
        continue;
      }
      if (range[0] > next) {
        gap(next, range[0] - 1);
      }
      next = Math.max(next, range[1] + 1);
    }
    if (next <= last) {
      gap(next, last);
    }
  }

  private void gap(long first, long last) {
    String where = first == last ? String.valueOf(first) : first + "-" + last;
    String detail = "Numbers without a claim: " + (last - first + 1);
    found(List.of(new Difference(FindingType.GAP, where, null, null, detail)));
  }
}

package io.firstcome.coupon;

import io.firstcome.audit.Throttle;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.HashScan;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares the claims of a coupon in Redis with those in MySQL, both ways, a chunk at a time: what
 * it holds in memory does not depend on how many there are. It blocks.
 *
 * <p>What was decided before the oldest entry of the ledger must be in MySQL; what was decided
 * after is on its way and is no matter. That oldest entry is read after Redis and before MySQL, so
 * that nothing falls in between. Whatever seems wrong is looked at again, in both stores, when all
 * that was in the ledger has been drained.
 */
final class ClaimComparison {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MAX_GAPS = 1_000;

  /**
   * A claim as the stores have it.
   *
   * @param redis a {@link ClaimHolding}'s text, or null
   * @param mysql the same
   */
  record Held(String user, String redis, String mysql) {}

  /** Is told what is wrong, a chunk at a time. */
  interface Sink {
    /** Redis has them; MySQL has neither them nor their numbers. */
    void missingInMySql(List<Held> claims);

    void missingInRedis(List<Held> claims);

    /** Both have them, and not as the same. */
    void differ(List<Held> claims);

    /** Redis has a number for a user that somebody else has in MySQL (null: it is no claim). */
    void numberTaken(Held claim, String by);

    /** Nobody has these numbers in MySQL, and no loss of Redis explains it. */
    void gap(long first, long last);
  }

  private final String couponId;
  private final Scripts redis;
  private final SqlTransactions mysql;
  private final LedgerProgress ledger;
  private final Throttle pace;
  private final Sink sink;
  private boolean stuck;
  private long checked;
  private long inMySql;

  ClaimComparison(
      String couponId,
      Scripts redis,
      SqlTransactions mysql,
      LedgerProgress ledger,
      Throttle pace,
      Sink sink) {
    this.couponId = couponId;
    this.redis = redis;
    this.mysql = mysql;
    this.ledger = ledger;
    this.pace = pace;
    this.sink = sink;
  }

  /** Claims that were looked at, each once for each store that has it. */
  long checked() {
    return checked;
  }

  /** Rows in MySQL. */
  long inMySql() {
    return inMySql;
  }

  /** Whether something could not be judged, as the ledger was not drained in time. */
  boolean stuck() {
    return stuck;
  }

  /** Every claim of Redis is in MySQL. */
  void redisWithMySql() {
    HashScan claimants = new HashScan(redis, Keys.claimants(couponId), pace.chunk());
    boolean more;
    do {
      Map<String, String> held = new LinkedHashMap<>();
      more = await(claimants.next(held::put));
      long onTheWay = ledger.oldestMicros(couponId);
      for (List<String> users : pace.parts(List.copyOf(held.keySet()))) {
        Map<String, String> rows = rowsOf(users);
        judgeHeld(
            users.stream()
                .filter(user -> !held.get(user).equals(rows.get(user)))
                .filter(user -> issuedAt(held.get(user)) < onTheWay)
                .toList());
      }
      checked += held.size();
      pace.rest();
    } while (more);
  }

  /** When a claim was issued; 0 where this is none. */
  private static long issuedAt(String holding) {
    ClaimHolding claim = ClaimHolding.find(holding);
    return claim == null ? 0 : claim.issuedAtMicros();
  }

  private static long sequence(String holding) {
    ClaimHolding claim = ClaimHolding.find(holding);
    return claim == null ? 0 : claim.sequence();
  }

  private void judgeHeld(List<String> users) {
    if (users.isEmpty() || !passed()) {
      return;
    }
    Map<String, String> held = heldBy(users);
    Map<String, String> rows = rowsOf(users);
    Map<Long, String> taken =
        takers(held.values().stream().map(ClaimComparison::sequence).toList());
    List<Held> missing = new ArrayList<>();
    List<Held> differ = new ArrayList<>();
    for (String user : users) {
      Held claim = new Held(user, held.get(user), rows.get(user));
      if (claim.redis() == null || claim.redis().equals(claim.mysql())) {
        continue;
      }
      if (claim.mysql() != null) {
        differ.add(claim);
      } else if (sequence(claim.redis()) == 0 || taken.containsKey(sequence(claim.redis()))) {
        sink.numberTaken(claim, taken.get(sequence(claim.redis())));
      } else {
        missing.add(claim);
      }
    }
    if (!missing.isEmpty()) {
      sink.missingInMySql(missing);
    }
    if (!differ.isEmpty()) {
      sink.differ(differ);
    }
  }

  /**
   * Every number has a row, up to the last that was given, and every row is known to Redis.
   *
   * @param lastGiven the last number that Redis gave before this began; null where Redis does not
   *     hold the coupon
   */
  void mySqlWithRedis(Long lastGiven) {
    long last = 0;
    while (true) {
      Map<Long, Held> rows = page(last);
      List<String> users = rows.values().stream().map(Held::user).toList();
      if (lastGiven != null) {
        Map<String, String> held = heldBy(users);
        judgeRows(users.stream().filter(user -> !held.containsKey(user)).toList());
      }
      long expected = last + 1;
      boolean whole = true;
      for (long sequence : rows.keySet()) {
        whole &= sequence == expected;
        expected = sequence + 1;
      }
      if (!whole) {
        gaps(last + 1, expected - 1);
      }
      last = expected - 1;
      inMySql += rows.size();
      checked += rows.size();
      if (rows.size() < pace.chunk()) {
        break;
      }
      pace.rest();
    }
    if (lastGiven != null && last < lastGiven) {
      gaps(last + 1, lastGiven);
    }
  }

  private void judgeRows(List<String> users) {
    if (users.isEmpty() || !passed()) {
      return;
    }
    Map<String, String> held = heldBy(users);
    Map<String, String> rows = rowsOf(users);
    List<Held> missing =
        users.stream()
            .filter(user -> rows.containsKey(user) && !held.containsKey(user))
            .map(user -> new Held(user, null, rows.get(user)))
            .toList();
    if (!missing.isEmpty()) {
      sink.missingInRedis(missing);
    }
  }

  /** Tells the gaps within these numbers, once all that was on its way has arrived. */
  private void gaps(long first, long last) {
    if (!passed()) {
      return;
    }
    List<long[]> explained =
        mysql.run(
            tx -> {
              List<long[]> ranges = new ArrayList<>();
              for (Row row :
                  tx.query(
                      "SELECT first, last FROM sequence_gap"
                          + " WHERE coupon_id = ? AND first <= ? AND last >= ?"
                          + " ORDER BY first LIMIT ?",
                      couponId,
                      last,
                      first,
                      MAX_GAPS)) {
                ranges.add(new long[] {row.getLong(0), row.getLong(1)});
              }
              return ranges;
            });
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

  private void unexplained(long first, long last, List<long[]> explained) {
    long next = first;
    for (long[] range : explained) {
      if (range[1] < next || range[0] > last) {
        continue;
      }
      if (range[0] > next) {
        sink.gap(next, range[0] - 1);
      }
      next = Math.max(next, range[1] + 1);
    }
    if (next <= last) {
      sink.gap(next, last);
    }
  }

  /** Waits for what is on its way; once in vain is enough. */
  private boolean passed() {
    stuck = stuck || !ledger.awaitPassed(couponId, PATIENCE);
    return !stuck;
  }

  private Map<String, String> heldBy(List<String> users) {
    Map<String, String> held = new HashMap<>();
    if (users.isEmpty()) {
      return held;
    }
    List<Object> args = new ArrayList<>();
    args.add(Keys.claimants(couponId));
    args.addAll(users);
    Response values = ask(Command.HMGET, args.toArray());
    for (int i = 0; i < users.size(); i++) {
      if (values.get(i) != null) {
        held.put(users.get(i), values.get(i).toString());
      }
    }
    return held;
  }

  private Map<String, String> rowsOf(List<String> users) {
    Map<String, String> rows = new HashMap<>();
    if (!users.isEmpty()) {
      for (Row row :
          query(
              "SELECT user_id, sequence, issued_at FROM claim WHERE coupon_id = ? AND user_id IN "
                  + In.of(users).marks(),
              In.of(users).values())) {
        rows.put(row.getString(0), holding(row.getLong(1), row));
      }
    }
    return rows;
  }

  /** Who has these numbers in MySQL. */
  private Map<Long, String> takers(List<Long> sequences) {
    Map<Long, String> takers = new HashMap<>();
    if (!sequences.isEmpty()) {
      for (Row row :
          query(
              "SELECT sequence, user_id FROM claim WHERE coupon_id = ? AND sequence IN "
                  + In.of(sequences).marks(),
              In.of(sequences).values())) {
        takers.put(row.getLong(0), row.getString(1));
      }
    }
    return takers;
  }

  private Map<Long, Held> page(long after) {
    Map<Long, Held> rows = new LinkedHashMap<>();
    for (Row row :
        query(
            "SELECT sequence, user_id, issued_at FROM claim WHERE coupon_id = ? AND sequence > ?"
                + " ORDER BY sequence LIMIT ?",
            Arrays.asList(after, pace.chunk()))) {
      String user = row.getString(1);
      rows.put(row.getLong(0), new Held(user, null, holding(row.getLong(0), row)));
    }
    return rows;
  }

  private List<Long> numbers(long first, long last) {
    List<Long> numbers = new ArrayList<>();
    for (Row row :
        query(
            "SELECT sequence FROM claim WHERE coupon_id = ? AND sequence >= ? AND sequence <= ?"
                + " ORDER BY sequence LIMIT ?",
            Arrays.asList(first, last, pace.chunk()))) {
      numbers.add(row.getLong(0));
    }
    return numbers;
  }

  /** The third column is when it was issued. */
  private static String holding(long sequence, Row row) {
    return new ClaimHolding(sequence, Micros.of(row.getLocalDateTime(2))).text();
  }

  private Iterable<Row> query(String sql, List<?> params) {
    List<Object> all = new ArrayList<>();
    all.add(couponId);
    all.addAll(params);
    return mysql.run(tx -> tx.query(sql, all.toArray()));
  }

  private Response ask(Command command, Object... args) {
    return await(redis.send(command, args));
  }

  private <T> T await(Uni<T> reply) {
    return reply.await().atMost(redis.timeout().plusSeconds(5));
  }
}

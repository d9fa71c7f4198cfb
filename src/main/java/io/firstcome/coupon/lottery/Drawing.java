package io.firstcome.coupon.lottery;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.model.Draw.Fallback;
import io.firstcome.coupon.model.Draw.State;
import io.firstcome.coupon.model.LotteryConfig;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.recovery.RetentionRule;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.http.input.UserId;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.RowInsert;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * Draws lotteries, step by step; every step may be repeated, and any replica may go on.
 *
 * <ol>
 *   <li>The shard that has the entries leaves Redis, as every coupon does that has ended ({@link
 *       Loader#retire}): it is taken out of service and its ledger is drained, so that MySQL has
 *       every entry and nobody adds one. It is marked, and nothing revives it any more.
 *   <li>The entries are listed, those that are withdrawn or erased left out, and the root of the
 *       list is recorded.
 *   <li>Where the seed has a public value in it, that is waited for, or its time ends.
 *   <li>The ranks are computed, and the winners listed.
 *   <li>One transaction publishes the secret, issues the winners' units, and makes the coupon one
 *       like any other, closed, in MySQL.
 *   <li>Redis loads it.
 * </ol>
 *
 * <p>Each write to a draw is made under a lock on its row, in the state that it belongs to: a
 * replica that slept finds another state and changes nothing. What a step computes depends on what
 * MySQL has alone, so that two replicas at the same step write the same.
 *
 * <p>Memory is bounded whatever the numbers are: entries are read page by page. The winners are
 * found by counting how many ranks begin with each of 65,536 prefixes, and then reading the entries
 * again for as many of these prefixes as {@link #WINDOW} candidates have.
 *
 * <p>Every method blocks.
 */
@ApplicationScoped
class Drawing {

  private static final Logger LOG = Logger.getLogger(Drawing.class);

  /** Candidates in memory, of some 150 bytes. */
  static final int WINDOW = 200_000;

  private static final int PREFIXES = 1 << 16;

  /** Claims that one statement writes. */
  private static final int CLAIMS_AT_ONCE = 10_000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final SqlTransactions mysql;
  private final CouponScripts scripts;
  private final Loader loader;
  private final LedgerProgress ledger;
  private final int chunk;
  private final RowInsert entries;
  private final RowInsert winners;

  Drawing(
      SqlTransactions mysql,
      CouponScripts scripts,
      Loaders loaders,
      LedgerProgress progress,
      LedgerConfig ledger,
      LotteryConfig config) {
    this.mysql = mysql;
    this.scripts = scripts;
    this.loader = loaders.of(COUPON);
    this.ledger = progress;
    this.chunk = config.chunk();
    this.entries =
        RowInsert.into(
            "draw_entry",
            ledger.rowsPerInsert(),
            "coupon_id",
            "draw",
            "number",
            "entry",
            "tickets");
    this.winners =
        RowInsert.into(
            "draw_winner", ledger.rowsPerInsert(), "coupon_id", "draw", "place", "number");
  }

  /** Somebody else draws, or has drawn: what is here is over. */
  static final class SupersededException extends RuntimeException {
    SupersededException(String message) {
      super(message, null, false, false);
    }
  }

  /** Says that the work goes on; throws where it is somebody else's by now. */
  interface Heartbeat {
    void beat();
  }

  /** A draw as MySQL has it. */
  private record Stored(
      String couponId,
      int number,
      State state,
      String secret,
      String saltKey,
      boolean hasRule,
      boolean isSettled,
      String publicValue,
      Fallback fallback,
      boolean isLate,
      long quantity,
      long entries) {

    String entriesId() {
      return Shard.ofEntries(couponId).id();
    }

    /** Null where nobody is to win. */
    String seed() {
      return fallback == Fallback.CANCEL && publicValue == null
          ? null
          : DrawRules.seed(secret, publicValue);
    }

    long winners() {
      return Math.min(quantity, entries);
    }
  }

  /** Lotteries whose draws can go on. */
  List<String> due(int limit) {
    return mysql.texts(
        "SELECT d.coupon_id FROM draw d WHERE NOT d.published AND (d.state <> ? OR EXISTS"
            + " (SELECT 1 FROM coupon WHERE campaign = d.coupon_id AND "
            + RetentionRule.OVER
            + ")) AND NOT (d.state = ? AND d.public_name IS NOT NULL AND d.settled_at IS NULL AND "
            + "d.frozen_at + INTERVAL d.within_seconds SECOND > UTC_TIMESTAMP(6))"
            + " ORDER BY d.coupon_id LIMIT ?",
        State.ENTERING.stored(),
        State.FROZEN.stored(),
        limit);
  }

  /** Draws that wait for a public value, and its name: of each the id, a space, and the name. */
  List<String> waiting(int limit) {
    return mysql.texts(
        "SELECT CONCAT(coupon_id, ' ', public_name) FROM draw WHERE NOT published AND state = ?"
            + " AND public_name IS NOT NULL AND settled_at IS NULL ORDER BY frozen_at LIMIT ?",
        State.FROZEN.stored(),
        limit);
  }

  /** Goes on with a draw as far as it can; says whether it has ended. */
  boolean advance(String couponId, Heartbeat heartbeat) {
    Stored draw = read(couponId);
    if (draw.state() == State.ENTERING) {
      if (!freeze(draw, heartbeat)) {
        return false;
      }
      draw = read(couponId);
    }
    if (draw.state() == State.FREEZING) {
      list(draw, heartbeat);
      heartbeat.beat();
      draw = read(couponId);
    }
    if (draw.state() == State.FROZEN) {
      if (!draw.isSettled() && !settle(draw)) {
        return false;
      }
      heartbeat.beat();
      draw = read(couponId);
      if (draw.seed() == null) {
        finish(draw, State.CANCELLED, "");
      } else {
        finish(draw, State.DRAWN, rank(draw, heartbeat));
      }
    }
    heartbeat.beat();
    publish(couponId);
    return true;
  }

  private Stored read(String couponId) {
    return mysql.run(tx -> read(tx, couponId, ""));
  }

  private static Stored read(SqlTransaction tx, String couponId, String lock) {
    Row row =
        tx.query(
                "SELECT d.number, d.state, d.secret, d.salt_key, d.tickets <> '' AS has_rule,"
                    + " d.settled_at IS NOT NULL AS settled, d.public_value, d.fallback,"
                    + " d.public_name IS NULL OR COALESCE(d.frozen_at + INTERVAL d.within_seconds"
                    + " SECOND <= UTC_TIMESTAMP(6), FALSE) AS late, c.quantity, COALESCE(d.entries,"
                    + " 0) AS entries FROM draw d JOIN coupon c ON c.id = d.coupon_id WHERE"
                    + " d.coupon_id = ? ORDER BY d.number DESC LIMIT 1"
                    + lock,
                couponId)
            .iterator()
            .next();
    String fallback = row.getString("fallback");
    return new Stored(
        couponId,
        row.getInteger("number"),
        State.ofStored(row.getString("state")),
        row.getString("secret"),
        row.getString("salt_key"),
        row.getLong("has_rule") == 1,
        row.getLong("settled") == 1,
        row.getString("public_value"),
        fallback == null ? null : Fallback.ofStored(fallback),
        row.getLong("late") == 1,
        row.getLong("quantity"),
        row.getLong("entries"));
  }

  /** Locks a draw in the state that it was read in. */
  private static void lock(SqlTransaction tx, Stored draw) {
    for (Row row :
        tx.query(
            "SELECT state FROM draw WHERE coupon_id = ? AND number = ? FOR UPDATE",
            draw.couponId(),
            draw.number())) {
      if (State.ofStored(row.getString(0)) == draw.state()) {
        return;
      }
    }
    throw new SupersededException("The draw of " + draw.couponId() + " has gone on elsewhere");
  }

  private boolean freeze(Stored draw, Heartbeat heartbeat) {
    String entriesId = draw.entriesId();
    long refused = ledger.deadLetters(entriesId);
    if (refused > 0) {
      LOG.warnf(
          "Lottery %s is not drawn while its ledger has %d dead letters: they may be entries."
              + " Replay or discard those of ledger %s",
          draw.couponId(), refused, entriesId);
      return false;
    }
    boolean isRetired =
        mysql.run(
                tx ->
                    tx.query(
                            "SELECT 1 FROM coupon WHERE id = ? AND retired_at IS NOT NULL",
                            entriesId)
                        .size())
            > 0;
    if (!isRetired) {
      loader.retire(entriesId);
    }
    heartbeat.beat();
    return mysql.run(
        tx -> {
          // Whoever changes the lottery has this lock too, and then the shard follows.
          long version =
              tx.query("SELECT version FROM coupon WHERE id = ? FOR UPDATE", draw.couponId())
                  .iterator()
                  .next()
                  .getLong(0);
          lock(tx, draw);
          if (tx.query(
                      "UPDATE coupon SET frozen = TRUE WHERE id = ? AND retired_at IS NOT NULL"
                          + " AND followed = ? AND "
                          + RetentionRule.OVER,
                      entriesId,
                      version)
                  .rowCount()
              == 0) {
            return false;
          }
          state(tx, draw, State.FREEZING, "");
          return true;
        });
  }

  private static void state(
      SqlTransaction tx, Stored draw, State next, String more, Object... params) {
    List<Object> all = new ArrayList<>(List.of(next.stored()));
    all.addAll(Arrays.asList(params));
    all.add(draw.couponId());
    all.add(draw.number());
    tx.query(
        "UPDATE draw SET state = ?" + more + " WHERE coupon_id = ? AND number = ?", all.toArray());
  }

  private void list(Stored draw, Heartbeat heartbeat) {
    while (collect(draw) == chunk) {
      heartbeat.beat();
    }
    MerkleTree tree = new MerkleTree();
    each(
        draw, heartbeat, row -> tree.add(DrawRules.leaf(row.number(), row.entry(), row.tickets())));
    String root = tree.root();
    mysql.run(
        tx -> {
          lock(tx, draw);
          long listed =
              tx.query(
                      "SELECT COUNT(*) FROM draw_entry WHERE coupon_id = ? AND draw = ?",
                      draw.couponId(),
                      draw.number())
                  .iterator()
                  .next()
                  .getLong(0);
          if (listed != tree.leaves()) {
            throw new SupersededException("The entries of " + draw.couponId() + " were not all");
          }
          state(
              tx,
              draw,
              State.FROZEN,
              ", root = ?, entries = ?, frozen_at = UTC_TIMESTAMP(6)",
              root,
              listed);
          return null;
        });
    LOG.infof(
        "The %d entries of lottery %s are frozen under the root %s",
        tree.leaves(), draw.couponId(), root);
  }

  /** Lists the next entries; returns how many there were. */
  private int collect(Stored draw) {
    String tickets =
        draw.hasRule()
            ? "(SELECT COUNT(*) FROM claim t WHERE t.coupon_id = c.coupon_id"
                + " AND t.user_id = c.user_id AND t.state IS NULL)"
            : "1";
    return mysql.run(
        tx -> {
          lock(tx, draw);
          long last =
              tx.query(
                      "SELECT COALESCE(MAX(number), 0) FROM draw_entry"
                          + " WHERE coupon_id = ? AND draw = ?",
                      draw.couponId(),
                      draw.number())
                  .iterator()
                  .next()
                  .getLong(0);
          List<List<Object>> rows = new ArrayList<>();
          for (Row row :
              tx.query(
                  "SELECT c.sequence, c.user_id, "
                      + tickets
                      + " FROM claim c WHERE c.coupon_id = ? AND c.sequence > ? AND c.unit = 1"
                      + " AND c.state IS NULL AND c.user_id NOT LIKE ? ORDER BY c.sequence LIMIT ?",
                  draw.entriesId(),
                  last,
                  UserId.ERASED + "%",
                  chunk)) {
            String user = row.getString(1);
            String entry =
                DrawRules.entry(draw.couponId(), user, DrawRules.salt(draw.saltKey(), user));
            rows.add(
                List.of(draw.couponId(), draw.number(), row.getLong(0), entry, row.getInteger(2)));
          }
          if (!rows.isEmpty()) {
            entries.append(tx, rows);
          }
          return rows.size();
        });
  }

  /** An entry of the list. */
  private record Listed(long number, String entry, int tickets) {}

  /** Every entry of the list in its order, page by page. */
  private void each(Stored draw, Heartbeat heartbeat, Consumer<Listed> use) {
    long after = 0;
    while (true) {
      long from = after;
      List<Listed> page =
          mysql.run(
              tx -> {
                List<Listed> rows = new ArrayList<>(chunk);
                for (Row row :
                    tx.query(
                        "SELECT number, entry, tickets FROM draw_entry WHERE coupon_id = ?"
                            + " AND draw = ? AND number > ? ORDER BY number LIMIT ?",
                        draw.couponId(),
                        draw.number(),
                        from,
                        chunk)) {
                  rows.add(new Listed(row.getLong(0), row.getString(1), row.getInteger(2)));
                }
                return rows;
              });
      page.forEach(use);
      if (page.size() < chunk) {
        return;
      }
      after = page.get(page.size() - 1).number();
      heartbeat.beat();
    }
  }

  /** Whether the seed is known from now on. */
  private boolean settle(Stored draw) {
    return mysql.run(
        tx -> {
          lock(tx, draw);
          if (!draw.isLate()) {
            // The value may have come since it was read.
            return read(tx, draw.couponId(), "").isSettled();
          }
          tx.query(
              "UPDATE draw SET settled_at = UTC_TIMESTAMP(6)"
                  + " WHERE coupon_id = ? AND number = ? AND settled_at IS NULL",
              draw.couponId(),
              draw.number());
          return true;
        });
  }

  /**
   * What becomes of a public value.
   *
   * @param state of the draw
   * @param value that counts, null: none does
   * @param isNamed whether the draw has a public value of that name
   */
  record Settled(State state, String value, boolean isNamed) {}

  /**
   * Records the public value if it counts: the entries are frozen, and the seed is not known.
   *
   * @param name of the value as the caller knows it, or null
   * @param recorded called in the transaction if the value is recorded
   */
  Settled publicValue(
      String couponId, int number, String name, String value, Consumer<SqlTransaction> recorded) {
    return mysql.run(
        tx -> {
          Row row =
              tx.query(
                      "SELECT state, public_value, settled_at IS NULL, public_name"
                          + " FROM draw WHERE coupon_id = ? AND number = ? FOR UPDATE",
                      couponId,
                      number)
                  .iterator()
                  .next();
          State state = State.ofStored(row.getString(0));
          String wanted = row.getString(3);
          boolean isNamed = wanted != null && (name == null || name.equals(wanted));
          if (state == State.FROZEN && row.getLong(2) == 1 && isNamed) {
            tx.query(
                "UPDATE draw SET public_value = ?, settled_at = UTC_TIMESTAMP(6)"
                    + " WHERE coupon_id = ? AND number = ?",
                value,
                couponId,
                number);
            recorded.accept(tx);
            return new Settled(state, value, true);
          }
          return new Settled(state, row.getString(1), isNamed);
        });
  }

  /** An entry with its rank. */
  private record Candidate(byte[] rank, long number) implements Comparable<Candidate> {

    int prefix() {
      return (rank[0] & 0xff) << 8 | rank[1] & 0xff;
    }

    @Override
    public int compareTo(Candidate other) {
      int order = Arrays.compareUnsigned(rank, other.rank);
      return order != 0 ? order : Long.compare(number, other.number);
    }
  }

  /** Lists the winners in the order of their ranks; returns the last of these, or an empty text. */
  private String rank(Stored draw, Heartbeat heartbeat) {
    DrawRules.Ranks ranks = new DrawRules.Ranks(draw.seed(), draw.couponId());
    int[] counts = new int[PREFIXES];
    each(
        draw,
        heartbeat,
        row ->
            counts[new Candidate(ranks.of(row.entry(), row.tickets()), row.number()).prefix()]++);
    long wanted = draw.winners();
    long place = 0;
    int prefix = 0;
    byte[] last = null;
    while (place < wanted) {
      int from = prefix;
      int size = 0;
      while (prefix < PREFIXES && (prefix == from || size + counts[prefix] <= WINDOW)) {
        size += counts[prefix++];
        if (place + size >= wanted) {
          break;
        }
      }
      List<Candidate> candidates = new ArrayList<>(size);
      int end = prefix;
      each(
          draw,
          heartbeat,
          row -> {
            Candidate one = new Candidate(ranks.of(row.entry(), row.tickets()), row.number());
            if (one.prefix() >= from && one.prefix() < end) {
              candidates.add(one);
            }
          });
      candidates.sort(null);
      int winning = (int) Math.min(candidates.size(), wanted - place);
      win(draw, place, candidates.subList(0, winning), heartbeat);
      place += winning;
      if (winning > 0) {
        last = candidates.get(winning - 1).rank();
      }
    }
    return last == null ? "" : HexFormat.of().formatHex(last);
  }

  private void win(Stored draw, long before, List<Candidate> some, Heartbeat heartbeat) {
    for (int from = 0; from < some.size(); from += chunk) {
      List<Candidate> part = some.subList(from, Math.min(some.size(), from + chunk));
      long first = before + from + 1;
      mysql.run(
          tx -> {
            lock(tx, draw);
            long listed =
                tx.query(
                        "SELECT COUNT(*) FROM draw_winner WHERE coupon_id = ? AND draw = ?"
                            + " AND place BETWEEN ? AND ?",
                        draw.couponId(),
                        draw.number(),
                        first,
                        first + part.size() - 1)
                    .iterator()
                    .next()
                    .getLong(0);
            // A replica that drew before may have listed some.
            List<List<Object>> rows = new ArrayList<>();
            for (int i = (int) listed; i < part.size(); i++) {
              rows.add(List.of(draw.couponId(), draw.number(), first + i, part.get(i).number()));
            }
            if (!rows.isEmpty()) {
              winners.append(tx, rows);
            }
            return null;
          });
      heartbeat.beat();
    }
  }

  private void finish(Stored draw, State end, String cutOff) {
    long wanted = end == State.DRAWN ? draw.winners() : 0;
    mysql.run(
        tx -> {
          tx.query("SELECT 1 FROM coupon WHERE id = ? FOR UPDATE", draw.couponId());
          lock(tx, draw);
          Object now = tx.query("SELECT UTC_TIMESTAMP(6)").iterator().next().getLocalDateTime(0);
          long issued = 0;
          for (long first = 1; first <= wanted; first += CLAIMS_AT_ONCE) {
            issued +=
                tx.query(
                        "INSERT INTO claim (coupon_id, sequence, user_id, unit, issued_at)"
                            + " SELECT w.coupon_id, w.place, c.user_id, 1, ? FROM draw_winner w"
                            + " JOIN claim c ON c.coupon_id = ? AND c.sequence = w.number"
                            + " WHERE w.coupon_id = ? AND w.draw = ? AND w.place BETWEEN ? AND ?",
                        now,
                        draw.entriesId(),
                        draw.couponId(),
                        draw.number(),
                        first,
                        Math.min(wanted, first + CLAIMS_AT_ONCE - 1))
                    .rowCount();
          }
          if (issued != wanted) {
            throw new IllegalStateException(
                "Lottery %s has %d winners in MySQL instead of %d"
                    .formatted(draw.couponId(), issued, wanted));
          }
          tx.query(
              "UPDATE coupon SET shards = 1, status = ?, version = version + 1, lent = ?"
                  + " WHERE id = ?",
              Status.CLOSED.stored(),
              wanted,
              draw.couponId());
          state(
              tx,
              draw,
              end,
              ", units = ?, winners = ?, cut_off = ?, drawn_at = ?",
              draw.quantity(),
              wanted,
              cutOff,
              now);
          return null;
        });
    LOG.infof(
        "Lottery %s was %s: %d of %d entries have won",
        draw.couponId(), end.stored(), wanted, draw.entries());
  }

  /** Redis has what MySQL has: the coupon is one like any other from now on. */
  private void publish(String couponId) {
    scripts.unmark(couponId).await().atMost(PATIENCE);
    loader.revived(couponId).await().atMost(PATIENCE);
    mysql.run(tx -> tx.query("UPDATE draw SET published = TRUE WHERE coupon_id = ?", couponId));
  }
}

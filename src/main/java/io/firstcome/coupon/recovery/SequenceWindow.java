package io.firstcome.coupon.recovery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.coupon.code.CodePool;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.OnLoss;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.Fenced;
import io.firstcome.durability.Acknowledge;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * The numbers that MySQL lends to Redis ahead of use.
 *
 * <p>When Redis has lost its data MySQL knows the highest number that was written behind, and not
 * the highest that was told to somebody. So the script issues none above a ceiling that was written
 * to MySQL first. After a loss numbering resumes above all that may have been issued; the numbers
 * between are a gap that is on record, and by its {@link OnLoss} the coupon issues its units again
 * or not. The ceiling is raised by the drain, always by a window above what MySQL has, when half of
 * that is used. Units that were added are issued once MySQL knows of them: it is by them that it
 * bounds the gap.
 *
 * <p>Every method but {@link #behind} and {@link #added} blocks.
 */
@ApplicationScoped
public class SequenceWindow {

  /** A gap whose numbers may have been told to users. */
  static final String LOST = "lost";

  /** A gap of a coupon whose claims are told once MySQL has them: none of its numbers was. */
  static final String NEVER_TOLD = "never-told";

  /** Rows of {@code claim} whose units count against the quantity: all but those that went back. */
  public static final String COUNTED = "(state IS NULL OR state <> 'returned')";

  /** How many of the numbers in gaps of a row of {@code coupon} may have been told to users. */
  public static final String LOST_UNITS =
      "(SELECT CAST(COALESCE(SUM("
          + "g.last - g.first + 1 - (SELECT COUNT(*) FROM claim c"
          + " WHERE c.coupon_id = g.coupon_id AND c.sequence BETWEEN g.first AND g.last)"
          + "), 0) AS SIGNED) FROM sequence_gap g WHERE g.coupon_id = coupon.id AND g.reason = '"
          + LOST
          + "')";

  private static final Logger LOG = Logger.getLogger(SequenceWindow.class);
  private static final int MAX_KNOWN = 10_000;

  /** How often one that is behind is looked after, however many are refused. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final SqlTransactions mysql;
  private final CouponScripts scripts;
  private final Duration patience;
  private final long window;
  private final boolean believe;
  private final long retention;

  /** The ceiling that Redis is known to have, by coupon. */
  private final Cache<String, Long> ceilings = Caffeine.newBuilder().maximumSize(MAX_KNOWN).build();

  private final Cache<String, Boolean> attended =
      Caffeine.newBuilder().maximumSize(MAX_KNOWN).expireAfterWrite(PAUSE).build();

  public SequenceWindow(
      SqlTransactions mysql,
      CouponScripts scripts,
      LedgerConfig ledger,
      RecoveryConfig config,
      RetentionConfig retention) {
    this.mysql = mysql;
    this.scripts = scripts;
    this.patience = ledger.statementTimeout();
    this.window = config.windowUnits();
    this.believe = config.believe();
    this.retention = retention.afterClose().toNanos() / 1_000;
  }

  /**
   * The gaps of a coupon.
   *
   * @param last the last number of the last one, 0 where there is none
   * @param numbers how many of their numbers nobody holds
   * @param lost how many of these may have been told to users
   */
  public record Gaps(long last, long numbers, long lost) {}

  /**
   * What is put into service, as MySQL has it: the release before this one has not all of it in a
   * state that it publishes.
   */
  public record Sound(
      long ceiling, CouponDefinition definition, boolean rehearsal, CouponTerms terms, Gaps gaps) {

    /** Fields of the state and their values in turn, as scripts take them. */
    public List<String> fields() {
      List<String> fields = CouponDefinition.words(definition.fields());
      Collections.addAll(fields, "rehearsal", rehearsal ? "1" : "0");
      Collections.addAll(fields, "lost", String.valueOf(gaps.lost()));
      Collections.addAll(fields, "gaps", String.valueOf(gaps.numbers()));
      fields.addAll(terms.words());
      if (!definition.group().isEmpty()) {
        // Has claim.lua count its claims against groups; a coupon with a door has none.
        Collections.addAll(fields, "door", "groups");
      }
      return fields;
    }
  }

  /** MySQL has all claims up to this number: lends more where less than half a window is left. */
  void applied(String couponId, long highest) {
    Long ceiling = ceilings.getIfPresent(couponId);
    if (ceiling == null || isNear(ceiling, highest)) {
      defined(couponId);
    }
  }

  /** MySQL has a definition: what it adds may be issued. */
  void defined(String couponId) {
    try {
      lend(couponId);
    } catch (RuntimeException e) {
      // With what is written next it is tried again, and for whoever is refused.
      LOG.warnf(
          "Could not extend the sequence window of coupon %s; will retry: %s",
          couponId, e.getMessage());
    }
  }

  /** Claims were refused as there are no more numbers. Returns at once. */
  public void behind(String couponId) {
    if (attended.asMap().putIfAbsent(couponId, true) != null) {
      return;
    }
    added(couponId)
        .subscribe()
        .with(
            done -> {},
            e ->
                LOG.debugf(
                    "Could not extend the sequence window of coupon %s: %s",
                    couponId, e.getMessage()));
  }

  /** What MySQL has by now may be issued when this ends. */
  public Uni<Void> added(String couponId) {
    return Uni.createFrom()
        .voidItem()
        .emitOn(Infrastructure.getDefaultWorkerPool())
        .invoke(() -> lend(couponId));
  }

  private void lend(String couponId) {
    record Lent(long epoch, long version, long ceiling, long pool) {}
    Lent now =
        mysql.run(
            tx -> {
              Row coupon = lock(tx, couponId);
              // A retired one is lent nothing: what comes late to its ledger issues no more.
              if (coupon == null || coupon.getLocalDateTime("retired_at") != null) {
                return null;
              }
              long lent = coupon.getLong("lent");
              long highest = Math.max(highest(tx, couponId), gaps(tx, couponId).last());
              long lendable = lendable(tx, coupon, highest + window);
              if (isNear(lent, highest) && lendable > lent) {
                lent = lendable;
                tx.query("UPDATE coupon SET lent = ? WHERE id = ?", lent, couponId);
              }
              return new Lent(
                  coupon.getLong("epoch"), coupon.getLong("version"), lent, pool(tx, coupon));
            });
    if (now != null
        && scripts
            .lend(couponId, now.epoch(), now.version(), now.ceiling(), now.pool())
            .await()
            .atMost(patience)) {
      ceilings.put(couponId, now.ceiling());
    }
  }

  /** Up to which number may be lent: of a coupon with a pool, none that has no code. */
  private static long lendable(SqlTransaction tx, Row coupon, long wanted) {
    long pool = pool(tx, coupon);
    return pool == CouponScripts.NO_POOL ? wanted : Math.min(wanted, pool);
  }

  /** How many codes its pool has, or {@link CouponScripts#NO_POOL}. */
  private static long pool(SqlTransaction tx, Row coupon) {
    return coupon.getString("codes").equals(Codes.POOL.stored())
        ? CodePool.size(tx, coupon.getString("id"))
        : CouponScripts.NO_POOL;
  }

  private boolean isNear(long ceiling, long highest) {
    return 2 * (ceiling - highest) < window;
  }

  /**
   * Judges what a Redis holds that was taken out of service and whose ledger is drained, and raises
   * the epoch where that is all there is.
   *
   * @param seen the highest number that is known to be issued
   * @return null where it has not all that MySQL has, or is of another epoch by now
   */
  Sound verify(String couponId, Fenced there, long seen) {
    return mysql.run(
        tx -> {
          Row coupon = lock(tx, couponId);
          if (coupon == null || coupon.getLong("epoch") != there.epoch()) {
            return null;
          }
          Gaps gaps = gaps(tx, couponId);
          long least = Math.max(seen, Math.max(highest(tx, couponId), gaps.last()));
          if (isBehind(there, coupon, least, count(tx, couponId))) {
            LOG.warnf(
                "Coupon %s in Redis is older than before: its sequence is %d instead of at least"
                    + " %d. Loading it from MySQL",
                couponId, there.sequence(), least);
            return null;
          }
          if (!isBelieved(there, coupon)) {
            LOG.warnf(
                "Redis was replaced, so the state of coupon %s is not trusted. Loading it from"
                    + " MySQL",
                couponId);
            return null;
          }
          long ceiling =
              Math.max(coupon.getLong("lent"), lendable(tx, coupon, there.sequence() + window));
          raise(tx, couponId, ceiling);
          return new Sound(
              ceiling,
              CouponDefinition.of(coupon),
              coupon.getBoolean("rehearsal"),
              CouponTerms.of(coupon),
              gaps);
        });
  }

  private boolean isBelieved(Fenced there, Row coupon) {
    return there.own() || believe || CouponDefinition.of(coupon).acknowledge() != Acknowledge.REDIS;
  }

  private static boolean isBehind(Fenced there, Row coupon, long least, long issued) {
    return there.sequence() < least
        || there.version() < coupon.getLong("version")
        || there.changes() < coupon.getLong("changes")
        || there.issued() < issued;
  }

  /**
   * Marks a coupon that has been over for long enough, and raises its epoch. It was taken out of
   * service, and its ledger is drained.
   *
   * @param there what Redis holds, null where that is not whole
   * @param seen the highest number that is known to be issued
   * @return false where it is not over, or the epoch is another one by now
   */
  boolean retire(String couponId, long epoch, Fenced there, long seen) {
    return mysql.run(
        tx -> {
          Row coupon = lock(tx, couponId);
          if (coupon == null || coupon.getLong("epoch") != epoch) {
            return false;
          }
          if (there != null && there.version() > coupon.getLong("version")) {
            // MySQL does not have the definition that decides: it may not be over.
            return false;
          }
          long known = Math.max(highest(tx, couponId), gaps(tx, couponId).last());
          long issued = count(tx, couponId);
          boolean isAll =
              there != null
                  && there.epoch() == epoch
                  && !isBehind(there, coupon, Math.max(seen, known), issued)
                  && isBelieved(there, coupon);
          // Whatever was lent comes back: all that was issued is known, and a load finds no loss.
          // Where Redis did not have all, the next load puts on record what may have been issued.
          long lent = isAll ? Math.max(known, there.sequence()) : coupon.getLong("lent");
          Shard shard = Shard.of(couponId);
          return tx.query(
                      "UPDATE coupon SET retired_at = UTC_TIMESTAMP(6), retired_issued = ?,"
                          + " lent = ?, epoch = epoch + 1 WHERE id = ? AND retired_at IS NULL AND "
                          // The draw waits for it.
                          + (shard != null && shard.isOfEntries()
                              ? RetentionRule.OVER + " AND ? >= 0"
                              : RetentionRule.DUE),
                      issued,
                      lent,
                      couponId,
                      retention)
                  .rowCount()
              == 1;
        });
  }

  /**
   * Raises the epoch of a coupon that is not in Redis, or not as it was, and puts on record what
   * may have been issued there and is not known.
   *
   * @param seen the highest number that is known to be issued
   * @return false where the epoch is another one by now
   */
  boolean lost(String couponId, long epoch, long seen) {
    return mysql.run(
        tx -> {
          Row coupon = lock(tx, couponId);
          if (coupon == null || coupon.getLong("epoch") != epoch) {
            return false;
          }
          if (coupon.getInteger("shards") != 1) {
            // A campaign issues nothing by itself, and neither does a lottery before its draw.
            raise(tx, couponId, 0);
            return true;
          }
          Gaps gaps = gaps(tx, couponId);
          long known = Math.max(highest(tx, couponId), gaps.last());
          CouponDefinition definition = CouponDefinition.of(coupon);
          long quantity = definition.quantity();
          long issued = count(tx, couponId);
          long withheld = definition.onLoss().withheld(gaps.lost(), quantity, issued);
          // Never more numbers than there were units to issue.
          long units = Math.max(0, quantity - issued - withheld);
          long last = Math.max(seen, Math.min(coupon.getLong("lent"), known + units));
          if (last > known) {
            record(tx, coupon, known + 1, last);
          }
          raise(tx, couponId, lendable(tx, coupon, Math.max(known, last) + window));
          return true;
        });
  }

  private static void record(SqlTransaction tx, Row coupon, long first, long last) {
    String couponId = coupon.getString("id");
    CouponDefinition definition = CouponDefinition.of(coupon);
    boolean neverTold = definition.acknowledge() == Acknowledge.DATABASE;
    LOG.warnf(
        "Redis lost coupon %s: %s",
        couponId, consequence(neverTold ? null : definition.onLoss(), first, last));
    tx.query(
        "INSERT INTO sequence_gap (coupon_id, first, last, epoch, reason) VALUES (?, ?, ?, ?, ?)",
        couponId,
        first,
        last,
        coupon.getLong("epoch") + 1,
        neverTold ? NEVER_TOLD : LOST);
  }

  /**
   * What becomes of numbers that Redis may have issued.
   *
   * @param onLoss null where none of them was acknowledged: at the level DATABASE
   */
  static String consequence(OnLoss onLoss, long first, long last) {
    String numbers = "sequence numbers %d to %d ".formatted(first, last);
    if (onLoss == null) {
      return numbers + "are skipped. None was acknowledged, and no unit is withheld";
    }
    return numbers
        + "may have been acknowledged. "
        + switch (onLoss) {
          case WITHHOLD -> "Their units are withheld (onLoss=WITHHOLD)";
          case REISSUE -> "Their units are issued again (onLoss=REISSUE)";
        };
  }

  /** How many codes a coupon's pool has. Blocks. */
  long pool(String couponId) {
    return mysql.run(tx -> CodePool.size(tx, couponId));
  }

  Gaps gaps(String couponId) {
    return mysql.run(tx -> gaps(tx, couponId));
  }

  private static Gaps gaps(SqlTransaction tx, String couponId) {
    long last = 0;
    long numbers = 0;
    long lost = 0;
    for (Row gap :
        tx.query(
            "SELECT first, last, reason FROM sequence_gap WHERE coupon_id = ? ORDER BY first",
            couponId)) {
      last = Math.max(last, gap.getLong(1));
      // One by one: bounds that come from another table have MariaDB read all claims of the coupon.
      long held =
          tx.query(
                  "SELECT COUNT(*) FROM claim WHERE coupon_id = ? AND sequence BETWEEN ? AND ?",
                  couponId,
                  gap.getLong(0),
                  gap.getLong(1))
              .iterator()
              .next()
              .getLong(0);
      long free = gap.getLong(1) - gap.getLong(0) + 1 - held;
      numbers += free;
      lost += gap.getString(2).equals(LOST) ? free : 0;
    }
    return new Gaps(last, numbers, lost);
  }

  private static Row lock(SqlTransaction tx, String couponId) {
    var rows =
        tx.query(
            "SELECT id, epoch, version, rehearsal, lent, retired_at, shards,"
                + " changes, "
                + CouponTerms.COLUMNS
                + ", "
                + CouponDefinition.COLUMNS
                + " FROM coupon WHERE id = ? FOR UPDATE",
            couponId);
    return rows.size() == 0 ? null : rows.iterator().next();
  }

  private static void raise(SqlTransaction tx, String couponId, long lent) {
    tx.query("UPDATE coupon SET epoch = epoch + 1, lent = ? WHERE id = ?", lent, couponId);
  }

  private static long highest(SqlTransaction tx, String couponId) {
    return number(tx, "SELECT COALESCE(MAX(sequence), 0) FROM claim WHERE coupon_id = ?", couponId);
  }

  private static long count(SqlTransaction tx, String couponId) {
    return number(tx, "SELECT COUNT(*) FROM claim WHERE coupon_id = ? AND " + COUNTED, couponId);
  }

  private static long number(SqlTransaction tx, String sql, String couponId) {
    return tx.query(sql, couponId).iterator().next().getLong(0);
  }
}

package io.firstcome.coupon;

import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.Repairs;
import io.firstcome.audit.Throttle;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.RetiredException;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/**
 * Repairs a coupon, in the order in which one repair may need another: first a whole state and a
 * drain that goes on, then what is left in the dead letters, then claim by claim.
 *
 * <p>Every step is judged by the stores at that moment and changes nothing where they have moved
 * on, so that two repairs at once, or one in mid-sale, do no harm.
 */
final class CouponRepair {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Dead letters that one repair replays. */
  private static final int MOST_REPLAYED = 1_000;

  private final CouponAudit audit;
  private final CouponScripts scripts;
  private final CouponRepairScripts repairs;
  private final CouponLoader loader;
  private final DeadLetters deadLetters;
  private final SqlTransactions mysql;
  private final LedgerProgress ledger;

  CouponRepair(
      CouponAudit audit,
      CouponScripts scripts,
      CouponRepairScripts repairs,
      CouponLoader loader,
      DeadLetters deadLetters,
      SqlTransactions mysql,
      LedgerProgress ledger) {
    this.audit = audit;
    this.scripts = scripts;
    this.repairs = repairs;
    this.loader = loader;
    this.deadLetters = deadLetters;
    this.mysql = mysql;
    this.ledger = ledger;
  }

  Repairs run(String couponId, Throttle pace) {
    Repairs done = new Repairs();
    Findings found = audit.audit(couponId, pace);
    if (found.count(FindingType.STATE_REPLACED) > 0) {
      long epoch = audit.row(couponId).getLong("epoch");
      scripts.remove(couponId, epoch).await().atMost(audit.patience());
      load(couponId);
      done.did(FindingType.STATE_REPLACED, 1, "Deleted and reloaded from MySQL");
    }
    if (found.count(FindingType.STATE_NOT_WHOLE) > 0) {
      load(couponId);
      done.did(FindingType.STATE_NOT_WHOLE, 1, "Reloaded from MySQL");
    }
    if (audit.isRecovering(couponId)) {
      load(couponId);
    }
    CouponState state = audit.state(couponId);
    if (state == null) {
      replay(couponId, found, done);
      return done;
    }
    if (found.count(FindingType.EPOCH_BEHIND) > 0) {
      done.did(FindingType.EPOCH_BEHIND, raiseEpoch(state), "Raised in MySQL to " + state.epoch());
    }
    replay(couponId, found, done);
    if (found.count(FindingType.DEFINITION_DIFFERS) > 0) {
      done.did(FindingType.DEFINITION_DIFFERS, define(state), "Copied from Redis to MySQL");
    }
    Mending mending = new Mending(state);
    ClaimComparison claims = audit.comparison(couponId, pace, mending);
    claims.redisWithMySql();
    claims.mySqlWithRedis(state.sequence());
    CouponRepairScripts.Restored counted = repairs.restore(couponId, state.epoch(), List.of());
    done.did(FindingType.MISSING_IN_MYSQL, mending.appended, "Appended to the ledger again");
    done.did(FindingType.MISSING_IN_REDIS, mending.restored, "Restored in Redis");
    done.did(FindingType.RECORD_DIFFERS, mending.corrected, "Copied from MySQL to Redis");
    done.did(
        FindingType.ISSUED_DIFFERS,
        counted.issuedCountedAnew() || mending.countedAnew ? 1 : 0,
        "Recounted");
    ledger.awaitPassed(couponId, PATIENCE);
    return done;
  }

  private void load(String couponId) {
    try {
      loader.await(couponId).await().atMost(PATIENCE);
    } catch (RetiredException e) {
      // Redis is not to have it; what is left of it goes by itself.
    }
  }

  private void replay(String couponId, Findings found, Repairs done) {
    if (found.count(FindingType.DEAD_LETTERS) > 0) {
      done.did(
          FindingType.DEAD_LETTERS, deadLetters.replayOldest(couponId, MOST_REPLAYED), "Replayed");
      ledger.awaitPassed(couponId, PATIENCE);
    }
  }

  /** The state is whole and of this epoch: MySQL is what came back from before. */
  private long raiseEpoch(CouponState state) {
    return mysql.run(
        tx ->
            tx.query(
                    "UPDATE coupon SET epoch = ? WHERE id = ? AND epoch < ?",
                    state.epoch(),
                    state.id(),
                    state.epoch())
                .rowCount());
  }

  /** Not over a later one, which the drain may have written meanwhile. */
  private long define(CouponState state) {
    Map<Field, String> fields = state.definition().fields();
    List<Object> params = CouponDefinition.values(fields);
    Collections.addAll(params, state.version(), state.id(), state.epoch(), state.version());
    return mysql.run(
        tx ->
            tx.query(
                    "UPDATE coupon SET "
                        + CouponDefinition.assignments(fields.keySet())
                        + ", version = ? WHERE id = ? AND epoch = ? AND version <= ?",
                    params.toArray())
                .rowCount());
  }

  /** Mends what the comparison tells, chunk by chunk. */
  private final class Mending implements ClaimComparison.Sink {

    private final CouponState state;
    private long appended;
    private long restored;
    private long corrected;
    private boolean countedAnew;

    Mending(CouponState state) {
      this.state = state;
    }

    @Override
    public void missingInMySql(List<ClaimComparison.Held> claims) {
      appended += repairs.append(state.id(), state.epoch(), claims);
      // What waits in Redis stays bounded.
      ledger.awaitPassed(state.id(), PATIENCE);
    }

    @Override
    public void missingInRedis(List<ClaimComparison.Held> claims) {
      restored += restore(claims);
    }

    @Override
    public void differ(List<ClaimComparison.Held> claims) {
      corrected += restore(claims);
    }

    private long restore(List<ClaimComparison.Held> claims) {
      CouponRepairScripts.Restored done = repairs.restore(state.id(), state.epoch(), claims);
      countedAnew |= done.issuedCountedAnew();
      return done.claims();
    }

    @Override
    public void numberTaken(ClaimComparison.Held claim, String by) {
      // Whose number it is only an operator can settle.
    }

    @Override
    public void gap(long first, long last) {
      // What is lost is not in any store.
    }
  }
}

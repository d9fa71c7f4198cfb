package io.firstcome.coupon.audit;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.audit.Difference;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.RepairPlan;
import io.firstcome.audit.Repairs;
import io.firstcome.coupon.change.ShardCoordinator;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.Restored;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.recovery.Loaders;
import io.firstcome.work.Throttle;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Repairs coupons: their definition, then claim by claim. */
@Singleton
class CouponRepair extends RepairPlan<CouponState> {

  private final CouponAudit audit;
  private final CouponScripts scripts;
  private final ShardCoordinator campaigns;

  CouponRepair(
      CouponAudit audit,
      Loaders loaders,
      CouponScripts scripts,
      ShardCoordinator campaigns,
      Tools tools) {
    super(audit, loaders.of(COUPON), tools);
    this.audit = audit;
    this.scripts = scripts;
    this.campaigns = campaigns;
  }

  @Override
  protected void mend(
      String couponId, CouponState state, Long epoch, Findings found, Throttle pace, Repairs done) {
    if (state == null) {
      return;
    }
    if (found.count(FindingType.DEFINITION_DIFFERS) > 0) {
      done.did(FindingType.DEFINITION_DIFFERS, define(state), "Copied from Redis to MySQL");
    }
    Mending mending = new Mending(state);
    new ClaimComparison(stores, couponId, pace, mending::mend).run(state.sequence());
    mending.restore(List.of());
    done.did(FindingType.MISSING_IN_MYSQL, mending.appended, "Appended to the ledger again");
    done.did(FindingType.MISSING_IN_REDIS, mending.restored, "Restored in Redis");
    done.did(FindingType.RECORD_DIFFERS, mending.corrected, "Copied from MySQL to Redis");
    done.did(FindingType.ISSUED_DIFFERS, mending.recounted ? 1 : 0, "Recounted");
    awaitDrained(couponId);
    done.did(FindingType.GROUP_DIFFERS, recountGroups(couponId), "Recounted");
  }

  /** Where claims go on, some may be left to the next repair. */
  private long recountGroups(String couponId) {
    CouponState state = stores.await(scripts.read(couponId, null));
    Map<String, Long> counted =
        state.issuedByGroup().isEmpty() ? null : audit.countedOtherwise(state);
    return counted == null || counted.isEmpty() ? 0 : stores.await(scripts.recount(state, counted));
  }

  @Override
  protected void mendWhole(String campaign, Repairs done) {
    long before = campaigns.free(campaign);
    long after = campaigns.settle(campaign, List.of());
    done.did(
        FindingType.SHARDS_ABOVE_QUANTITY, after - before, "Took back units that were not issued");
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

  /** Mends what the comparison finds, chunk by chunk. */
  private final class Mending {

    private final CouponState state;
    private long appended;
    private long restored;
    private long corrected;
    private boolean recounted;

    Mending(CouponState state) {
      this.state = state;
    }

    void mend(FindingType kind, List<Difference> claims) {
      switch (kind) {
        case MISSING_IN_MYSQL ->
            appended +=
                append(
                    state.id(),
                    claims,
                    holdings -> scripts.append(state.id(), state.epoch(), holdings));
        case MISSING_IN_REDIS -> restored += restore(claims);
        case RECORD_DIFFERS -> corrected += restore(claims);
        default -> {
          // Whose number it is only an operator can settle, and what is lost is in no store.
        }
      }
    }

    /** Gives claims back to Redis as MySQL has them, and recounts what is issued. */
    long restore(List<Difference> claims) {
      List<String> args = new ArrayList<>();
      claims.forEach(
          claim -> {
            args.add(claim.where());
            args.add(claim.redis() == null ? "" : claim.redis());
            args.add(claim.mysql());
          });
      Restored done = stores.await(scripts.restore(state.id(), state.epoch(), args));
      recounted |= done.recounted();
      return done.claims();
    }
  }
}

package io.firstcome.coupon.audit;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.StoreAudit;
import io.firstcome.audit.StoreReader;
import io.firstcome.coupon.change.ShardCoordinator;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.coupon.recovery.ArchivedCoupons;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.work.Throttle;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** Audits coupons: their numbers, their definition, and every claim. */
@Singleton
class CouponAudit extends StoreAudit<CouponState> {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final CouponScripts scripts;
  private final ShardCoordinator campaigns;

  CouponAudit(
      CouponScripts scripts, Loaders loaders, ShardCoordinator campaigns, StoreReader stores) {
    super(COUPON, loaders, stores);
    this.scripts = scripts;
    this.campaigns = campaigns;
  }

  @Override
  protected Uni<CouponState> read(String couponId) {
    return scripts.read(couponId, null);
  }

  @Override
  protected void check(String couponId, CouponState state, Throttle pace, Findings found) {
    boolean tooMany = campaigns.excess(couponId) > 0;
    if (state != null) {
      numbers(state, found);
    }
    ClaimComparison claims = new ClaimComparison(stores, couponId, pace, found::addAll);
    claims.run(state == null ? null : state.sequence());
    found.checked(claims.inRedis() + claims.inMySql());
    if (claims.stuck()) {
      found.undetermined("The ledger was not drained in time");
    }
    if (state != null && !definitionIsThere(state)) {
      definition(state, found);
    }
    if (state != null && !state.issuedByGroup().isEmpty()) {
      groups(state, found);
    }
    if (state != null && state.terms().waitlist() > 0) {
      new LineComparison(stores, couponId).run(found);
    }
    // What is on its way when it is looked at first has come when it is looked at again.
    long excess = tooMany ? campaigns.excess(couponId) : 0;
    if (excess > 0) {
      found.add(
          FindingType.SHARDS_ABOVE_QUANTITY,
          null,
          "%s has %d units fewer than its shards".formatted(Keys.campaignOf(couponId), excess));
    }
    CouponState after = inRedis(couponId).state();
    long quantity = after == null ? definition(couponId).getLong("quantity") : after.quantity();
    if (claims.counted() > quantity) {
      found.add(
          FindingType.CLAIMS_ABOVE_QUANTITY,
          null,
          "MySQL has %d claims for %d units".formatted(claims.counted(), quantity));
    }
  }

  private static void numbers(CouponState state, Findings found) {
    if (state.issued() > state.quantity()) {
      found.add(
          FindingType.ISSUED_ABOVE_QUANTITY,
          null,
          "%d of %d units are issued".formatted(state.issued(), state.quantity()));
    }
    if (state.sequence() < state.holders()) {
      found.add(
          FindingType.SEQUENCE_BELOW_ISSUED,
          null,
          "%d users hold claims, but the last sequence number is %d"
              .formatted(state.holders(), state.sequence()));
    }
    if (state.issued() != state.holders() + state.extra()) {
      found.add(
          FindingType.ISSUED_DIFFERS,
          null,
          "Redis counts %d units but holds %d"
              .formatted(state.issued(), state.holders() + state.extra()));
    }
  }

  private void groups(CouponState state, Findings found) {
    Map<String, Long> quotas = Quotas.ofStored(state.definition().quotas()).units();
    state
        .issuedByGroup()
        .forEach(
            (group, issued) -> {
              if (issued > quotas.get(group)) {
                found.add(
                    FindingType.GROUP_ABOVE_QUOTA,
                    group,
                    "%d of %d units are issued".formatted(issued, quotas.get(group)));
              }
            });
    Map<String, Long> counted = countedOtherwise(state);
    if (counted == null) {
      found.undetermined("The ledger was not drained in time");
      return;
    }
    CouponState after = counted.isEmpty() ? null : inRedis(state.id()).state();
    if (after == null || !after.asOf().equals(state.asOf())) {
      // A unit may have gone back while they were counted; the next audit counts again.
      return;
    }
    counted.forEach(
        (group, units) -> {
          long before = state.issuedByGroup().get(group);
          if (units < before || units > after.issuedByGroup().get(group)) {
            found.add(
                FindingType.GROUP_DIFFERS,
                group,
                "Redis counts %d units, MySQL has %d claims".formatted(before, units));
          }
        });
  }

  /**
   * Units that count against groups by the claims in MySQL, where the state has others; null where
   * the ledger was not drained in time. Groups with claims since then are among them.
   */
  Map<String, Long> countedOtherwise(CouponState state) {
    if (!stores.ledger().awaitPassed(state.id(), PATIENCE)) {
      return null;
    }
    Map<String, Long> counted = new HashMap<>();
    stores
        .query(ArchivedCoupons.GROUPS, state.id())
        .forEach(row -> counted.put(row.getString(0), row.getLong(1)));
    Map<String, Long> others =
        new HashMap<>(Quotas.ofStored(state.definition().quotas()).all(counted));
    others.entrySet().removeAll(state.issuedByGroup().entrySet());
    return others;
  }

  private void definition(CouponState state, Findings found) {
    if (!stores.ledger().awaitPassed(state.id(), PATIENCE)) {
      found.undetermined("The ledger was not drained in time");
    } else if (!definitionIsThere(state)) {
      found.add(
          FindingType.DEFINITION_DIFFERS,
          null,
          "MySQL has version %d, Redis version %d, with other values"
              .formatted(definition(state.id()).getLong("version"), state.version()));
    }
  }

  /** Whether MySQL has this definition, or a later one. */
  private boolean definitionIsThere(CouponState state) {
    Row row = definition(state.id());
    return row.getLong("version") > state.version()
        || row.getLong("version") == state.version()
            && CouponDefinition.of(row).equals(state.definition());
  }

  private Row definition(String couponId) {
    return stores
        .query(
            "SELECT version, " + CouponDefinition.COLUMNS + " FROM coupon WHERE id = ?", couponId)
        .iterator()
        .next();
  }
}

package io.firstcome.coupon.redemption;

import io.firstcome.coupon.change.Changes;
import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.mysql.Micros;
import io.firstcome.redis.Keys;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;

/**
 * Redeems units, takes redemptions back, and revokes units. A script decides; the answer is given
 * once MySQL has the change, at every level.
 */
@ApplicationScoped
public class Units {

  private final HotCoupons coupons;
  private final CouponScripts scripts;
  private final Changes changes;

  Units(HotCoupons coupons, CouponScripts scripts, Changes changes) {
    this.coupons = coupons;
    this.scripts = scripts;
    this.changes = changes;
  }

  /**
   * A unit that is redeemed.
   *
   * @param isNew whether it was not before
   */
  public record Redeemed(Redemption redemption, boolean isNew) {}

  public Uni<Redeemed> redeem(String couponId, UnitRequests.Redeem request, String by) {
    return redeem(couponId, request, by, null);
  }

  /**
   * Redeems a unit, at the latest at an instant; later it fails with {@code overloaded}, and
   * nothing is redeemed.
   *
   * @param before by the clock of Redis; null: at any time
   */
  public Uni<Redeemed> redeem(
      String couponId, UnitRequests.Redeem request, String by, Instant before) {
    return change(
            couponId,
            UnitChange.REDEEM,
            request.userId(),
            request.sequence(),
            request.orderReference(),
            by,
            "",
            before)
        .map(
            done -> {
              long sequence = done.changed().units().get(0);
              ClaimHolding.Unit unit =
                  done.changed().holding().units().stream()
                      .filter(one -> one.sequence() == sequence)
                      .findFirst()
                      .orElseThrow();
              Shard shard = Shard.of(done.id());
              return new Redeemed(
                  new Redemption(
                      couponId,
                      request.userId(),
                      shard == null ? sequence : shard.told(sequence),
                      request.orderReference(),
                      Micros.toInstant(unit.state().sinceMicros())),
                  done.changed().isNew());
            });
  }

  /** Takes a redemption back; the unit may be redeemed for another order. */
  public Uni<Claim> undo(String couponId, UnitRequests.Undo request, String by) {
    return change(
            couponId,
            UnitChange.UNREDEEM,
            request.userId(),
            null,
            request.orderReference(),
            by,
            request.reason(),
            null)
        .map(done -> claim(done, request.userId()));
  }

  /** Takes units from their holder, for good. */
  Uni<Claim> revoke(String couponId, String userId, UnitRequests.Revoke request, String by) {
    return change(
            couponId, UnitChange.REVOKE, userId, request.sequence(), "", by, request.reason(), null)
        .map(done -> claim(done, userId));
  }

  private Uni<Changes.Units> change(
      String couponId,
      UnitChange change,
      String userId,
      Long sequence,
      String reference,
      String by,
      String reason,
      Instant before) {
    return changes.units(
        couponId,
        userId,
        id ->
            scripts.changeUnits(
                id,
                change,
                userId,
                own(id, sequence),
                reference,
                by,
                reason,
                coupons.seen(id),
                before));
  }

  /** A shard numbers its units by itself. */
  private static Long own(String id, Long sequence) {
    Shard shard = Shard.of(id);
    return shard == null || sequence == null ? sequence : Long.valueOf(shard.upTo(sequence));
  }

  private static Claim claim(Changes.Units done, String userId) {
    Claim claim = Claim.of(Keys.campaignOf(done.id()), userId, done.changed().holding());
    Shard shard = Shard.of(done.id());
    return shard == null ? claim : shard.told(claim);
  }
}

package io.firstcome.coupon.definition;

import io.firstcome.coupon.change.Shards;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.CouponState;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.function.Function;

/** Coupons as the API shows them; a campaign as one. */
@ApplicationScoped
class CouponViews {

  private final CouponReader coupons;

  CouponViews(CouponReader coupons) {
    this.coupons = coupons;
  }

  Uni<CouponView> of(String couponId) {
    return coupons
        .read(couponId)
        .flatMap(
            stored ->
                stored instanceof CampaignMark campaign
                    ? of(couponId, campaign, coupons::readOne)
                    : Uni.createFrom().item(CouponView.of((CouponState) stored)));
  }

  /**
   * A campaign, by its shards.
   *
   * @param read reads each of them
   */
  static Uni<CouponView> of(
      String campaign, CampaignMark mark, Function<String, Uni<CouponState>> read) {
    return Shards.totals(campaign, mark.shards(), read).map(totals -> view(campaign, mark, totals));
  }

  private static CouponView view(String campaign, CampaignMark mark, Shards.Totals totals) {
    CouponState any = totals.any();
    if (mark.isLottery()) {
      return CouponView.ofLottery(
          campaign,
          any.definition().with(Map.of(Field.QUANTITY, Field.text(mark.quantity()))),
          totals.issued(),
          any.audience() >= 0,
          any.rehearsal(),
          mark.version(),
          any.serverTime(),
          any.terms());
    }
    // A mark may be behind, as after a failover.
    long quantity = Math.max(mark.quantity(), totals.quantity());
    return CouponView.of(
        campaign,
        any.definition().with(Map.of(Field.QUANTITY, Field.text(quantity))),
        totals.issued(),
        totals.withheld(),
        any.audience() >= 0,
        any.rehearsal(),
        mark.version(),
        any.serverTime(),
        mark.shards(),
        any.terms(),
        CouponState.Line.NONE,
        Map.of());
  }
}

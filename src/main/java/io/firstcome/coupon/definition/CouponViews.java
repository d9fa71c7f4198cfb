package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.CouponState;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Coupons as the API shows them; a campaign as one. */
@ApplicationScoped
class CouponViews {

  /** So that who watches does not take the connections that claims need. */
  private static final int READS_AT_ONCE = 4;

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
    return CouponReader.each(
            campaign, mark.shards(), READS_AT_ONCE, shard -> read.apply(shard.id()))
        .map(states -> view(campaign, mark, states));
  }

  private static CouponView view(String campaign, CampaignMark mark, List<CouponState> states) {
    CouponState any = states.get(0);
    if (mark.isLottery()) {
      return CouponView.ofLottery(
          campaign,
          any.definition().with(Map.of(Field.QUANTITY, Field.text(mark.quantity()))),
          any.issued(),
          any.audience() >= 0,
          any.rehearsal(),
          mark.version(),
          any.serverTime(),
          any.terms());
    }
    // A mark may be behind, as after a failover.
    long quantity = Math.max(mark.quantity(), sum(states, CouponState::quantity));
    return CouponView.of(
        campaign,
        any.definition().with(Map.of(Field.QUANTITY, Field.text(quantity))),
        sum(states, CouponState::issued),
        sum(states, CouponState::withheld),
        any.audience() >= 0,
        any.rehearsal(),
        mark.version(),
        any.serverTime(),
        mark.shards(),
        any.terms(),
        CouponState.Line.NONE);
  }

  private static long sum(List<CouponState> states, ToLongFunction<CouponState> number) {
    return states.stream().mapToLong(number).sum();
  }
}

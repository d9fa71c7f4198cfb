package io.firstcome.coupon;

import io.firstcome.coupon.model.CouponDefinition.Field;
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

  private final Claims claims;

  CouponViews(Claims claims) {
    this.claims = claims;
  }

  Uni<CouponView> of(String couponId) {
    return claims
        .read(couponId)
        .map(CouponView::of)
        .onFailure(ShardedException.class)
        .recoverWithUni(e -> of(couponId, ((ShardedException) e).mark(), claims::read));
  }

  /**
   * A campaign, by its shards.
   *
   * @param read reads each of them
   */
  static Uni<CouponView> of(
      String campaign, ShardedException.Mark mark, Function<String, Uni<CouponState>> read) {
    return Uni.join()
        .all(
            Shard.all(campaign, mark.shards()).stream()
                .map(shard -> read.apply(shard.id()))
                .toList())
        .usingConcurrencyOf(READS_AT_ONCE)
        .andFailFast()
        .map(states -> view(campaign, mark, states));
  }

  private static CouponView view(
      String campaign, ShardedException.Mark mark, List<CouponState> states) {
    CouponState any = states.get(0);
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
        mark.shards());
  }

  private static long sum(List<CouponState> states, ToLongFunction<CouponState> number) {
    return states.stream().mapToLong(number).sum();
  }
}

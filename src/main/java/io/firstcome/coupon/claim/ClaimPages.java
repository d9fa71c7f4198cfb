package io.firstcome.coupon.claim;

import io.firstcome.coupon.change.Shards;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimRepository;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CampaignMark;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Pages of the claims in MySQL, in order of their sequence. */
@ApplicationScoped
class ClaimPages {

  private final CouponReader coupons;
  private final ClaimRepository records;

  ClaimPages(CouponReader coupons, ClaimRepository records) {
    this.coupons = coupons;
    this.records = records;
  }

  /**
   * @param after the last sequence of the previous page, or 0
   */
  Uni<List<Claim>> page(String couponId, long after, int limit) {
    return pageOf(couponId, after, limit)
        .flatMap(
            page ->
                page.isEmpty() ? pageOfNone(couponId, after, limit) : Uni.createFrom().item(page));
  }

  /** Fails if the coupon does not exist. */
  private Uni<List<Claim>> pageOfNone(String couponId, long after, int limit) {
    return coupons
        .read(couponId)
        .flatMap(
            stored ->
                stored instanceof CampaignMark campaign
                    ? Shards.claims(couponId, campaign.shards(), after, limit, this::pageOf)
                    : Uni.createFrom().item(List.of()));
  }

  private Uni<List<Claim>> pageOf(String couponId, long after, int limit) {
    return records.page(couponId, after, limit).map(page -> page.stream().map(Claim::of).toList());
  }
}

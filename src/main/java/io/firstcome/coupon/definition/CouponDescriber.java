package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.history.Describer;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;

/** Tells the history what a coupon is. */
@Singleton
class CouponDescriber implements Describer {

  private final CouponViews views;

  CouponDescriber(CouponViews views) {
    this.views = views;
  }

  @Override
  public String type() {
    return "coupon";
  }

  @Override
  public Uni<?> describe(String couponId) {
    CouponRequests.checkId(couponId);
    return views.of(couponId);
  }
}

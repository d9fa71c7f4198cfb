package io.firstcome.coupon.model;

import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.Repository;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;

/** Coupons as MySQL has them; a campaign as one. */
@Singleton
public class CouponRepository extends Repository<Coupon, String> {

  CouponRepository(MySqlCalls calls) {
    super(calls, Coupon.class);
  }

  /**
   * A page in order of the ids.
   *
   * @param after the last id of the page before, or an empty string
   * @param rehearsal true: only rehearsals; false: only coupons that are not; null: all
   * @param archived whether those that are archived, or those that are not
   */
  public Uni<List<Coupon>> page(String after, int limit, Boolean rehearsal, boolean archived) {
    return page(
        limit,
        "id",
        (is, coupon) ->
            is.and(
                is.isNull(coupon.get("campaign")),
                is.greaterThan(coupon.get("id"), after),
                is.equal(coupon.get("archived"), archived),
                rehearsal == null
                    ? is.conjunction()
                    : is.equal(coupon.get("rehearsal"), rehearsal)));
  }
}

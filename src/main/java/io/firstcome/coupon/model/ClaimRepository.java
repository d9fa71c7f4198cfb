package io.firstcome.coupon.model;

import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.Repository;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.util.List;

/** Claims as MySQL has them. */
@Singleton
public class ClaimRepository extends Repository<ClaimRecord, ClaimRecord.Key> {

  ClaimRepository(MySqlCalls calls) {
    super(calls, ClaimRecord.class);
  }

  /**
   * A page in order of issue.
   *
   * @param after the last sequence of the page before, or 0
   */
  public Uni<List<ClaimRecord>> page(String couponId, long after, int limit) {
    return page(
        limit,
        "sequence",
        (is, claim) ->
            is.and(
                is.equal(claim.get("couponId"), couponId),
                is.greaterThan(claim.get("sequence"), after)));
  }
}

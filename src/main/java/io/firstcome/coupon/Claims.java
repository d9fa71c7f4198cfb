package io.firstcome.coupon;

import io.firstcome.coupon.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.ClaimResult.Issued;
import io.firstcome.coupon.ClaimResult.Refused;
import io.firstcome.ledger.Drainer;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;
import io.firstcome.web.ProblemException;
import io.firstcome.web.ProblemType;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Claims units of coupons, and tells who holds one. */
@ApplicationScoped
class Claims {

  private final CouponScripts scripts;
  private final CouponLoader loader;
  private final Drainer drainer;
  private final CouponMetrics metrics;

  Claims(CouponScripts scripts, CouponLoader loader, Drainer drainer, CouponMetrics metrics) {
    this.scripts = scripts;
    this.loader = loader;
    this.drainer = drainer;
    this.metrics = metrics;
  }

  /**
   * Claims a unit for a user. Fails with a {@link ProblemException} where nothing could be decided,
   * or where what was decided is not known; asking again is always safe.
   */
  Uni<ClaimResult> claim(String couponId, String userId) {
    long startNanos = System.nanoTime();
    return scripts
        .claim(couponId, List.of(userId))
        .map(results -> results.get(0))
        .onFailure(NotLoadedException.class)
        .recoverWithUni(() -> loader.refuseAndLoad(couponId))
        .onItemOrFailure()
        .invoke(
            (result, failure) -> {
              if (failure != null) {
                metrics.failed(couponId, outcome(failure), startNanos);
                return;
              }
              if (result instanceof Issued) {
                drainer.wrote(couponId);
              }
              metrics.decided(couponId, outcome(result), startNanos);
            });
  }

  /** What a user holds of a coupon, or null. */
  Uni<Claim> find(String couponId, String userId) {
    return read(couponId, userId).map(CouponState::claim);
  }

  /** Reads a coupon, and what this user (or nobody: null) holds of it; loads it where it must. */
  Uni<CouponState> read(String couponId, String userId) {
    return loader.whole(couponId, scripts.read(couponId, userId));
  }

  private static String outcome(ClaimResult result) {
    if (result instanceof Issued) {
      return "issued";
    }
    if (result instanceof AlreadyClaimed) {
      return ProblemType.ALREADY_CLAIMED.slug();
    }
    return ClaimProblems.type(((Refused) result).reason()).slug();
  }

  private static String outcome(Throwable failure) {
    if (failure instanceof ProblemException problem) {
      return problem.problem().type().slug();
    }
    if (failure instanceof RedisException redis) {
      return RedisProblems.of(redis).type().slug();
    }
    return ProblemType.INTERNAL.slug();
  }
}

package io.firstcome.ratelimit;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;

/**
 * How many wrong codes one caller may try, and how many may be tried for one coupon. Each has a
 * bucket of tokens in Redis, the same for all replicas; only a wrong code takes one. So whoever
 * redeems right codes is never held up by their number.
 */
@Startup
@Singleton
public class CodeLimits {

  private static final Script SCRIPT = Script.named("rate-limit");
  private static final String LOOK = "0";
  private static final String TAKE = "1";

  private final Scripts scripts;
  private final Kind ofCaller;
  private final Kind ofCoupon;

  /** Null arguments: there is no limit. */
  private record Kind(String name, List<String> limit, Counter refused) {}

  CodeLimits(
      Scripts scripts,
      CodeCallerLimitConfig caller,
      CodeCouponLimitConfig coupon,
      MeterRegistry metrics) {
    this.scripts = scripts;
    this.ofCaller = kind("code-caller", caller.rate(), caller.burst(), metrics);
    this.ofCoupon = kind("code-coupon", coupon.rate(), coupon.burst(), metrics);
  }

  private static Kind kind(String name, double rate, int burst, MeterRegistry metrics) {
    Limit limit = Limit.of(name, rate, burst);
    return new Kind(
        name, limit == null ? null : limit.arguments(), RateLimits.refused(name, metrics));
  }

  /** Fails with {@code too-many-requests} where too many wrong codes were tried. */
  public Uni<Void> check(String caller, String couponId) {
    return ask(caller, couponId, LOOK);
  }

  /** Counts a wrong code; fails as {@link #check} where it was one too many. */
  public Uni<Void> wrong(String caller, String couponId) {
    return ask(caller, couponId, TAKE);
  }

  private Uni<Void> ask(String caller, String couponId, String what) {
    return ask(ofCaller, caller, what).chain(() -> ask(ofCoupon, couponId, what));
  }

  private Uni<Void> ask(Kind kind, String whose, String what) {
    if (kind.limit == null) {
      return Uni.createFrom().voidItem();
    }
    return scripts
        .run(
            SCRIPT,
            List.of(Keys.bucket(kind.name, whose)),
            List.of(kind.limit.get(0), kind.limit.get(1), what))
        .invoke(
            reply -> {
              if (reply.toLong() > 0) {
                kind.refused.increment();
                throw Problem.of(ProblemType.TOO_MANY_REQUESTS)
                    .detail(
                        "Too many wrong codes were tried. Retry after 'Retry-After' seconds; a"
                            + " redemption by user is not limited.")
                    .retryAfter(Duration.ofMillis(reply.toLong()))
                    .asException();
              }
            })
        .replaceWithVoid();
  }
}

package io.firstcome.coupon.hot;

import io.firstcome.coupon.CouponFixture;
import io.firstcome.coupon.metrics.CouponMetrics;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.ClaimReply;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import java.time.Duration;
import java.util.List;

/** What a replica has of gates, on a real Redis, without the rest of the application. */
final class GateReplica implements AutoCloseable {

  private final Vertx vertx = Vertx.vertx();
  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private final HotCoupons coupons;
  private final GateKeeper keeper;

  GateReplica(RealRedis redis, Duration maxAge) {
    this(redis, maxAge, 1_000, 1_000);
  }

  GateReplica(RealRedis redis, Duration maxAge, long maxWinners, long maxFiltered) {
    this(redis, redis.server().uri(), maxAge, maxWinners, maxFiltered);
  }

  /**
   * @param news where it listens to changes
   */
  GateReplica(RealRedis redis, String news, Duration maxAge) {
    this(redis, news, maxAge, 1_000, 1_000);
  }

  private GateReplica(
      RealRedis redis, String news, Duration maxAge, long maxWinners, long maxFiltered) {
    coupons =
        new HotCoupons(
            new CouponMetrics(metrics, new CouponLabels(10)),
            new Batch(1_000, Duration.ofHours(1)));
    keeper =
        new GateKeeper(
            coupons,
            new CouponScripts(redis.scripts(), 100_000),
            redis.scripts(),
            // Its coupons are acknowledged as soon as Redis has decided.
            null,
            new Limits(maxAge, maxWinners, maxFiltered),
            metrics);
    RedisOptions options = new RedisOptions().setConnectionString(news);
    keeper.listen(vertx, () -> Redis.createClient(vertx, options));
  }

  /** Claims as the application does: from memory, or by the script. */
  ClaimResult claim(CouponFixture coupon, String user) {
    HotCoupon hot = coupons.known(coupon.id, false);
    long now = System.nanoTime();
    ClaimResult known = hot.gate().answer(user, now);
    if (known != null) {
      keeper.answered(hot, now);
      return known;
    }
    ClaimReply reply =
        coupon.scripts.claim(coupon.id, List.of(user)).await().atMost(Duration.ofSeconds(10));
    hot.gate().heard(reply.asOf());
    ClaimResult result = reply.result(0, user);
    if (result instanceof Refused) {
      keeper.refused(hot);
    }
    return result;
  }

  /** The answer from memory, or null where Redis would be asked. */
  ClaimResult fromMemory(CouponFixture coupon, String user) {
    HotCoupon hot = coupons.known(coupon.id, false);
    long now = System.nanoTime();
    ClaimResult answer = hot.gate().answer(user, now);
    keeper.answered(hot, now);
    return answer;
  }

  /** As when a connection to Redis was lost. */
  void doubt() {
    keeper.doubt();
  }

  Gate gate(CouponFixture coupon) {
    return coupons.known(coupon.id, false).gate();
  }

  @Override
  public void close() {
    keeper.stop(null);
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private record Batch(int maxCoupons, Duration idle) implements BatchConfig {
    @Override
    public int maxClaims() {
      return 256;
    }

    @Override
    public int maxWaiting() {
      return 8_192;
    }

    @Override
    public int maxInFlight() {
      return 1;
    }
  }

  private record Limits(Duration maxAge, long maxWinners, long maxFiltered) implements GateConfig {}
}

package io.firstcome.coupon.claim;

import io.firstcome.coupon.change.ShardRebalancer;
import io.firstcome.coupon.hot.BatchConfig;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.decision.Pending;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Routes claims of sharded coupons. A claim goes to its user's shard; if that shard is sold out and
 * other shards have units left, some are moved to it and the claim is sent again.
 */
@Singleton
class ShardRouter {

  /** Times that units are moved for one claim before its client has to retry. */
  private static final int MOST_ATTEMPTS = 5;

  /** How to go on with a claim whose shard is sold out. */
  sealed interface Next {

    /** Units were moved: send this one. */
    record Again(ShardClaim claim) implements Next {}

    /** All shards are sold out. */
    record SoldOut() implements Next {}

    /** Other claims took the units every time. */
    record Refuse(Problem why) implements Next {}
  }

  /** The number of shards of each coupon that has some; a cache of what Redis replied. */
  private final ConcurrentMap<String, Integer> campaigns = new ConcurrentHashMap<>();

  private final ShardRebalancer leftovers;
  private final BatchConfig config;
  private long timer;

  ShardRouter(ShardRebalancer leftovers, BatchConfig config) {
    this.leftovers = leftovers;
    this.config = config;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    timer = vertx.setPeriodic(config.idle().toMillis(), tick -> campaigns.clear());
  }

  void stop(@Observes ShutdownEvent event, Vertx vertx) {
    vertx.cancelTimer(timer);
  }

  /** The claim for its user's shard; null if the coupon is not known to have shards. */
  ShardClaim route(String couponId, Pending<ClaimResult> claim) {
    Integer shards = campaigns.get(couponId);
    return shards == null ? null : route(couponId, shards, claim);
  }

  /** The same after Redis replied that the coupon has shards, which never changes. */
  ShardClaim route(String couponId, CampaignMark campaign, Pending<ClaimResult> claim) {
    if (campaigns.size() < config.maxCoupons()) {
      campaigns.put(couponId, campaign.shards());
    }
    return route(couponId, campaign.shards(), claim);
  }

  private static ShardClaim route(String couponId, int shards, Pending<ClaimResult> claim) {
    return new ShardClaim(Shard.ofUser(couponId, shards, claim.userId()), claim, 1);
  }

  /** Whether {@link #next} has to be asked before this result is final. */
  boolean mayGoOn(ShardClaim claim, ClaimResult result) {
    return result instanceof Refused no
        && no.reason() == ClaimResult.Reason.SOLD_OUT
        && !leftovers.areNone(claim.shard().campaign());
  }

  /** Fails if it cannot be determined whether units are left. */
  Uni<Next> next(ShardClaim claim) {
    return leftovers
        .bring(claim.shard())
        .map(
            some -> {
              if (!some) {
                return new Next.SoldOut();
              }
              return claim.attempt() < MOST_ATTEMPTS
                  ? new Next.Again(claim.again())
                  : new Next.Refuse(Problem.of(ProblemType.LEFTOVERS_MOVING));
            });
  }
}

package io.firstcome.coupon;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.ClaimResult.Issued;
import io.firstcome.coupon.ClaimResult.Refused;
import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.Acknowledger;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.RedisLinks;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import org.jboss.logging.Logger;

/**
 * Claims units of coupons, and tells who holds one: from memory where the answer is known ({@link
 * Gate}), otherwise by the script, together with the claims that came at the same time ({@link
 * ClaimLane}).
 */
@ApplicationScoped
class Claims implements ClaimLane.Desk {

  private static final Logger LOG = Logger.getLogger(Claims.class);

  /** How often leftovers are brought for a claim before it is told to ask again. */
  private static final int MOST_ATTEMPTS = 5;

  private final HotCoupons coupons;
  private final GateKeeper keeper;
  private final RedisLinks links;
  private final CouponScripts scripts;
  private final Loader loader;
  private final Drainer drainer;
  private final Lending lending;
  private final Acknowledger acknowledger;
  private final Retired retired;
  private final Leftovers leftovers;
  private final CouponMetrics metrics;
  private final BatchConfig config;

  Claims(
      HotCoupons coupons,
      GateKeeper keeper,
      RedisLinks links,
      CouponScripts scripts,
      Loaders loaders,
      Drainer drainer,
      Lending lending,
      Acknowledger acknowledger,
      Retired retired,
      Leftovers leftovers,
      CouponMetrics metrics,
      BatchConfig config) {
    this.coupons = coupons;
    this.keeper = keeper;
    this.links = links;
    this.scripts = scripts;
    this.loader = loaders.of(COUPON);
    this.drainer = drainer;
    this.lending = lending;
    this.acknowledger = acknowledger;
    this.retired = retired;
    this.leftovers = leftovers;
    this.metrics = metrics;
    this.config = config;
  }

  /**
   * Claims a unit for a user. On an event loop. Fails with a {@link ProblemException} or a {@link
   * RedisException} where nothing could be decided, or where what was decided is not known; asking
   * again is always safe.
   */
  Uni<ClaimResult> claim(String couponId, String userId) {
    return Uni.createFrom()
        .emitter(
            emitter ->
                claim(
                    couponId,
                    new PendingClaim(userId) {
                      @Override
                      void decided(ClaimResult result) {
                        emitter.complete(result);
                      }

                      @Override
                      void failed(Throwable why) {
                        emitter.fail(why);
                      }
                    }));
  }

  /** The same for who has no use for a {@code Uni}. */
  void claim(String couponId, PendingClaim claim) {
    HotCoupon coupon = coupons.get(couponId);
    if (coupon == null) {
      int shards = coupons.shards(couponId);
      if (shards > 1) {
        claim(Shard.ofUser(couponId, shards, claim.userId), claim, 1);
      } else {
        claimAlone(couponId, claim);
      }
      return;
    }
    coupon.claimedAt(claim.startNanos);
    ClaimResult known = coupon.gate().answer(claim.userId, claim.startNanos);
    if (known != null) {
      keeper.answered(coupon, claim.startNanos);
      metrics.fromMemory();
      decided(coupon.counters(), claim, known);
      return;
    }
    if (coupon.level() != Acknowledge.REDIS && acknowledger.isFull()) {
      failed(coupon, claim, Problem.of(ProblemType.OVERLOADED).asException());
      return;
    }
    RedisLink link = links.current();
    coupon.lane(link, hot -> scripts.lane(hot, link, this, config)).add(claim);
  }

  private void claim(Shard shard, PendingClaim claim, int attempt) {
    claim(shard.id(), new ShardClaim(shard, claim, attempt));
  }

  /** The first claims of a coupon here: lanes are for those that Redis holds. */
  private void claimAlone(String couponId, PendingClaim claim) {
    scripts
        .claim(couponId, List.of(claim.userId), acknowledger.isDatabaseAway())
        .subscribe()
        .with(
            reply -> {
              HotCoupon coupon = coupons.known(couponId, reply.isRehearsal());
              if (coupon != null) {
                replied(coupon, new PendingClaim[] {claim}, reply);
              } else {
                decide(
                    couponId,
                    metrics.of(couponId, reply.isRehearsal()),
                    new PendingClaim[] {claim},
                    reply);
              }
            },
            why -> failed(couponId, claim, why));
  }

  @Override
  public void replied(HotCoupon coupon, PendingClaim[] claims, ClaimReply reply) {
    coupon.gate().heard(reply.asOf());
    coupon.level(reply.level());
    if (decide(coupon.id(), coupon.counters(), claims, reply)) {
      keeper.refused(coupon);
    }
  }

  /** Tells what was decided; says whether anybody was refused. */
  private boolean decide(
      String couponId, ClaimCounters counters, PendingClaim[] claims, ClaimReply reply) {
    metrics.batch(claims.length);
    Acknowledge level = reply.level();
    boolean issued = false;
    boolean refused = false;
    boolean behind = false;
    long highest = 0;
    for (int i = 0; i < claims.length; i++) {
      ClaimResult result;
      try {
        result = reply.result(i, claims[i].userId);
      } catch (RuntimeException e) {
        // What is written there is not understood; the others have nothing to do with it.
        failed(couponId, claims[i], e);
        continue;
      }
      issued |= result instanceof Issued;
      if (result instanceof Issued won) {
        highest = Math.max(highest, won.claim().sequence());
      } else if (result instanceof Refused no) {
        refused = true;
        behind |= no.reason() == ClaimResult.Reason.LEDGER_BEHIND;
      }
      if (level == Acknowledge.REDIS || result instanceof Refused) {
        decided(counters, claims[i], result);
      } else {
        acknowledger.hold(new HeldClaim(couponId, counters, claims[i], result, reply));
      }
    }
    if (issued) {
      drainer.wrote(couponId);
      HotCoupon coupon = coupons.get(couponId);
      if (coupon != null) {
        coupon.saw(highest);
      }
    }
    if (behind) {
      lending.behind(couponId);
    }
    return refused;
  }

  @Override
  public boolean isDatabaseAway() {
    return acknowledger.isDatabaseAway();
  }

  @Override
  public void notLoaded(HotCoupon coupon, PendingClaim[] claims, NotLoadedException why) {
    coupon.gate().open();
    for (PendingClaim claim : claims) {
      failed(coupon, claim, why);
    }
  }

  @Override
  public void failed(HotCoupon coupon, PendingClaim claim, Throwable why) {
    failed(coupon.id(), claim, why);
  }

  private void failed(String couponId, PendingClaim claim, Throwable why) {
    if (why instanceof NotLoadedException notLoaded) {
      loader
          .refuseAndLoad(couponId, notLoaded)
          .subscribe()
          .with(never -> {}, reason -> failed(couponId, claim, reason));
      return;
    }
    if (why instanceof ShardedException campaign) {
      coupons.knownCampaign(couponId, campaign.mark().shards());
      claim(Shard.ofUser(couponId, campaign.mark().shards(), claim.userId), claim, 1);
      return;
    }
    if (why instanceof RetiredException) {
      retired
          .holding(couponId, claim.userId)
          .subscribe()
          .with(
              known -> decided(couponId, claim, known), reason -> failed(couponId, claim, reason));
      return;
    }
    undecided(couponId).count(ClaimProblems.of(why).type().slug(), claim.startNanos);
    answer(claim, () -> claim.failed(why));
  }

  private void decided(String couponId, PendingClaim claim, Retired.Holding known) {
    ClaimResult result =
        known.claim() != null
            ? new AlreadyClaimed(known.claim())
            : new Refused(ClaimResult.Reason.CLOSED, null, known.serverTime());
    // What has ended takes no label.
    decided(known.rehearsal() ? metrics.rehearsals() : metrics.ofUnknown(couponId), claim, result);
  }

  /** A request to claim was refused before it was a claim; its coupon may be nonsense. */
  void refused(String couponId, ProblemType why) {
    undecided(couponId).count(why.slug());
  }

  private ClaimCounters undecided(String couponId) {
    HotCoupon coupon = coupons.get(couponId);
    return coupon == null ? metrics.ofUnknown(couponId) : coupon.counters();
  }

  private static void decided(ClaimCounters counters, PendingClaim claim, ClaimResult result) {
    if (claim.goesOn(result)) {
      return;
    }
    counters.count(outcome(result), claim.startNanos);
    answer(claim, () -> claim.decided(result));
  }

  private static void answer(PendingClaim claim, Runnable answer) {
    try {
      answer.run();
    } catch (RuntimeException e) {
      // Those behind it in the same batch have nothing to do with it.
      LOG.errorf(e, "Could not send the response to %s", claim.userId);
    }
  }

  /** What a user holds of a coupon, or null. Waits as the answer to a claim does. */
  Uni<Claim> find(String couponId, String userId) {
    return inRedis(couponId, userId)
        .flatMap(
            state ->
                state.claim() == null || state.acknowledge() == Acknowledge.REDIS
                    ? Uni.createFrom().item(state.claim())
                    : Uni.createFrom()
                        .emitter(emitter -> acknowledger.hold(new FoundClaim(state, emitter))))
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.holding(couponId, userId).map(Retired.Holding::claim))
        .onFailure(ShardedException.class)
        .recoverWithUni(
            e -> {
              Shard shard = Shard.ofUser(couponId, ((ShardedException) e).mark().shards(), userId);
              return find(shard.id(), userId).map(shard::told);
            })
        .onFailure(NotLoadedException.class)
        .transform(Claims::onItsWay);
  }

  /**
   * Reads a coupon; loads it where it must, or has MySQL tell what is retired. Of a campaign it
   * fails with a {@link ShardedException}, see {@link CouponViews}.
   */
  Uni<CouponState> read(String couponId) {
    return inRedis(couponId, null)
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.state(couponId))
        .onFailure(NotLoadedException.class)
        .transform(Claims::onItsWay);
  }

  /** It was retired, and is being loaded just now. */
  private static ProblemException onItsWay(Throwable why) {
    return Problem.of(((NotLoadedException) why).problem()).asException();
  }

  private Uni<CouponState> inRedis(String couponId, String userId) {
    return loader.whole(
        couponId,
        Uni.createFrom().deferred(() -> scripts.read(couponId, userId, coupons.seen(couponId))));
  }

  private static ProblemException notSecuredException() {
    return Problem.of(ProblemType.NOT_SECURED).asException();
  }

  /** A claim of a campaign, which goes to the user's shard, and on where that is sold out. */
  private final class ShardClaim extends PendingClaim {

    private final Shard shard;
    private final PendingClaim claim;
    private final int attempt;
    private boolean isLast;

    ShardClaim(Shard shard, PendingClaim claim, int attempt) {
      super(claim.userId);
      this.shard = shard;
      this.claim = claim;
      this.attempt = attempt;
    }

    @Override
    boolean goesOn(ClaimResult result) {
      if (isLast
          || !(result instanceof Refused no && no.reason() == ClaimResult.Reason.SOLD_OUT)
          || leftovers.areNone(shard.campaign())) {
        return false;
      }
      Context here = Vertx.currentContext();
      leftovers
          .bring(shard)
          .subscribe()
          .with(
              some -> here.runOnContext(v -> again(some, result)),
              why -> here.runOnContext(v -> Claims.this.failed(shard.id(), this, why)));
      return true;
    }

    private void again(boolean some, ClaimResult result) {
      if (!some) {
        isLast = true;
        Claims.decided(undecided(shard.id()), this, result);
      } else if (attempt < MOST_ATTEMPTS) {
        Claims.this.claim(shard, claim, attempt + 1);
      } else {
        ProblemException others = Problem.of(ProblemType.LEFTOVERS_MOVING).asException();
        Claims.this.failed(shard.id(), this, others);
      }
    }

    @Override
    void decided(ClaimResult result) {
      if (result instanceof Issued issued) {
        claim.decided(new Issued(shard.told(issued.claim())));
      } else if (result instanceof AlreadyClaimed already) {
        claim.decided(new AlreadyClaimed(shard.told(already.claim())));
      } else {
        claim.decided(result);
      }
    }

    @Override
    void failed(Throwable why) {
      claim.failed(why);
    }
  }

  /** A claim that its user is told of when it is secured. */
  private final class HeldClaim extends PendingAnswer {

    private final ClaimCounters counters;
    private final PendingClaim claim;
    private final ClaimResult result;
    private final String couponId;

    HeldClaim(
        String couponId,
        ClaimCounters counters,
        PendingClaim claim,
        ClaimResult result,
        ClaimReply reply) {
      super(
          reply.level(),
          couponId,
          reply.asOf().epoch(),
          reply.server(),
          (result instanceof Issued issued ? issued.claim() : ((AlreadyClaimed) result).claim())
              .sequence(),
          claim.userId,
          result instanceof Issued);
      this.couponId = couponId;
      this.counters = counters;
      this.claim = claim;
      this.result = result;
    }

    @Override
    protected void secured() {
      decided(counters, claim, result);
    }

    @Override
    protected void notSecured() {
      failed(couponId, claim, notSecuredException());
    }
  }

  /** The same for who only asks what a user holds. */
  private static final class FoundClaim extends PendingAnswer {

    private final Claim claim;
    private final UniEmitter<? super Claim> emitter;

    FoundClaim(CouponState state, UniEmitter<? super Claim> emitter) {
      super(
          state.acknowledge(),
          state.id(),
          state.epoch(),
          state.server(),
          state.claim().sequence(),
          state.claim().userId(),
          false);
      this.claim = state.claim();
      this.emitter = emitter;
    }

    @Override
    protected void secured() {
      emitter.complete(claim);
    }

    @Override
    protected void notSecured() {
      emitter.fail(notSecuredException());
    }
  }

  private static String outcome(ClaimResult result) {
    if (result instanceof Issued) {
      return ClaimCounters.ISSUED;
    }
    if (result instanceof AlreadyClaimed) {
      return ProblemType.ALREADY_CLAIMED.slug();
    }
    return ClaimProblems.type(((Refused) result).reason()).slug();
  }
}

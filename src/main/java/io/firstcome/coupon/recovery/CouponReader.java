package io.firstcome.coupon.recovery;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.code.ClaimCodes;
import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponType;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.coupon.script.StoredCoupon;
import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.Acknowledger;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import jakarta.enterprise.context.ApplicationScoped;

/** Reads coupons from Redis, after loading them if necessary, and retired ones from MySQL. */
@ApplicationScoped
public class CouponReader {

  private final HotCoupons coupons;
  private final CouponScripts scripts;
  private final Loader loader;
  private final ArchivedCoupons retired;
  private final Acknowledger acknowledger;
  private final ClaimCodes codes;

  CouponReader(
      HotCoupons coupons,
      CouponScripts scripts,
      Loaders loaders,
      ArchivedCoupons retired,
      Acknowledger acknowledger,
      ClaimCodes codes) {
    this.coupons = coupons;
    this.scripts = scripts;
    this.loader = loaders.of(COUPON);
    this.retired = retired;
    this.acknowledger = acknowledger;
    this.codes = codes;
  }

  public Uni<StoredCoupon> read(String couponId) {
    return inRedis(couponId, null)
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.state(couponId).map(StoredCoupon.class::cast))
        .onFailure(NotLoadedException.class)
        .transform(CouponReader::onItsWay);
  }

  /** Reads a coupon without shards, or a shard. */
  public Uni<CouponState> readOne(String couponId) {
    return read(couponId).map(CouponState.class::cast);
  }

  /**
   * A coupon as one user finds it.
   *
   * @param state of the coupon, or of the user's shard
   * @param claim what the user holds, or null
   * @param entry of the user in a lottery that is not drawn, as a claim of its entries; or null
   * @param shards of the coupon
   */
  public record Standing(CouponState state, Claim claim, Claim entry, int shards) {}

  /** Reads a coupon, or the user's shard of it, and what the user holds. */
  public Uni<Standing> standing(String couponId, String userId) {
    return inRedis(couponId, userId)
        .flatMap(
            stored -> {
              if (stored instanceof CampaignMark campaign) {
                Shard shard = Shard.ofUser(couponId, campaign.shards(), userId);
                return standing(shard.id(), userId)
                    .map(
                        there ->
                            campaign.isLottery()
                                // Who has entered holds nothing of it yet.
                                ? new Standing(there.state(), null, there.claim(), 1)
                                : new Standing(
                                    there.state(),
                                    shard.told(there.claim()),
                                    null,
                                    campaign.shards()));
              }
              CouponState state = (CouponState) stored;
              return Uni.createFrom().item(new Standing(state, state.claim(), null, 1));
            })
        .onFailure(RetiredException.class)
        .recoverWithUni(
            () ->
                Uni.combine()
                    .all()
                    .unis(retired.state(couponId), retired.holding(couponId, userId))
                    .with((state, holding) -> new Standing(state, holding.claim(), null, 1)))
        .onFailure(NotLoadedException.class)
        .transform(CouponReader::onItsWay);
  }

  /** What a user holds of a coupon, or null. Waits as the answer to a claim does. */
  public Uni<Claim> find(String couponId, String userId) {
    return find(couponId, userId, false);
  }

  /** The same with the codes of its units, for the user alone. */
  public Uni<Claim> findOwn(String couponId, String userId) {
    return find(couponId, userId, true);
  }

  private Uni<Claim> find(String couponId, String userId, boolean own) {
    return inRedis(couponId, userId)
        .flatMap(
            stored -> {
              if (stored instanceof CampaignMark campaign) {
                if (campaign.isLottery()) {
                  // Who has entered a lottery holds nothing of it yet.
                  return Uni.createFrom().<Claim>nullItem();
                }
                Shard shard = Shard.ofUser(couponId, campaign.shards(), userId);
                return find(shard.id(), userId, own).map(shard::told);
              }
              CouponState state = (CouponState) stored;
              boolean coded = own && state.terms().codes() != Codes.NONE;
              return secured(state).flatMap(claim -> shown(claim, coded));
            })
        .onFailure(RetiredException.class)
        .recoverWithUni(
            () ->
                retired
                    .holding(couponId, userId)
                    .flatMap(holding -> shown(holding.claim(), own && holding.hasCodes())))
        .onFailure(NotLoadedException.class)
        .transform(CouponReader::onItsWay);
  }

  private Uni<Claim> shown(Claim claim, boolean coded) {
    return coded && claim != null ? codes.show(claim) : Uni.createFrom().item(claim);
  }

  private Uni<Claim> secured(CouponState state) {
    if (state.claim() == null) {
      return Uni.createFrom().nullItem();
    }
    // MySQL has not lent this number: a unit that came back, and who waited was given it.
    Acknowledge level =
        state.claim().last() > state.ceiling() ? Acknowledge.DATABASE : state.acknowledge();
    return level == Acknowledge.REDIS
        ? Uni.createFrom().item(state.claim())
        : Uni.createFrom()
            .emitter(
                emitter ->
                    acknowledger.hold(
                        new Found<>(
                            state,
                            level,
                            state.claim().last(),
                            state.claim().userId(),
                            state.claim(),
                            emitter)));
  }

  /**
   * Where a user stands who claimed, or null. Waits as the answer to a claim does.
   *
   * @return a place, an offer, or what became of it
   */
  public Uni<Ticket> ticket(String couponId, String userId) {
    return standing(couponId, userId).flatMap(there -> ticket(couponId, userId, there.state()));
  }

  private Uni<Ticket> ticket(String couponId, String userId, CouponState state) {
    Ticket ticket = state.line().ticket();
    if (ticket == null || ticket.sequence() > 0) {
      return find(couponId, userId)
          .map(
              claim ->
                  claim == null || ticket != null ? ticket : Ticket.ended(couponId, userId, claim));
    }
    return state.acknowledge() == Acknowledge.REDIS
        ? Uni.createFrom().item(ticket)
        : Uni.createFrom()
            .emitter(
                emitter ->
                    acknowledger.hold(
                        new Found<>(
                            state,
                            state.acknowledge(),
                            0,
                            CouponType.keyOf(ticket),
                            ticket,
                            emitter)));
  }

  /**
   * Starts to load a coupon that Redis does not hold.
   *
   * @return what the user holds of it if it is retired; otherwise a failure
   */
  public Uni<ArchivedCoupons.Holding> refuseAndLoad(
      String couponId, String userId, NotLoadedException why) {
    return loader
        .<ArchivedCoupons.Holding>refuseAndLoad(couponId, why)
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.holding(couponId, userId));
  }

  /** It is no longer retired, and is being loaded. */
  private static Throwable onItsWay(Throwable why) {
    return Problem.of(((NotLoadedException) why).problem()).asException();
  }

  private Uni<StoredCoupon> inRedis(String couponId, String userId) {
    return loader.whole(
        couponId,
        Uni.createFrom().deferred(() -> scripts.stored(couponId, userId, coupons.seen(couponId))));
  }

  /** A claim or a ticket whose response waits until it is durable at its level. */
  private static final class Found<T> extends PendingAnswer {

    private final T found;
    private final UniEmitter<? super T> emitter;

    Found(
        CouponState state,
        Acknowledge level,
        long sequence,
        String key,
        T found,
        UniEmitter<? super T> emitter) {
      super(level, state.id(), state.epoch(), state.server(), sequence, key, false);
      this.found = found;
      this.emitter = emitter;
    }

    @Override
    protected void secured() {
      emitter.complete(found);
    }

    @Override
    protected void notSecured() {
      emitter.fail(Problem.of(ProblemType.NOT_SECURED).asException());
    }
  }
}

package io.firstcome.coupon.claim;

import io.firstcome.coupon.code.ClaimCodes;
import io.firstcome.coupon.hot.BatchConfig;
import io.firstcome.coupon.hot.ClaimCodec;
import io.firstcome.coupon.hot.Eligibility;
import io.firstcome.coupon.hot.Gate;
import io.firstcome.coupon.hot.GateKeeper;
import io.firstcome.coupon.hot.HotCoupon;
import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.lottery.Lotteries;
import io.firstcome.coupon.lottery.Lottery;
import io.firstcome.coupon.metrics.ClaimCounters;
import io.firstcome.coupon.metrics.CouponMetrics;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.ClaimResult.Waiting;
import io.firstcome.coupon.model.CouponType;
import io.firstcome.coupon.recovery.ArchivedCoupons;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.recovery.SequenceWindow;
import io.firstcome.coupon.script.AtTheDoorException;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.ClaimReply;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.NotJudgedException;
import io.firstcome.decision.Hot;
import io.firstcome.decision.Lane;
import io.firstcome.decision.Pending;
import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.Acknowledger;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.eligibility.Rules;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.pass.PassRefusal;
import io.firstcome.pass.Passes;
import io.firstcome.redis.RedisConfig;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.RedisLinks;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Claims units of coupons. The {@link Gate} answers from memory if the answer is known; otherwise
 * the claim joins a batch of the coupon's {@link Lane}. The {@link ShardRouter} selects the shard
 * of a sharded coupon.
 */
@ApplicationScoped
class Claims {

  private final HotCoupons coupons;
  private final GateKeeper keeper;
  private final RedisLinks links;
  private final CouponScripts scripts;
  private final CouponReader reader;
  private final ShardRouter router;
  private final Drainer drainer;
  private final SequenceWindow lending;
  private final Acknowledger acknowledger;
  private final CouponMetrics metrics;
  private final Rules rules;
  private final Lotteries lotteries;
  private final Passes passes;
  private final ClaimCodes codes;
  private final Lane.Bounds bounds;
  private final Lane.Bounds unitBounds;
  private final long patienceNanos;

  Claims(
      HotCoupons coupons,
      GateKeeper keeper,
      RedisLinks links,
      CouponScripts scripts,
      CouponReader reader,
      ShardRouter router,
      Drainer drainer,
      SequenceWindow lending,
      Acknowledger acknowledger,
      CouponMetrics metrics,
      Rules rules,
      Lotteries lotteries,
      Passes passes,
      ClaimCodes codes,
      RedisConfig redis,
      BatchConfig config) {
    this.coupons = coupons;
    this.keeper = keeper;
    this.links = links;
    this.scripts = scripts;
    this.reader = reader;
    this.router = router;
    this.drainer = drainer;
    this.lending = lending;
    this.acknowledger = acknowledger;
    this.metrics = metrics;
    this.rules = rules;
    this.lotteries = lotteries;
    this.passes = passes;
    this.codes = codes;
    this.patienceNanos = redis.timeout().toNanos();
    this.bounds =
        new Lane.Bounds(
            config.maxWaiting(), config.maxClaims(), Integer.MAX_VALUE, config.maxInFlight());
    this.unitBounds =
        new Lane.Bounds(
            config.maxWaiting(), config.maxClaims(), config.maxClaims(), config.maxInFlight());
  }

  /**
   * Claims units for a user. On an event loop. Fails with a {@link ProblemException} or a {@link
   * RedisException} where nothing could be decided, or where what was decided is not known; asking
   * again is always safe.
   *
   * @param units how many the user wants to hold in all
   * @param pass the pass of a queue as it was sent; null: none
   */
  Uni<ClaimResult> claim(String couponId, Caller caller, int units, UnaryOperator<String> pass) {
    return Pending.uni(
        caller,
        pass,
        claim -> {
          if (units == 1) {
            claim(couponId, claim);
          } else {
            claimUnits(couponId, new UnitsClaim(claim, units));
          }
        });
  }

  /** The same without a {@code Uni}, for the hot path. */
  void claim(String couponId, Pending<ClaimResult> claim) {
    HotCoupon coupon = coupons.get(couponId);
    if (coupon == null) {
      ShardClaim ofShard = router.route(couponId, claim);
      if (ofShard != null) {
        claim(ofShard);
      } else {
        claimCold(couponId, claim);
      }
      return;
    }
    if (isAnswered(coupon, claim)) {
      return;
    }
    RedisLink link = links.current();
    Hot<Pending<ClaimResult>> lanes = coupon.lanes();
    Lane<Pending<ClaimResult>, ?> lane = lanes.lane(link.index());
    (lane == null ? lanes.putLane(link.index(), lane(coupon, link, lanes)) : lane).add(claim);
  }

  /** One that has no lane: a lottery, or a coupon that is not in use here. */
  private void claimCold(String couponId, Pending<ClaimResult> claim) {
    Lottery lottery = lotteries.known(couponId);
    if (lottery == null) {
      claimAlone(couponId, claim, null);
    } else {
      enter(lottery, claim);
    }
  }

  /** Claims tickets for a user. */
  private void enter(Lottery lottery, Pending<ClaimResult> claim) {
    int tickets = lottery.ticketsOf(claim.attributes());
    LotteryClaim entry = new LotteryClaim(lottery, claim);
    if (tickets == 0) {
      tell(undecided(lottery.couponId()), claim, new Refused(Reason.NOT_ELIGIBLE, null, null));
    } else if (tickets == 1) {
      claim(lottery.entriesId(), entry);
    } else {
      claimUnits(lottery.entriesId(), new UnitsClaim(entry, tickets));
    }
  }

  /** Answers a claim that needs no script; whether it did. */
  private boolean isAnswered(HotCoupon coupon, Pending<ClaimResult> claim) {
    coupon.usedAt(claim.startNanos());
    ClaimResult known = coupon.gate().answer(claim.userId(), claim.startNanos());
    // Why a holder gets no more only Redis says.
    if (known != null && !(known instanceof AlreadyClaimed held && isShort(held.claim(), claim))) {
      keeper.answered(coupon, claim.startNanos());
      metrics.fromMemory();
      decided(coupon.counters(), coded(coupon.hasCodes(), claim, known), known);
      return true;
    }
    if (isRefusedAtDoor(coupon, claim)) {
      return true;
    }
    if (coupon.level() != Acknowledge.REDIS && acknowledger.isFull()) {
      failed(coupon.id(), claim, Problem.of(ProblemType.OVERLOADED).asException());
      return true;
    }
    return false;
  }

  /** Refuses a claim without the pass that the coupon needs, from memory. */
  private boolean isRefusedAtDoor(HotCoupon coupon, Pending<ClaimResult> claim) {
    Eligibility known = coupon.eligibility();
    PassRefusal why = known == null ? null : known.refusal(claim);
    if (why == null) {
      claim.admit(known);
      return false;
    }
    if (keeper.mayConfirm(coupon, known, claim.startNanos())) {
      return false;
    }
    failed(coupon.id(), claim, known.problem(why).asException());
    return true;
  }

  private Lane<Pending<ClaimResult>, ?> lane(
      HotCoupon coupon, RedisLink link, Hot<Pending<ClaimResult>> lanes) {
    if (lanes != coupon) {
      return new Lane<>(
          link,
          CouponScripts.CLAIM_DOOR,
          CouponScripts.DOOR_KEYS,
          codec(coupon, scripts.doorHead(coupon.id())),
          new Replies(coupon),
          bounds);
    }
    return new Lane<>(
        link,
        CouponScripts.CLAIM,
        CouponScripts.CLAIM_KEYS,
        codec(coupon, scripts.claimHead(coupon.id())),
        new Replies(coupon),
        bounds);
  }

  private void claimUnits(String couponId, UnitsClaim claim) {
    HotCoupon coupon = coupons.get(couponId);
    if (coupon == null) {
      claimUnitsAlone(couponId, claim, null);
      return;
    }
    if (isAnswered(coupon, claim)) {
      return;
    }
    RedisLink link = links.current();
    Hot<Pending<ClaimResult>> lanes = coupon.severalUnits();
    Lane<Pending<ClaimResult>, ?> lane = lanes.lane(link.index());
    (lane == null ? lanes.putLane(link.index(), unitsLane(coupon, link)) : lane).add(claim);
  }

  private Lane<Pending<ClaimResult>, ?> unitsLane(HotCoupon coupon, RedisLink link) {
    return new Lane<>(
        link,
        CouponScripts.CLAIM_UNITS,
        CouponScripts.CLAIM_KEYS,
        new UnitsCodec(codec(coupon, scripts.claimHead(coupon.id()))),
        new Replies(coupon),
        unitBounds);
  }

  private ClaimCodec codec(HotCoupon coupon, byte[][] head) {
    return new ClaimCodec(coupon, head, acknowledger::isDatabaseAway);
  }

  /** Whether a holder asks for more. */
  private static boolean isShort(Claim held, Pending<ClaimResult> claim) {
    return claim instanceof UnitsClaim wanted && held.size() < wanted.units();
  }

  private void claimUnitsAlone(String couponId, UnitsClaim claim, Eligibility eligibility) {
    scripts
        .claimUnits(
            couponId,
            claim.userId(),
            claim.units(),
            acknowledger.isDatabaseAway(),
            judged(claim, eligibility))
        .subscribe()
        .with(
            answer -> {
              if (answer instanceof ClaimReply reply) {
                replied(couponId, claim, reply, eligibility);
              } else {
                // A coupon with shards: its users hold one unit at most.
                tell(undecided(couponId), claim, new Refused(Reason.LIMIT_REACHED, null, null));
              }
            },
            why -> failed(couponId, claim, why));
  }

  private void claim(ShardClaim claim) {
    claim(claim.shard().id(), claim);
  }

  /**
   * The first claims of a coupon on this replica: it has no lane until Redis is known to hold it.
   *
   * @param eligibility null: not known to be asked
   */
  private void claimAlone(String couponId, Pending<ClaimResult> claim, Eligibility eligibility) {
    scripts
        .claim(
            couponId,
            List.of(claim.userId()),
            acknowledger.isDatabaseAway(),
            judged(claim, eligibility))
        .subscribe()
        .with(
            answer -> {
              if (answer instanceof CampaignMark campaign) {
                if (campaign.isLottery()) {
                  lotteries
                      .of(couponId)
                      .subscribe()
                      .with(lottery -> enter(lottery, claim), why -> failed(couponId, claim, why));
                } else {
                  claim(router.route(couponId, campaign, claim));
                }
              } else {
                replied(couponId, claim, (ClaimReply) answer, eligibility);
              }
            },
            why -> {
              if (why instanceof AtTheDoorException told) {
                atTheDoor(couponId, claim, told, eligibility);
              } else {
                failed(couponId, claim, why);
              }
            });
  }

  /** Redis has told that another script decides claims of this coupon: the claim is sent again. */
  private void atTheDoor(
      String couponId,
      Pending<ClaimResult> claim,
      AtTheDoorException told,
      Eligibility eligibility) {
    HotCoupon coupon = coupons.known(couponId, told.isRehearsal());
    if (coupon == null) {
      claimAloneAtTheDoor(couponId, claim, eligibility);
    } else {
      coupon.atTheDoor();
      claim(couponId, claim);
    }
  }

  /** The same of a coupon whose claims are decided at the door. */
  private void claimAloneAtTheDoor(
      String couponId, Pending<ClaimResult> claim, Eligibility eligibility) {
    scripts
        .claimAtTheDoor(
            couponId,
            List.of(claim.userId()),
            acknowledger.isDatabaseAway(),
            judged(claim, eligibility))
        .subscribe()
        .with(
            reply -> replied(couponId, claim, reply, eligibility),
            why -> failed(couponId, claim, why));
  }

  private static String judged(Pending<ClaimResult> claim, Eligibility eligibility) {
    return eligibility == null ? "" : eligibility.judge(List.of(claim));
  }

  private void replied(
      String couponId, Pending<ClaimResult> claim, ClaimReply reply, Eligibility eligibility) {
    HotCoupon coupon = coupons.known(couponId, reply.isRehearsal());
    if (coupon != null) {
      replied(coupon, List.of(claim), reply);
    } else {
      decide(
          couponId, metrics.of(couponId, reply.isRehearsal()), List.of(claim), reply, eligibility);
    }
  }

  private void replied(HotCoupon coupon, List<Pending<ClaimResult>> claims, ClaimReply reply) {
    coupon.gate().heard(reply.asOf());
    coupon.level(reply.level());
    if (reply.hasCodes()) {
      coupon.coded();
    }
    coupon.anybodyAsOf(reply.asOf());
    if (decide(coupon.id(), coupon.counters(), claims, reply, coupon.eligibility())) {
      keeper.refused(coupon);
    }
  }

  /** Completes the claims of a batch; returns whether any was refused. */
  private boolean decide(
      String couponId,
      ClaimCounters counters,
      List<Pending<ClaimResult>> claims,
      ClaimReply reply,
      Eligibility eligibility) {
    metrics.batch(claims.size());
    Acknowledge level = reply.level();
    boolean issued = false;
    boolean refused = false;
    boolean behind = false;
    long highest = 0;
    for (int i = 0; i < claims.size(); i++) {
      ClaimResult result;
      try {
        result = reply.result(i, claims.get(i).userId());
      } catch (RuntimeException e) {
        // What is written there is not understood; the others have nothing to do with it.
        failed(couponId, claims.get(i), e);
        continue;
      }
      issued |= result instanceof Issued || result instanceof Waiting waiting && waiting.isNew();
      if (result instanceof Issued won) {
        highest = Math.max(highest, won.claim().last());
      } else if (result instanceof Refused no) {
        refused = true;
        if (eligibility != null) {
          result = no.with(eligibility.message());
          PassRefusal why =
              no.reason() == Reason.NOT_ELIGIBLE ? eligibility.refusal(claims.get(i)) : null;
          if (why != null) {
            failed(couponId, claims.get(i), eligibility.problem(why).asException());
            continue;
          }
        }
        behind |= no.reason() == Reason.LEDGER_BEHIND || no.reason() == Reason.POOL_EMPTY;
      }
      Pending<ClaimResult> claim = coded(reply.hasCodes(), claims.get(i), result);
      if (level == Acknowledge.REDIS || result instanceof Refused) {
        decided(counters, claim, result);
      } else {
        acknowledger.hold(new HeldClaim(couponId, counters, claim, result, reply));
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

  /** Redis has told the rule to judge by: the claim is sent again. */
  private void judge(String couponId, Pending<ClaimResult> claim, NotJudgedException told) {
    if (System.nanoTime() - claim.startNanos() >= patienceNanos) {
      failed(couponId, claim, Problem.of(ProblemType.OVERLOADED).asException());
      return;
    }
    rules
        .load(couponId, told.definition().eligibility())
        .flatMap(
            rule ->
                rules
                    .loadGroup(couponId, told.definition().group())
                    .map(group -> Eligibility.of(couponId, told, rule, group, passes)))
        .subscribe()
        .with(judge -> judge(couponId, claim, told, judge), why -> failed(couponId, claim, why));
  }

  private void judge(
      String couponId,
      Pending<ClaimResult> claim,
      NotJudgedException told,
      Eligibility eligibility) {
    HotCoupon coupon = coupons.known(couponId, told.isRehearsal());
    if (coupon != null) {
      coupon.gate().heard(told.asOf());
      coupon.eligibility(eligibility);
    }
    if (claim instanceof UnitsClaim several) {
      if (coupon == null) {
        claimUnitsAlone(couponId, several, eligibility);
      } else {
        claimUnits(couponId, several);
      }
    } else if (coupon == null) {
      claimAlone(couponId, claim, eligibility);
    } else {
      claim(couponId, claim);
    }
  }

  private void failed(String couponId, Pending<ClaimResult> claim, Throwable why) {
    if (why instanceof NotJudgedException told) {
      judge(couponId, claim, told);
      return;
    }
    if (why instanceof AtTheDoorException told) {
      atTheDoor(couponId, claim, told, null);
      return;
    }
    if (why instanceof NotLoadedException notLoaded) {
      reader
          .refuseAndLoad(couponId, claim.userId(), notLoaded)
          .subscribe()
          .with(
              known -> decided(couponId, claim, known), reason -> failed(couponId, claim, reason));
      return;
    }
    undecided(couponId).count(ClaimProblems.of(why).type().slug(), claim.startNanos());
    claim.fail(why);
  }

  private void decided(String couponId, Pending<ClaimResult> claim, ArchivedCoupons.Holding known) {
    LotteryClaim entry = LotteryClaim.of(claim);
    if (entry == null) {
      retired(couponId, claim, known);
      return;
    }
    // Nobody enters any more; once it is drawn the coupon itself knows who has won.
    String lottery = entry.lottery().couponId();
    lotteries
        .isDrawn(lottery)
        .subscribe()
        .with(
            drawn -> {
              if (drawn) {
                claimAlone(lottery, entry.claim(), null);
              } else {
                retired(couponId, claim, known);
              }
            },
            why -> failed(couponId, claim, why));
  }

  private void retired(String couponId, Pending<ClaimResult> claim, ArchivedCoupons.Holding known) {
    ClaimResult result =
        known.claim() != null && !isShort(known.claim(), claim)
            ? new AlreadyClaimed(known.claim().asClaimed())
            : new Refused(Reason.CLOSED, null, known.serverTime());
    // What has ended takes no label.
    decided(
        known.rehearsal() ? metrics.rehearsals() : metrics.ofUnknown(couponId),
        coded(known.hasCodes(), claim, result),
        result);
  }

  /** A claim whose holder is to be shown the codes. */
  private Pending<ClaimResult> coded(
      boolean hasCodes, Pending<ClaimResult> claim, ClaimResult result) {
    return hasCodes && !(result instanceof Refused) ? new CodedClaim(claim, codes) : claim;
  }

  /** A request to claim was refused before it was a claim; its coupon may be nonsense. */
  void refused(String couponId, ProblemType why) {
    undecided(couponId).count(why.slug());
  }

  private ClaimCounters undecided(String couponId) {
    HotCoupon coupon = coupons.get(couponId);
    return coupon == null ? metrics.ofUnknown(couponId) : coupon.counters();
  }

  private void decided(ClaimCounters counters, Pending<ClaimResult> claim, ClaimResult result) {
    if (claim instanceof ShardClaim ofShard && router.mayGoOn(ofShard, result)) {
      goOn(ofShard, result);
    } else {
      tell(counters, claim, result);
    }
  }

  private static void tell(ClaimCounters counters, Pending<ClaimResult> claim, ClaimResult result) {
    counters.count(outcome(claim, result), claim.startNanos());
    claim.complete(result);
  }

  /** The shard is sold out; other shards may have units left. */
  private void goOn(ShardClaim claim, ClaimResult soldOut) {
    String shardId = claim.shard().id();
    Context here = Vertx.currentContext();
    router
        .next(claim)
        .subscribe()
        .with(
            next ->
                here.runOnContext(
                    v -> {
                      if (next instanceof ShardRouter.Next.Again again) {
                        claim(again.claim());
                      } else if (next instanceof ShardRouter.Next.Refuse refuse) {
                        failed(shardId, claim, refuse.why().asException());
                      } else {
                        tell(undecided(shardId), claim, soldOut);
                      }
                    }),
            why -> here.runOnContext(v -> failed(shardId, claim, why)));
  }

  /** Receives the outcomes of a lane. */
  private final class Replies implements Lane.Listener<Pending<ClaimResult>, ClaimReply> {

    private final HotCoupon coupon;

    Replies(HotCoupon coupon) {
      this.coupon = coupon;
    }

    @Override
    public void replied(List<Pending<ClaimResult>> claims, ClaimReply reply) {
      Claims.this.replied(coupon, claims, reply);
    }

    @Override
    public void failed(Pending<ClaimResult> claim, Throwable why) {
      if (why instanceof NotLoadedException) {
        coupon.gate().open();
      }
      Claims.this.failed(coupon.id(), claim, why);
    }
  }

  /** A claim whose response waits until the claim is durable at its level. */
  private final class HeldClaim extends PendingAnswer {

    private final ClaimCounters counters;
    private final Pending<ClaimResult> claim;
    private final ClaimResult result;
    private final String couponId;

    HeldClaim(
        String couponId,
        ClaimCounters counters,
        Pending<ClaimResult> claim,
        ClaimResult result,
        ClaimReply reply) {
      super(
          reply.level(),
          couponId,
          reply.asOf().epoch(),
          reply.server(),
          sequence(result),
          key(result, claim.userId()),
          result instanceof Issued || result instanceof Waiting waiting && waiting.isNew());
      this.couponId = couponId;
      this.counters = counters;
      this.claim = claim;
      this.result = result;
    }

    private static long sequence(ClaimResult result) {
      if (result instanceof Waiting waiting) {
        return waiting.ticket().sequence();
      }
      return (result instanceof Issued issued ? issued.claim() : ((AlreadyClaimed) result).claim())
          .last();
    }

    /** One who waits has no number in the coupon's sequence. */
    private static String key(ClaimResult result, String userId) {
      return result instanceof Waiting waiting && waiting.ticket().sequence() == 0
          ? CouponType.keyOf(waiting.ticket())
          : userId;
    }

    @Override
    protected void secured() {
      decided(counters, claim, result);
    }

    @Override
    protected void notSecured() {
      failed(couponId, claim, Problem.of(ProblemType.NOT_SECURED).asException());
    }
  }

  private static String outcome(Pending<ClaimResult> claim, ClaimResult result) {
    if (result instanceof Issued) {
      return LotteryClaim.of(claim) == null ? ClaimCounters.ISSUED : ClaimCounters.ENTERED;
    }
    if (result instanceof AlreadyClaimed) {
      return ProblemType.ALREADY_CLAIMED.slug();
    }
    if (result instanceof Waiting) {
      return ClaimCounters.WAITING;
    }
    return ClaimProblems.type(((Refused) result).reason()).slug();
  }
}

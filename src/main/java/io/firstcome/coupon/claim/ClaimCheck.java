package io.firstcome.coupon.claim;

import io.firstcome.coupon.change.Shards;
import io.firstcome.coupon.hot.Eligibility;
import io.firstcome.coupon.lottery.Lottery;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.Policy;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.recovery.CouponReader.Standing;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.eligibility.Rules;
import io.firstcome.http.identity.Caller;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.pass.PassRefusal;
import io.firstcome.pass.Passes;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a claim of one unit would get now, by the rules of {@code claim.lua} in their order. Reads
 * only.
 */
@ApplicationScoped
class ClaimCheck {

  private static final String CLAIMABLE = "claimable";
  private static final String ENTERED = "entered";
  private static final String WAITLIST = "waitlist";
  private static final String DEPENDS = "depends-on-rule";

  private final CouponReader coupons;
  private final Scripts redis;
  private final Rules rules;
  private final Passes passes;

  ClaimCheck(CouponReader coupons, Scripts redis, Rules rules, Passes passes) {
    this.coupons = coupons;
    this.redis = redis;
    this.rules = rules;
    this.passes = passes;
  }

  /** The outcome of a claim that is not made. */
  @Schema(name = "ClaimCheck")
  record Result(
      @Schema(examples = "summer-2026") String couponId,
      @Schema(examples = "alice") String userId,
      @Schema(
              description =
                  "claimable; entered, if the user has entered the lottery; waitlist, if a claim"
                      + " would get a place on the waitlist; or the problem that a claim would get:"
                      + " already-claimed, withdrawn, closed, not-open, paused, sold-out,"
                      + " pass-required, not-eligible, group-sold-out; or depends-on-rule, if an"
                      + " operator asks for a user whose attributes or pass only the user has",
              examples = CLAIMABLE)
          String outcome,
      @Schema(examples = "A claim would be issued a unit now.") String detail,
      @Schema(description = "When the coupon opens, if it is not open") Instant opensAt,
      @Schema(description = "What the user holds, or null") Claim claim,
      @Schema(description = "The time of Redis") Instant serverTime) {}

  /**
   * @param caller the user, or null: somebody else asks
   * @param pass the pass that the user sent, by its queue; null: none
   */
  Uni<Result> of(String couponId, String userId, Caller caller, UnaryOperator<String> pass) {
    return coupons
        .standing(couponId, userId)
        .flatMap(
            there -> {
              if (there.claim() != null) {
                // Waits until the claim is durable at its level, as every answer that tells it.
                return coupons
                    .find(couponId, userId)
                    .flatMap(
                        claim ->
                            told(couponId, userId, there, Problem.of(ProblemType.ALREADY_CLAIMED)));
              }
              if (there.entry() != null) {
                return coupons
                    .find(there.state().id(), userId)
                    .flatMap(entry -> entered(couponId, userId, there));
              }
              if (there.state().line().ticket() != null) {
                return claimable(couponId, userId, there);
              }
              return refusal(couponId, there)
                  .flatMap(
                      reason ->
                          reason == null
                              ? eligible(couponId, userId, caller, pass, there)
                              : refused(couponId, userId, there, reason));
            });
  }

  /** Why nobody who holds nothing would get a unit, or null; sold out is what all shards are. */
  private Uni<Reason> refusal(String couponId, Standing there) {
    Reason reason = there.state().refusal();
    return reason != Reason.SOLD_OUT || there.shards() == 1
        ? Uni.createFrom().item(reason)
        : Shards.totals(couponId, there.shards(), coupons::readOne)
            .map(totals -> totals.remaining() > 0 ? null : Reason.SOLD_OUT);
  }

  private Uni<Result> eligible(
      String couponId, String userId, Caller caller, UnaryOperator<String> pass, Standing there) {
    CouponState state = there.state();
    String queue = state.definition().queue();
    if (caller != null && !queue.isEmpty()) {
      PassRefusal why = passes.refusal(pass.apply(queue), queue, couponId, userId);
      if (why != null) {
        return told(couponId, userId, there, Problem.of(ProblemType.PASS_REQUIRED));
      }
    }
    Uni<Boolean> member =
        state.audience() < 0
            ? Uni.createFrom().item(true)
            : redis
                .send(Command.SISMEMBER, Keys.audience(state.id()), userId)
                .map(reply -> reply.toInteger() == 1);
    return member.flatMap(
        isMember -> {
          String rule = state.definition().eligibility();
          if (!isMember) {
            return refused(couponId, userId, there, Reason.NOT_ELIGIBLE);
          }
          String group = state.definition().group();
          if (caller == null && !(rule.isEmpty() && queue.isEmpty() && group.isEmpty())) {
            return told(
                couponId,
                userId,
                there,
                DEPENDS,
                "The coupon needs the user's attributes or pass. Only the user can check it.");
          }
          return rules
              .load(couponId, rule)
              .flatMap(
                  compiled ->
                      rule.isEmpty()
                              || compiled.allows(
                                  caller.attributes(),
                                  Eligibility.attributes(couponId, state.definition()),
                                  Instant.now())
                          ? ofGroup(couponId, userId, caller, there)
                          : refused(couponId, userId, there, Reason.NOT_ELIGIBLE));
        });
  }

  /** Where claims count against groups, the user's has to have a unit left. */
  private Uni<Result> ofGroup(String couponId, String userId, Caller caller, Standing there) {
    CouponState state = there.state();
    if (state.definition().group().isEmpty()) {
      return claimable(couponId, userId, there);
    }
    return rules
        .loadGroup(couponId, state.definition().group())
        .flatMap(
            compiled -> {
              Quotas quotas = Quotas.ofStored(state.definition().quotas());
              String group =
                  quotas.counted(
                      compiled.text(
                          caller.attributes(),
                          Eligibility.attributes(couponId, state.definition()),
                          Instant.now()));
              if (group == null) {
                return refused(couponId, userId, there, Reason.NOT_ELIGIBLE);
              }
              long left =
                  quotas.units().get(group) - state.issuedByGroup().get(group) - state.withheld();
              return left > 0
                  ? claimable(couponId, userId, there)
                  : refused(couponId, userId, there, Reason.GROUP_SOLD_OUT);
            });
  }

  private static Uni<Result> entered(String couponId, String userId, Standing there) {
    return Lottery.tickets(there.entry()) == 0
        ? refused(couponId, userId, there, Reason.WITHDRAWN)
        : told(
            couponId,
            userId,
            there,
            ENTERED,
            "The user has entered. A claim would return the entry, and change nothing.");
  }

  private static Uni<Result> claimable(String couponId, String userId, Standing there) {
    if (there.state().isPoolEmpty()) {
      return refused(couponId, userId, there, Reason.POOL_EMPTY);
    }
    return there.state().line().ticket() != null
            || there.state().terms().waitlist() > 0 && there.state().mustWait()
        ? told(
            couponId,
            userId,
            there,
            WAITLIST,
            "A claim would get a place on the waitlist now, or the one that the user has.")
        : told(
            couponId,
            userId,
            there,
            CLAIMABLE,
            there.state().definition().policy() == Policy.LOTTERY
                ? "An entry would be accepted now."
                : "A claim would be issued a unit now.");
  }

  private static Uni<Result> refused(
      String couponId, String userId, Standing there, Reason reason) {
    CouponState state = there.state();
    Refused refused = new Refused(reason, state.opensAt(), state.serverTime());
    return told(
        couponId,
        userId,
        there,
        ClaimProblems.of(refused.with(state.definition().eligibilityMessage())));
  }

  private static Uni<Result> told(String couponId, String userId, Standing there, Problem problem) {
    return told(couponId, userId, there, problem.type().slug(), problem.detail());
  }

  private static Uni<Result> told(
      String couponId, String userId, Standing there, String outcome, String detail) {
    CouponState state = there.state();
    return Uni.createFrom()
        .item(
            new Result(
                couponId,
                userId,
                outcome,
                detail,
                outcome.equals(ProblemType.NOT_OPEN.slug()) ? state.opensAt() : null,
                there.claim(),
                state.serverTime()));
  }
}

package io.firstcome.coupon.hot;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.coupon.script.NotJudgedException;
import io.firstcome.coupon.script.Version;
import io.firstcome.decision.Pending;
import io.firstcome.eligibility.Rule;
import io.firstcome.http.problem.Problem;
import io.firstcome.pass.PassRefusal;
import io.firstcome.pass.Passes;
import io.firstcome.redis.Keys;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who is eligible for a coupon and has the pass it needs, as of one version of its definition.
 * Users are judged here and the script decides, if that version is still the present one: so
 * everybody is judged by the rule that holds when the unit is issued, on every replica.
 *
 * @param message what those are told who are not eligible; empty: nothing special
 * @param coupon what the rule may use of the coupon
 * @param queue the queue whose pass a claim needs; empty: none
 * @param group gives the group of a user
 * @param quotas of the groups; null: claims count against none
 */
public record Eligibility(
    Version asOf,
    Rule rule,
    String message,
    Map<String, Object> coupon,
    String queue,
    Passes passes,
    Rule group,
    Quotas quotas) {

  private static final String ID = "id";

  /**
   * By the definition that the script answered.
   *
   * @param group that definition's
   */
  public static Eligibility of(
      String couponId, NotJudgedException told, Rule rule, Rule group, Passes passes) {
    CouponDefinition definition = told.definition();
    return new Eligibility(
        told.asOf(),
        rule,
        definition.eligibilityMessage(),
        attributes(couponId, definition),
        definition.queue(),
        passes,
        group,
        definition.group().isEmpty() ? null : Quotas.ofStored(definition.quotas()));
  }

  /** What a rule may use of a coupon; instants that it has not are missing. */
  public static Map<String, Object> attributes(String couponId, CouponDefinition definition) {
    Map<String, Object> coupon = new HashMap<>();
    coupon.put(ID, Keys.campaignOf(couponId));
    coupon.put("name", definition.name());
    if (definition.opensAt() != null) {
      coupon.put("opensAt", definition.opensAt());
    }
    if (definition.closesAt() != null) {
      coupon.put("closesAt", definition.closesAt());
    }
    return coupon;
  }

  /** What somebody without a pass that does is answered. */
  public Problem problem(PassRefusal why) {
    return passes.refused(why, queue);
  }

  /** Why the pass that comes with a claim does not do; null: it does, or none is needed. */
  public PassRefusal refusal(Pending<ClaimResult> claim) {
    return queue.isEmpty()
        ? null
        : passes.refusal(claim.pass(queue), queue, (String) coupon.get(ID), claim.userId());
  }

  /**
   * What {@code claim.lua} is told: the version, and for each user 0 (not eligible) or 1; or the
   * character so many after 0 as is the number of the user's group.
   */
  public String judge(List<Pending<ClaimResult>> claims) {
    Instant now = Instant.now();
    StringBuilder judged = new StringBuilder(48 + claims.size());
    judged.append(' ').append(asOf.epoch()).append(' ').append(asOf.version()).append(' ');
    for (Pending<ClaimResult> claim : claims) {
      boolean isEligible =
          rule.allows(claim.attributes(), coupon, now)
              && (claim.isAdmittedBy(this) || refusal(claim) == null);
      judged.append((char) ('0' + (isEligible ? group(claim, now) : Quotas.NONE)));
    }
    return judged.toString();
  }

  private int group(Pending<ClaimResult> claim, Instant now) {
    return quotas == null ? 1 : quotas.number(group.text(claim.attributes(), coupon, now));
  }
}

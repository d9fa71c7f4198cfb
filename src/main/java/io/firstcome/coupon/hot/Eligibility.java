package io.firstcome.coupon.hot;

import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.script.NotJudgedException;
import io.firstcome.coupon.script.Version;
import io.firstcome.decision.Pending;
import io.firstcome.eligibility.Rule;
import io.firstcome.redis.Keys;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who is eligible for a coupon, as of one version of its definition. Users are judged here and the
 * script decides, if that version is still the present one: so everybody is judged by the rule that
 * holds when the unit is issued, on every replica.
 *
 * @param message what those are told who are not eligible; empty: nothing special
 * @param coupon what the rule may use of the coupon
 */
public record Eligibility(Version asOf, Rule rule, String message, Map<String, Object> coupon) {

  /** By the definition that the script answered. */
  public static Eligibility of(String couponId, NotJudgedException told, Rule rule) {
    return new Eligibility(
        told.asOf(),
        rule,
        told.definition().eligibilityMessage(),
        attributes(couponId, told.definition()));
  }

  /** What a rule may use of a coupon; instants that it has not are missing. */
  public static Map<String, Object> attributes(String couponId, CouponDefinition definition) {
    Map<String, Object> coupon = new HashMap<>();
    coupon.put("id", Keys.campaignOf(couponId));
    coupon.put("name", definition.name());
    if (definition.opensAt() != null) {
      coupon.put("opensAt", definition.opensAt());
    }
    if (definition.closesAt() != null) {
      coupon.put("closesAt", definition.closesAt());
    }
    return coupon;
  }

  /** What {@code claim.lua} is told: the version, and 1 or 0 for each user. */
  public String judge(List<Pending<ClaimResult>> claims) {
    Instant now = Instant.now();
    StringBuilder judged = new StringBuilder(48 + claims.size());
    judged.append(' ').append(asOf.epoch()).append(' ').append(asOf.version()).append(' ');
    for (Pending<ClaimResult> claim : claims) {
      judged.append(rule.allows(claim.attributes(), coupon, now) ? '1' : '0');
    }
    return judged.toString();
  }
}

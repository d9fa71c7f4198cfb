package io.firstcome.coupon.definition;

import io.firstcome.coupon.model.Coupon;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.Policy;
import java.time.Instant;

/**
 * Which coupons a list has, by their definition in MySQL.
 *
 * @param state by its status and window; OPEN also has coupons that are sold out. Null: any
 * @param policy null: any
 * @param text what the id or the name begins with; null: anything
 * @param opensFrom null: any; a coupon without an opening has opened before
 * @param opensBefore null: any
 */
record CouponFilter(
    CouponView.Phase state, Policy policy, String text, Instant opensFrom, Instant opensBefore) {

  static final String STATES = "NOT_OPEN|OPEN|PAUSED|CLOSED";
  static final String POLICIES = "FIRST_COME|QUEUED|LOTTERY";

  /** Words that match {@link #STATES} and {@link #POLICIES}, or null. */
  static CouponFilter of(
      String state, String policy, String text, Instant opensFrom, Instant opensBefore) {
    return new CouponFilter(
        state == null ? null : CouponView.Phase.valueOf(state),
        policy == null ? null : Policy.valueOf(policy),
        text,
        opensFrom,
        opensBefore);
  }

  boolean isEmpty() {
    return state == null
        && policy == null
        && text == null
        && opensFrom == null
        && opensBefore == null;
  }

  boolean matches(Coupon coupon, Instant now) {
    CouponDefinition defined = coupon.definition;
    return (state == null || CouponView.phase(defined, false, now) == state)
        && (policy == null || defined.policy() == policy)
        && (text == null || coupon.id.startsWith(text) || defined.name().startsWith(text))
        && (opensFrom == null
            || defined.opensAt() != null && !defined.opensAt().isBefore(opensFrom))
        && (opensBefore == null
            || defined.opensAt() == null
            || defined.opensAt().isBefore(opensBefore));
  }
}

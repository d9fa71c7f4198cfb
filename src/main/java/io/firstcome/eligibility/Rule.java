package io.firstcome.eligibility;

import dev.cel.common.CelException;
import dev.cel.runtime.CelRuntime;
import java.time.Instant;
import java.util.Map;

/** A compiled expression that says who is eligible. */
public final class Rule {

  private static final Rule ANYBODY = new Rule(null, true);
  private static final Rule NOBODY = new Rule(null, false);

  private final CelRuntime.Program program;
  private final boolean without;

  private Rule(CelRuntime.Program program, boolean without) {
    this.program = program;
    this.without = without;
  }

  static Rule of(CelRuntime.Program program) {
    return new Rule(program, false);
  }

  /** The empty rule. */
  static Rule anybody() {
    return ANYBODY;
  }

  /** A rule that this replica cannot compile: nothing is known of anybody. */
  static Rule nobody() {
    return NOBODY;
  }

  /**
   * The number that the rule yields; 0 where it fails, as by an attribute that is missing, and of a
   * rule that this replica cannot compile; of the empty rule 1.
   *
   * @param user the verified attributes of the user
   * @param coupon those of the coupon
   */
  public long number(Map<String, Object> user, Map<String, Object> coupon, Instant now) {
    if (program == null) {
      return without ? 1 : 0;
    }
    return value(user, coupon, now) instanceof Long number ? number : 0;
  }

  /**
   * The string that the rule yields; null where it fails, and of a rule that this replica cannot
   * compile.
   *
   * @param user the verified attributes of the user
   * @param coupon those of the coupon
   */
  public String text(Map<String, Object> user, Map<String, Object> coupon, Instant now) {
    return value(user, coupon, now) instanceof String text ? text : null;
  }

  /** What the expression yields; null where there is none, or it fails. */
  private Object value(Map<String, Object> user, Map<String, Object> coupon, Instant now) {
    if (program == null) {
      return null;
    }
    try {
      return program.eval(Map.of(Rules.USER, user, Rules.COUPON, coupon, Rules.NOW, now));
    } catch (CelException | RuntimeException e) {
      return null;
    }
  }

  /**
   * Whether a user is eligible. Anything but {@code true} is no, also what fails, as an attribute
   * that is missing does.
   *
   * @param user the verified attributes of the user
   * @param coupon those of the coupon
   */
  public boolean allows(Map<String, Object> user, Map<String, Object> coupon, Instant now) {
    return program == null ? without : Boolean.TRUE.equals(value(user, coupon, now));
  }
}

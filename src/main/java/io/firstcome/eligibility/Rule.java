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
   * Whether a user is eligible. Anything but {@code true} is no, also what fails, as an attribute
   * that is missing does.
   *
   * @param user the verified attributes of the user
   * @param coupon those of the coupon
   */
  public boolean allows(Map<String, Object> user, Map<String, Object> coupon, Instant now) {
    if (program == null) {
      return without;
    }
    try {
      return Boolean.TRUE.equals(
          program.eval(Map.of(Rules.USER, user, Rules.COUPON, coupon, Rules.NOW, now)));
    } catch (CelException | RuntimeException e) {
      return false;
    }
  }
}

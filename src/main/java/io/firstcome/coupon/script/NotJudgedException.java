package io.firstcome.coupon.script;

import io.firstcome.coupon.model.CouponDefinition;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;

/**
 * Nothing was decided: the coupon has a rule, and the caller judged by none, or by that of another
 * version. Carries the definition to judge by; no stack trace.
 */
public final class NotJudgedException extends RuntimeException {

  private static final int HEAD = 4;

  private final Version asOf;
  private final boolean rehearsal;
  private final CouponDefinition definition;

  private NotJudgedException(Version asOf, boolean rehearsal, CouponDefinition definition) {
    super("Who is eligible was not judged by version " + asOf, null, false, false);
    this.asOf = asOf;
    this.rehearsal = rehearsal;
    this.definition = definition;
  }

  /**
   * @throws NotJudgedException where {@code claim.lua} answered RULE
   */
  static void check(Response reply) {
    if (reply.type() == ResponseType.MULTI) {
      throw new NotJudgedException(
          new Version(reply.get(1).toLong(), reply.get(2).toLong()),
          reply.get(3).toInteger() == 1,
          CouponDefinition.of(reply, HEAD));
    }
  }

  public Version asOf() {
    return asOf;
  }

  public boolean isRehearsal() {
    return rehearsal;
  }

  public CouponDefinition definition() {
    return definition;
  }
}

package io.firstcome.coupon.script;

import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;

/**
 * Nothing was decided: {@code claim-door.lua} decides claims of this coupon, as it has a waitlist.
 * That never changes. No stack trace.
 */
public final class AtTheDoorException extends RuntimeException {

  private static final String DOOR = "DOOR ";

  private final boolean rehearsal;

  private AtTheDoorException(boolean rehearsal) {
    super("Its claims are decided at the door", null, false, false);
    this.rehearsal = rehearsal;
  }

  /**
   * @throws AtTheDoorException where {@code claim.lua} answered DOOR
   */
  static void check(Response reply) {
    if (reply.type() == ResponseType.SIMPLE && reply.toString().startsWith(DOOR)) {
      throw new AtTheDoorException(reply.toString().equals(DOOR + "1"));
    }
  }

  public boolean isRehearsal() {
    return rehearsal;
  }
}

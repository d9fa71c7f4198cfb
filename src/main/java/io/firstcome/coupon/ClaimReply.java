package io.firstcome.coupon;

import io.firstcome.coupon.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.ClaimResult.Issued;
import io.firstcome.coupon.ClaimResult.Reason;
import io.firstcome.coupon.ClaimResult.Refused;
import io.firstcome.ledger.Micros;
import io.firstcome.ledger.NotLoadedException;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Instant;

/** What {@code claim.lua} answers to one call, read as the results of its users are asked for. */
final class ClaimReply {

  private static final int HEAD = 4;

  private final String couponId;
  private final Response reply;
  private final Instant now;
  private final int results;

  /**
   * @throws NotLoadedException when the script answered LOADING
   */
  ClaimReply(String couponId, Response reply) {
    if (isLoading(reply)) {
      throw new NotLoadedException(couponId);
    }
    this.couponId = couponId;
    this.reply = reply;
    this.now = Micros.toInstant(reply.get(0).toLong());
    this.results = reply.size() - HEAD;
  }

  static boolean isLoading(Response reply) {
    return reply.type() == ResponseType.SIMPLE && reply.toString().equals("LOADING");
  }

  Version asOf() {
    return new Version(reply.get(1).toLong(), reply.get(2).toLong());
  }

  /** The result of the i-th user of the call. */
  ClaimResult result(int i, String userId) {
    if (i >= results) {
      // All were issued a unit: only the first number is told.
      return issued(userId, reply.get(HEAD).toLong() + i);
    }
    Response result = reply.get(HEAD + i);
    if (result.type() != ResponseType.NUMBER) {
      return new AlreadyClaimed(Claim.ofHolding(couponId, userId, result.toString()));
    }
    long number = result.toLong();
    return number > 0
        ? issued(userId, number)
        : new Refused(Reason.ofCode(number), Micros.toInstant(reply.get(3).toLong()), now);
  }

  private Issued issued(String userId, long sequence) {
    return new Issued(new Claim(couponId, userId, sequence, now));
  }
}

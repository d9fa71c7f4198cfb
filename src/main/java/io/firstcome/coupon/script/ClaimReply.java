package io.firstcome.coupon.script;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Issued;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.model.ClaimResult.Waiting;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.durability.Acknowledge;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.Micros;
import io.vertx.redis.client.Response;
import java.time.Instant;

/**
 * What {@code claim.lua}, {@code claim-units.lua} or {@code claim-door.lua} answers to one call,
 * read as the results of its users are asked for.
 */
public final class ClaimReply implements ClaimAnswer {

  private static final int HEAD = 6;
  private static final String REDIS = Acknowledge.REDIS.stored();

  private final String couponId;
  private final String[] words;
  private final Instant now;
  private final Version asOf;
  private final Acknowledge level;
  private final int results;

  /**
   * @param users how many were named in the call
   * @throws NotLoadedException when the script answered LOADING or RECOVERING
   * @throws NotJudgedException when it answered RULE
   * @throws AtTheDoorException when it answered DOOR
   */
  public ClaimReply(String couponId, int users, Response reply) {
    NotLoadedException.check(couponId, reply);
    NotJudgedException.check(reply);
    AtTheDoorException.check(reply);
    this.couponId = couponId;
    this.words = reply.toString().split(" ");
    this.now = Micros.toInstant(Long.parseLong(words[0]));
    this.results = words.length - HEAD;
    if (results != 1 && results != users) {
      // Somebody wrote a blank into a claim: whose result is whose?
      throw new IllegalStateException(results + " results for " + users + " users of " + couponId);
    }
    this.asOf = new Version(Long.parseLong(words[1]), Long.parseLong(words[2]));
    this.level = level(words[HEAD - 1]);
  }

  private static Acknowledge level(String level) {
    if (level.equals(REDIS)) {
      return Acknowledge.REDIS;
    }
    int colon = level.indexOf(':');
    return Acknowledge.ofStored(colon < 0 ? level : level.substring(0, colon));
  }

  public Version asOf() {
    return asOf;
  }

  /** Whether the coupon is one that is left out of totals. */
  public boolean isRehearsal() {
    return words[4].charAt(0) == '1';
  }

  /** Whether the units of the coupon have codes. */
  public boolean hasCodes() {
    return words[4].length() > 1;
  }

  /** When its winners may be told. */
  public Acknowledge level() {
    return level;
  }

  /** Which Redis decided; where replicas must have it. */
  public String server() {
    String level = words[HEAD - 1];
    return level.substring(level.indexOf(':') + 1);
  }

  /** The result of the i-th user of the call. */
  public ClaimResult result(int i, String userId) {
    if (i >= results) {
      // All were issued a unit: only the first number is told.
      return issued(userId, Long.parseLong(words[HEAD]) + i);
    }
    String result = words[HEAD + i];
    if (ClaimHolding.is(result)) {
      if (result.charAt(0) == '+') {
        return new Issued(Claim.ofHolding(couponId, userId, result.substring(1)));
      }
      return new AlreadyClaimed(Claim.ofHolding(couponId, userId, result));
    }
    if (result.charAt(0) == 'w' || result.charAt(0) == 'o' || result.charAt(0) == 'q') {
      return waiting(userId, result);
    }
    long number = Long.parseLong(result);
    return number > 0
        ? issued(userId, number)
        : new Refused(Reason.ofCode(number), Micros.toInstant(Long.parseLong(words[3])), now);
  }

  private Waiting waiting(String userId, String result) {
    boolean isNew = result.endsWith("+");
    int slash = result.indexOf('/');
    long number = Long.parseLong(result, 1, slash, 10);
    int end = result.length() - (isNew ? 1 : 0);
    int rate = result.indexOf('/', slash + 1);
    long second = Long.parseLong(result, slash + 1, rate < 0 ? end : rate, 10);
    if (rate > 0) {
      long perSecond = Long.parseLong(result, rate + 1, end, 10);
      return new Waiting(Ticket.queued(couponId, userId, number, second, perSecond), isNew);
    }
    return new Waiting(
        result.charAt(0) == 'w'
            ? Ticket.waiting(couponId, userId, number, second)
            : Ticket.offered(couponId, userId, number, Micros.toInstant(second)),
        isNew);
  }

  private Issued issued(String userId, long sequence) {
    return new Issued(new Claim(couponId, userId, sequence, now));
  }
}

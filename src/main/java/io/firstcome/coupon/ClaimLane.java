package io.firstcome.coupon;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.Script;
import io.vertx.core.Handler;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/**
 * The claims of one coupon on one event loop, on their way to Redis.
 *
 * <p>A claim that finds nothing on its way goes at the end of what the event loop does now, with
 * all that came in the same pass: waiting for more would cost time and gain nothing. Those that
 * come while a call is on its way gather, and go as one call when it returns. So idle traffic waits
 * for nobody, and the more come, the more each call decides: the cost of a claim falls with the
 * load.
 *
 * <p>One call at a time (by default) is best: measured, a second one on its way only makes the
 * batches smaller. Lanes of other coupons go beside it on the same connection, in turn.
 */
final class ClaimLane {

  /** What becomes of the claims. */
  interface Desk {
    void replied(HotCoupon coupon, PendingClaim[] claims, ClaimReply reply);

    void notLoaded(HotCoupon coupon, PendingClaim[] claims, NotLoadedException why);

    void failed(HotCoupon coupon, PendingClaim claim, Throwable why);

    /** Whether MySQL is known to be away. */
    boolean isDatabaseAway();
  }

  /** What claim.lua is told of MySQL. */
  private static final byte[] AWAY = {'1'};

  private static final byte[] THERE = {'0'};

  private final HotCoupon coupon;
  private final RedisLink link;
  private final Script script;
  private final byte[][] head;
  private final int keys;
  private final Desk desk;
  private final BatchConfig config;
  private final long patienceNanos;

  private final ArrayDeque<PendingClaim> waiting = new ArrayDeque<>();
  private final Handler<Void> flush = pass -> flush();
  private boolean scheduled;
  private int inFlight;

  /**
   * @param head what each call begins with: the keys, then the arguments before the server
   * @param keys how many of these are keys
   */
  ClaimLane(
      HotCoupon coupon,
      RedisLink link,
      Script script,
      byte[][] head,
      int keys,
      Desk desk,
      BatchConfig config) {
    this.coupon = coupon;
    this.link = link;
    this.script = script;
    this.head = head;
    this.keys = keys;
    this.desk = desk;
    this.config = config;
    this.patienceNanos = link.timeout().toNanos();
  }

  void add(PendingClaim claim) {
    if (waiting.size() >= config.maxWaiting()) {
      desk.failed(coupon, claim, Problem.of(ProblemType.OVERLOADED).asException());
      return;
    }
    waiting.add(claim);
    schedule();
  }

  private void schedule() {
    if (!scheduled && inFlight < config.maxInFlight() && !waiting.isEmpty()) {
      scheduled = true;
      link.soon(flush);
    }
  }

  private void flush() {
    scheduled = false;
    refuseLate();
    while (inFlight < config.maxInFlight() && !waiting.isEmpty()) {
      PendingClaim[] batch = new PendingClaim[Math.min(waiting.size(), config.maxClaims())];
      int users = head.length + 3;
      byte[][] args = new byte[users + batch.length][];
      System.arraycopy(head, 0, args, 0, head.length);
      args[head.length] = RedisLink.SERVER;
      args[head.length + 1] = Long.toString(coupon.seen()).getBytes(StandardCharsets.US_ASCII);
      args[head.length + 2] = desk.isDatabaseAway() ? AWAY : THERE;
      for (int i = 0; i < batch.length; i++) {
        batch[i] = waiting.poll();
        args[users + i] = batch[i].userId.getBytes(StandardCharsets.ISO_8859_1);
      }
      inFlight++;
      link.call(script, keys, args, new Batch(batch));
    }
  }

  /** Nothing was done for them yet, and whoever waits that long has often gone away. */
  private void refuseLate() {
    long now = System.nanoTime();
    while (!waiting.isEmpty() && now - waiting.peek().startNanos >= patienceNanos) {
      desk.failed(coupon, waiting.poll(), Problem.of(ProblemType.OVERLOADED).asException());
    }
  }

  private final class Batch implements RedisLink.Answer {

    private final PendingClaim[] claims;

    Batch(PendingClaim[] claims) {
      this.claims = claims;
    }

    @Override
    public void reply(Response reply) {
      inFlight--;
      schedule();
      ClaimReply read;
      try {
        read = new ClaimReply(coupon.id(), claims.length, reply);
      } catch (NotLoadedException e) {
        link.doubtServer(head[0]);
        desk.notLoaded(coupon, claims, e);
        return;
      } catch (RuntimeException e) {
        failAll(e);
        return;
      }
      desk.replied(coupon, claims, read);
    }

    @Override
    public void failed(RedisException why) {
      inFlight--;
      schedule();
      failAll(why);
    }

    private void failAll(Throwable why) {
      for (PendingClaim claim : claims) {
        desk.failed(coupon, claim, why);
      }
    }
  }
}

package io.firstcome.coupon.hot;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult;
import io.firstcome.coupon.model.ClaimResult.AlreadyClaimed;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.ClaimResult.Refused;
import io.firstcome.coupon.script.Version;
import io.firstcome.mysql.Micros;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * Answers claims of one coupon from memory while the answer is known: nobody is issued a unit, for
 * one and the same reason, and who holds one is known.
 *
 * <p>It is shut by a {@link Shut}, which is true as of a version and until an instant, and opens
 * when that instant has passed, or at once when a newer version is heard of. It never shuts on news
 * older than the newest it has heard: a sold-out reply that was late must not shut it after a
 * restock. See {@link GateKeeper} for how it is known.
 */
public final class Gate {

  /**
   * Why nobody is issued a unit.
   *
   * @param asOf the version of which it is true
   * @param opensAt when the coupon opens, or null
   * @param askedAtNanos when Redis was asked, by {@link System#nanoTime}
   * @param redisTime Redis time at that instant
   * @param holders users who hold a claim
   * @param untilNanos until when it is true unless a newer version is heard of
   * @param secured whether a winner may be told of a claim; if not, Redis is asked, as that answer
   *     waits until it is
   */
  record Shut(
      Version asOf,
      Reason reason,
      Instant opensAt,
      long askedAtNanos,
      Instant redisTime,
      long untilNanos,
      long holders,
      Winners winners,
      Predicate<Claim> secured) {

    private ClaimResult answer(String userId, long nowNanos) {
      if (winners.mayHold(userId)) {
        Claim claim = winners.claimOf(userId);
        return claim == null || !secured.test(claim) ? null : new AlreadyClaimed(claim);
      }
      return new Refused(
          reason,
          opensAt,
          reason == Reason.NOT_OPEN
              ? Micros.truncate(redisTime.plusNanos(nowNanos - askedAtNanos))
              : redisTime);
    }
  }

  private volatile Version newest = Version.NONE;
  private volatile Shut shut;
  private boolean retired;

  /** Whether the keeper looks after this gate now, and when it may again. */
  private final AtomicBoolean attended = new AtomicBoolean();

  private volatile long attendFromNanos = System.nanoTime();

  /** The answer for this user, or null where Redis must be asked. */
  public ClaimResult answer(String userId, long nowNanos) {
    Shut known = shut;
    return known == null || nowNanos - known.untilNanos >= 0
        ? null
        : known.answer(userId, nowNanos);
  }

  /** What was known last, true still or not; null where nothing is. */
  Shut last() {
    return shut;
  }

  /** A version was heard of, by a reply or a message. */
  public void heard(Version version) {
    if (version.isNewerThan(newest)) {
      synchronized (this) {
        if (version.isNewerThan(newest)) {
          newest = version;
          if (shut != null && version.isNewerThan(shut.asOf)) {
            shut = null;
          }
        }
      }
    }
  }

  boolean isShut(long nowNanos) {
    Shut known = shut;
    return known != null && nowNanos - known.untilNanos < 0;
  }

  /** Whether the caller shall look after this gate, and call {@link #attended} when it has. */
  boolean mayAttend(long nowNanos) {
    return nowNanos - attendFromNanos >= 0 && attended.compareAndSet(false, true);
  }

  void attended(Duration pause) {
    attendFromNanos = System.nanoTime() + pause.toNanos();
    attended.set(false);
  }

  /** Nothing is known any more. */
  public synchronized void open() {
    shut = null;
  }

  /** Open for ever: nobody tells it news any more. */
  synchronized void retire() {
    retired = true;
    shut = null;
  }

  /** Shuts it, unless something newer was heard. */
  synchronized void shut(Shut known) {
    if (!retired && !newest.isNewerThan(known.asOf)) {
      newest = known.asOf;
      shut = known;
    }
  }
}

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
 * Answers claims of one coupon from memory while it is shut: no unit can be issued, for one reason
 * that holds for all users, and the users with a claim are known.
 *
 * <p>A {@link Shut} is valid for a version and until an instant. The gate opens when that instant
 * has passed, and at once when the replica receives a newer version. It never shuts on a version
 * older than the newest one received: a late sold-out reply must not shut it after a restock.
 * {@link GateKeeper} shuts it.
 */
public final class Gate {

  /**
   * Why nobody is issued a unit.
   *
   * @param asOf the version it is valid for
   * @param opensAt when the coupon opens, or null
   * @param askedAtNanos when Redis was queried, by {@link System#nanoTime}
   * @param redisTime Redis time at that instant
   * @param holders users who hold a claim
   * @param lastTicket of those who wait
   * @param untilNanos until when it is valid unless a newer version arrives
   * @param secured whether a claim is durable at its level; if not, the claim goes to Redis, and
   *     its response waits
   */
  record Shut(
      Version asOf,
      Reason reason,
      Instant opensAt,
      long askedAtNanos,
      Instant redisTime,
      long untilNanos,
      long holders,
      long lastTicket,
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

  /** Whether the keeper is checking this gate; when it may check again. */
  private final AtomicBoolean attended = new AtomicBoolean();

  private volatile long attendFromNanos = System.nanoTime();

  /** The answer for this user, or null if the claim must go to Redis. */
  public ClaimResult answer(String userId, long nowNanos) {
    Shut known = shut;
    return known == null || nowNanos - known.untilNanos >= 0
        ? null
        : known.answer(userId, nowNanos);
  }

  /** The last one, valid or expired; null if there is none. */
  Shut last() {
    return shut;
  }

  /** A reply or a message has this version. */
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

  boolean hasHeardNewerThan(Version version) {
    return newest.isNewerThan(version);
  }

  boolean isShut(long nowNanos) {
    Shut known = shut;
    return known != null && nowNanos - known.untilNanos < 0;
  }

  /** Whether the caller is to check this gate; it then calls {@link #attended}. */
  boolean mayAttend(long nowNanos) {
    return nowNanos - attendFromNanos >= 0 && attended.compareAndSet(false, true);
  }

  void attended(Duration pause) {
    attendFromNanos = System.nanoTime() + pause.toNanos();
    attended.set(false);
  }

  /** Forgets what it knows. */
  public synchronized void open() {
    shut = null;
  }

  /** Opens for good: it receives no more versions. */
  synchronized void retire() {
    retired = true;
    shut = null;
  }

  /** Shuts it, unless a newer version has arrived. */
  synchronized void shut(Shut known) {
    if (!retired && !newest.isNewerThan(known.asOf)) {
      newest = known.asOf;
      shut = known;
    }
  }
}

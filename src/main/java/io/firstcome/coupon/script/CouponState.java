package io.firstcome.coupon.script;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimResult.Reason;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.OnLoss;
import io.firstcome.coupon.model.Ticket;
import io.firstcome.durability.Acknowledge;
import java.time.Instant;
import java.util.Map;

/**
 * A coupon as Redis holds it at one instant.
 *
 * @param serverTime Redis time of the reading
 * @param audience users who may claim, or -1 where anybody may
 * @param holders users who hold a claim
 * @param claim what the user asked about holds, or null
 * @param lost units that may have been issued by a Redis that lost its data
 * @param gaps numbers up to the sequence that nobody holds, for that reason
 * @param ceiling the highest sequence that may be issued
 * @param server which Redis it is
 * @param extra units that are issued beyond one for each holder
 * @param returned numbers whose units went back and were, or will be, issued under others
 * @param line the waitlist and the queue
 * @param pool codes in its pool, to each of which a number belongs; null: it has no pool
 * @param issuedByGroup units that count against each group; empty: claims count against none
 */
public record CouponState(
    String id,
    Instant serverTime,
    long epoch,
    long version,
    CouponDefinition definition,
    long audience,
    long sequence,
    long issued,
    long holders,
    Claim claim,
    boolean rehearsal,
    long lost,
    long gaps,
    long ceiling,
    String server,
    long extra,
    long returned,
    CouponTerms terms,
    Line line,
    Long pool,
    Map<String, Long> issuedByGroup)
    implements StoredCoupon {

  /**
   * The waitlist and the queue, and where the user asked about stands.
   *
   * @param waiting users who wait
   * @param queued users whose units are to be handed out
   * @param offered users who were offered a unit
   * @param lastTicket given out; 0: none
   * @param ticket of the user, or null
   */
  public record Line(long waiting, long queued, long offered, long lastTicket, Ticket ticket) {
    public static final Line NONE = new Line(0, 0, 0, 0, null);
  }

  public long quantity() {
    return definition.quantity();
  }

  public Instant opensAt() {
    return definition.opensAt();
  }

  public Instant closesAt() {
    return definition.closesAt();
  }

  public Acknowledge acknowledge() {
    return definition.acknowledge();
  }

  public OnLoss onLoss() {
    return definition.onLoss();
  }

  /**
   * Why nobody who holds nothing would be issued a unit or could wait for one, or null; the rules
   * of claim.lua and claim-door.lua.
   */
  public Reason refusal() {
    return switch (definition.lifecycle().at(serverTime)) {
      case CLOSED -> Reason.CLOSED;
      case NOT_OPEN -> Reason.NOT_OPEN;
      case PAUSED -> Reason.PAUSED;
      case OPEN -> mustWait() && line.waiting() >= terms.waitlist() ? Reason.SOLD_OUT : null;
    };
  }

  /** Whether it has a pool, which has no code for another unit. */
  public boolean isPoolEmpty() {
    return pool != null && sequence >= pool;
  }

  /** Whether no unit is left, or others wait for it. */
  public boolean mustWait() {
    return remaining() <= 0 || line.waiting() > 0;
  }

  /** Whether it has ended: closed, or past its end. */
  public boolean isOver() {
    return refusal() == Reason.CLOSED;
  }

  /** Units that are not issued, as they may have been. */
  public long withheld() {
    return onLoss().withheld(lost, quantity(), issued);
  }

  public long remaining() {
    return quantity() - issued - withheld();
  }

  /** How new this is. */
  public Version asOf() {
    return new Version(epoch, version);
  }
}

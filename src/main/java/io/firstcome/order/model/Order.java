package io.firstcome.order.model;

import io.firstcome.http.input.Digests;
import io.firstcome.http.input.OpaqueId;
import io.firstcome.payment.model.Payment;
import java.time.Instant;
import java.util.List;

/**
 * An order: units, money and a coupon, taken together or not at all.
 *
 * @param number in the order in which they were placed
 * @param userId whose it is
 * @param caller who placed it
 * @param couponId null: none
 * @param subtotal what the lines cost together, in minor units
 * @param discount what the coupon takes off, 0 to {@code subtotal}
 * @param total {@code subtotal - discount}
 * @param step to be done, or to be undone; null: it is over
 * @param reason why it was cancelled, a slug, or refunded, a text; else null
 * @param refusedStep the step that was refused; null where none was
 * @param blocked why its step cannot be undone, a slug; null where it can
 * @param turn of the replica that took it last
 * @param attempts at this step, in a row
 * @param retries how often an operator has had a blocked step undone again
 * @param endedAt when it was over; else null
 */
public record Order(
    long number,
    String id,
    String userId,
    String caller,
    String saleId,
    String couponId,
    Payment.Provider provider,
    String currency,
    List<OrderLine> lines,
    long subtotal,
    long discount,
    long total,
    String reservationId,
    State state,
    Step step,
    boolean cancelRequested,
    String reason,
    Step refusedStep,
    String blocked,
    long turn,
    int attempts,
    int retries,
    Instant createdAt,
    Instant endedAt) {

  /** What the id of an order begins with. */
  public static final char LETTER = 'o';

  private static final String LETTERS = String.valueOf(LETTER);

  /** What an order is at, or has come to. */
  public enum State {
    /** Its steps are being done. */
    PENDING,
    /** Paid once, its units are sold and its coupon is used. */
    CONFIRMED,
    /** Its steps are being undone. */
    CANCELLING,
    /** Nothing was taken, or everything was given back. */
    CANCELLED,
    /** It was confirmed, and is being undone. */
    REFUNDING,
    /** It was confirmed, and everything was given back. */
    REFUNDED;

    /** Whether it stays so; a confirmed order may still be refunded. */
    public boolean isEnd() {
      return this == CONFIRMED || this == CANCELLED || this == REFUNDED;
    }
  }

  /** Whether it could be the id of one. What cannot is answered as what is not there. */
  public static boolean isId(String id) {
    return OpaqueId.isValid(id, LETTERS);
  }

  /** Whether this order has such a step: one that is free is not charged. */
  public boolean has(Step other) {
    return switch (other) {
      case CHARGE -> total > 0;
      case REDEEM -> couponId != null;
      default -> true;
    };
  }

  /** The step that is done after this one; null: it was the last. */
  public Step after(Step done) {
    for (int i = done.ordinal() + 1; i < Step.values().length; i++) {
      if (has(Step.values()[i])) {
        return Step.values()[i];
      }
    }
    return null;
  }

  /** The step that is undone after this one; null: it was the first. */
  public Step before(Step undone) {
    for (int i = undone.ordinal() - 1; i >= 0; i--) {
      if (has(Step.values()[i])) {
        return Step.values()[i];
      }
    }
    return null;
  }

  /** The id of its charge, the same whoever asks for it how often. */
  public String chargeId() {
    return 'p' + id.substring(1);
  }

  /** The id of what gives it back: after a refund that was declined, of another one. */
  public String refundId() {
    return 'p' + Digests.of(id + " refund " + retries).substring(0, id.length() - 1);
  }

  /** This order at another step, or at its end. */
  public Order at(State next, Step nextStep) {
    return copy(next, nextStep, reason, refusedStep, null, turn, 0);
  }

  /** This order as it turns back, and why. */
  public Order turned(State back, Step first, String why, Step refused) {
    return copy(back, first, why, refused, null, turn, 0);
  }

  /** This order while it waits for the next attempt at its step. */
  public Order waiting() {
    return copy(state, step, reason, refusedStep, null, turn, attempts + 1);
  }

  /** This order while its step cannot be undone. */
  public Order blocked(String why) {
    return copy(state, step, reason, refusedStep, why, turn, attempts);
  }

  private Order copy(
      State s, Step at, String why, Step refused, String blockedBy, long whose, int tries) {
    return new Order(
        number,
        id,
        userId,
        caller,
        saleId,
        couponId,
        provider,
        currency,
        lines,
        subtotal,
        discount,
        total,
        reservationId,
        s,
        at,
        cancelRequested,
        why,
        refused,
        blockedBy,
        whose,
        tries,
        retries,
        createdAt,
        endedAt);
  }
}

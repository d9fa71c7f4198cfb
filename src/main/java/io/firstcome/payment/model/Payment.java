package io.firstcome.payment.model;

import java.time.Instant;

/**
 * Money taken from a user, or given back.
 *
 * @param chargeId of a refund: the charge that it gives back; else null
 * @param userId whose money it is
 * @param amount minor units, at least 1
 * @param currency ISO 4217
 * @param outcome null until it is done
 * @param reason why it was declined, a slug; else null
 * @param refunded of a charge: the minor units given back, or being given back
 * @param endedAt when its outcome was known; else null
 */
public record Payment(
    String id,
    Kind kind,
    String chargeId,
    String userId,
    long amount,
    String currency,
    Provider provider,
    State state,
    Outcome outcome,
    String reason,
    long refunded,
    Instant createdAt,
    Instant endedAt) {

  /** Which way the money goes. */
  public enum Kind {
    CHARGE,
    REFUND
  }

  /** Whether it is known what became of it. */
  public enum State {
    /** A replica is at it. */
    IN_PROGRESS,
    /** The provider was asked and has not answered; it is asked again. */
    UNKNOWN,
    /** For good. */
    DONE
  }

  /** What became of it, for good. */
  public enum Outcome {
    SUCCEEDED,
    DECLINED
  }

  /** Where the money is. */
  public enum Provider {
    /** A balance kept here. */
    WALLET,
    /** A payment service that is asked by HTTP. */
    HTTP
  }

  /** Whether its outcome is known, and that the money has moved. */
  public boolean succeeded() {
    return outcome == Outcome.SUCCEEDED;
  }
}

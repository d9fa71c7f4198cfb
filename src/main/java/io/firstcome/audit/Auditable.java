package io.firstcome.audit;

import io.firstcome.ledger.AggregateType;

/** A room whose ledgers can be audited. Every such room brings one, as a CDI bean. */
public interface Auditable {

  /** The type whose ledgers it audits. */
  AggregateType type();

  /**
   * Looks whether all is as it must be. Moves on their way are no findings: what does not agree is
   * looked at again when the ledger as it was has been drained, and judged by what stays. It
   * blocks.
   *
   * @throws io.firstcome.http.problem.ProblemException when there is no such coupon or sale
   */
  Findings audit(String tag, Throttle pace);

  /**
   * Repairs what can be, each step by what the stores say at that moment. It blocks.
   *
   * @param pace of the looks that it takes
   */
  Repairs repair(String tag, Throttle pace);
}

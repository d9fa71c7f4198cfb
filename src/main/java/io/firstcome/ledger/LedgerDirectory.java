package io.firstcome.ledger;

import java.util.List;

/**
 * Which ledgers there may be: how the sweep finds those whose replica died. Every room that has
 * ledgers brings one, as a CDI bean. It blocks; it is called on a thread of the drain.
 */
public interface LedgerDirectory {

  /** The type whose ledgers it lists. */
  AggregateType type();

  /**
   * Tags of ledgers that always have a drainer, written to or not: those of what is open now.
   *
   * @param limit how many at most
   */
  List<String> live(int limit);

  /**
   * All tags, a page at a time, in ascending order.
   *
   * @param after the last tag of the page before, or an empty string
   * @param limit how many at most; fewer mean that this was the last page
   */
  List<String> page(String after, int limit);
}

package io.firstcome.ledger;

import io.firstcome.mysql.SqlTransaction;
import java.util.List;
import java.util.Set;

/** Writes entries of some kinds to MySQL. Every room brings one for its kinds, as a CDI bean. */
public interface LedgerApplier {

  /** The type whose ledgers have these kinds. */
  AggregateType type();

  /** The kinds this applies; no two appliers share one. */
  Set<String> kinds();

  /**
   * Applies entries in order, as a part of the transaction of a batch. It blocks.
   *
   * <p>It is called at least once for each entry, so the second time must change nothing. Whatever
   * it throws rolls the whole batch back and has it applied again, without end; only a {@link
   * MalformedEntryException} sends its entry to the dead letters and the rest is applied again.
   *
   * @param tag the ledger
   * @param entries consecutive entries of this applier's kinds, at least one; their format is known
   * @return what is refused for good, in whole or in part
   */
  List<DeadLetter> apply(SqlTransaction tx, String tag, List<LedgerEntry> entries);
}

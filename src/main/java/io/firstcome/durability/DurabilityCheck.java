package io.firstcome.durability;

import io.firstcome.ledger.AggregateType;
import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Set;

/** Looks whether MySQL has what an answer tells. Every room brings one, as a CDI bean. */
public interface DurabilityCheck {

  /** The most that are looked for at once. */
  int MAX = 1_000;

  /** The type whose answers it looks for. */
  AggregateType type();

  /**
   * Those which MySQL has.
   *
   * @param held answers of this ledger, at most {@link #MAX}
   */
  Uni<Set<PendingAnswer>> inMySql(String tag, List<PendingAnswer> held);
}

package io.firstcome.ledger;

import io.smallrye.mutiny.Uni;
import java.util.List;
import java.util.Set;

/** Looks whether MySQL has what an answer tells. Every room brings one, as a CDI bean. */
public interface Evidence {

  /** The most that are looked for at once. */
  int MAX = 1_000;

  /** The type whose answers it looks for. */
  AggregateType type();

  /**
   * Those which MySQL has.
   *
   * @param held answers of this ledger, at most {@link #MAX}
   */
  Uni<Set<Held>> inMySql(String tag, List<Held> held);
}

package io.firstcome.recovery;

import io.firstcome.ledger.AggregateType;
import io.smallrye.mutiny.Uni;
import java.util.List;

/** Of a type whose instances may be spread over several ledgers, as a CDI bean. */
public interface Parts {

  AggregateType type();

  /** The ids that Redis holds in place of this one; of an instance in one part, itself. */
  Uni<List<String>> parts(String id);
}

package io.firstcome.ledger;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Drains ledgers to MySQL: in order, behind the answer, one drainer per ledger. */
@ApplicationScoped
public class Drainer {

  /**
   * Says that this replica has written to a ledger: it is drained at once. For the hot path, on any
   * thread: does not block, and allocates nothing when the ledger is known.
   */
  public void wrote(String tag) {
    throw new UnsupportedOperationException();
  }

  /**
   * Waits until a ledger is empty, whoever drains it. Blocks: never to be called on an event loop.
   *
   * @return whether it was empty in time
   */
  public boolean drainNow(String tag, Duration atMost) {
    throw new UnsupportedOperationException();
  }

  /** The ledgers that this replica drains: those whose lease it holds. */
  public Set<String> held() {
    throw new UnsupportedOperationException();
  }

  /** How far MySQL is behind; empty unless this replica drains that ledger. */
  public Optional<LedgerLag> lag(String tag) {
    throw new UnsupportedOperationException();
  }
}

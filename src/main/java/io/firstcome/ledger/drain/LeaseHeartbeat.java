package io.firstcome.ledger.drain;

import io.firstcome.ledger.Ledger;
import io.firstcome.ledger.LedgerStore;
import org.jboss.logging.Logger;

/**
 * Renews the leases of what this replica drains, on a thread of its own: a transaction that takes
 * longer than a lease would otherwise never be settled, and one slow ledger would cost all others
 * their leases. It renews and never takes: a lease that ended is gone.
 */
final class LeaseHeartbeat implements Runnable {

  private static final Logger LOG = Logger.getLogger(Drainer.class);

  private final LedgerStore store;
  private final DrainQueue agenda;

  LeaseHeartbeat(LedgerStore store, DrainQueue agenda) {
    this.store = store;
    this.agenda = agenda;
  }

  @Override
  public void run() {
    agenda.all().stream().filter(Ledger::mayEndSoon).forEach(this::renew);
  }

  private void renew(Ledger ledger) {
    try {
      if (store.renew(ledger.tag)) {
        ledger.renewed();
      }
    } catch (RuntimeException e) {
      // The drain itself says that Redis is away, or the node of this one; others may be there.
      LOG.debugf(e, "Could not renew the lease of ledger %s", ledger.tag);
    }
  }
}

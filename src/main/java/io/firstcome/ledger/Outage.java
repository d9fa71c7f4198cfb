package io.firstcome.ledger;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;

/** Says once that a server is away and once that it is back, however many tries there are. */
final class Outage {

  private static final Logger LOG = Logger.getLogger(Drainer.class);
  private static final long NONE = 0;

  private final String server;
  private final AtomicLong since = new AtomicLong(NONE);

  Outage(String server) {
    this.server = server;
  }

  void goesOn(Throwable e) {
    if (since.compareAndSet(NONE, System.nanoTime() | 1)) {
      LOG.warnf("%s is away; what is decided waits in the ledgers. %s", server, e.getMessage());
    }
  }

  void isOver() {
    long began = since.get();
    if (began != NONE && since.compareAndSet(began, NONE)) {
      LOG.infof(
          "%s is back after %d s; the ledgers are drained",
          server, Duration.ofNanos(System.nanoTime() - began).toSeconds());
    }
  }
}

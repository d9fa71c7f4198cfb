package io.firstcome.ledger.drain;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Says once that a server is away and once that it is back, however many tries there are. Of a
 * cluster one node may be away: it is back when all is there again that was missed.
 */
final class OutageLog {

  private static final Logger LOG = Logger.getLogger(Drainer.class);
  private final String server;
  private final Set<String> missed = ConcurrentHashMap.newKeySet();
  private long sinceNanos;

  OutageLog(String server) {
    this.server = server;
  }

  /**
   * @param what could not be had of it
   * @param why what it said, or what happened
   */
  synchronized void goesOn(String what, String why) {
    if (missed.isEmpty()) {
      sinceNanos = System.nanoTime();
      LOG.warnf("%s is unavailable; decisions wait in the ledgers. %s", server, why);
    }
    missed.add(what);
  }

  void isOver(String what) {
    // Most often nothing is, and then nobody waits for anybody.
    if (missed.contains(what)) {
      ends(what);
    }
  }

  private synchronized void ends(String what) {
    if (missed.remove(what) && missed.isEmpty()) {
      LOG.infof(
          "%s is available again after %d s; draining the ledgers",
          server, Duration.ofNanos(System.nanoTime() - sinceNanos).toSeconds());
    }
  }
}

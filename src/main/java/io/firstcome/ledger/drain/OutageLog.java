package io.firstcome.ledger.drain;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Says once that a server is away and once that it is back, however many tries there are. Of a
 * cluster one node may be away: it is back when all is there again that was missed.
 */
public final class OutageLog {

  private static final Logger LOG = Logger.getLogger(Drainer.class);
  private final String server;
  private final String waits;
  private final String goesOn;
  private final Set<String> missed = ConcurrentHashMap.newKeySet();
  private long sinceNanos;

  /**
   * @param waits what waits for it, as a sentence
   * @param goesOn what goes on when it is back, as a participle
   */
  public OutageLog(String server, String waits, String goesOn) {
    this.server = server;
    this.waits = waits;
    this.goesOn = goesOn;
  }

  /**
   * @param what could not be had of it
   * @param why what it said, or what happened
   */
  public synchronized void goesOn(String what, String why) {
    if (missed.isEmpty()) {
      sinceNanos = System.nanoTime();
      LOG.warnf("%s is unavailable; %s. %s", server, waits, why);
    }
    missed.add(what);
  }

  public void isOver(String what) {
    // Most often nothing is, and then nobody waits for anybody.
    if (missed.contains(what)) {
      ends(what);
    }
  }

  private synchronized void ends(String what) {
    if (missed.remove(what) && missed.isEmpty()) {
      LOG.infof(
          "%s is available again after %d s; %s",
          server, Duration.ofNanos(System.nanoTime() - sinceNanos).toSeconds(), goesOn);
    }
  }
}

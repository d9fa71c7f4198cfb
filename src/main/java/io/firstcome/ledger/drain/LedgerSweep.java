package io.firstcome.ledger.drain;

import io.firstcome.ledger.Ledger;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.LedgerStore;
import io.firstcome.redis.RedisException;
import io.firstcome.work.PeriodicTask;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * Finds ledgers that nobody looks after: those of what is open now at every sweep, all others a
 * page at a time.
 */
final class LedgerSweep implements Runnable {

  private static final Logger LOG = Logger.getLogger(Drainer.class);

  /** Ledgers asked for their length at each sweep. */
  private static final int PAGE = 500;

  private final LedgerConfig config;
  private final LedgerStore store;
  private final List<LedgerDirectory> directories;
  private final DrainQueue agenda;
  private final Map<LedgerDirectory, String> pagedTo = new HashMap<>();

  LedgerSweep(
      LedgerConfig config,
      LedgerStore store,
      List<LedgerDirectory> directories,
      DrainQueue agenda) {
    this.config = config;
    this.store = store;
    this.directories = directories;
    this.agenda = agenda;
  }

  @Override
  public void run() {
    Set<String> live = new HashSet<>();
    for (LedgerDirectory directory : directories) {
      live.addAll(directory.live(config.maxLive()));
    }
    for (Ledger ledger : agenda.all()) {
      ledger.live = live.contains(ledger.tag);
    }
    for (String tag : live) {
      if (agenda.known(tag) == null) {
        long delay = PeriodicTask.jittered(config.sweep().dividedBy(4)).toNanos();
        agenda.add(tag, delay).live = true;
      }
    }
    for (LedgerDirectory directory : directories) {
      List<String> page = directory.page(pagedTo.getOrDefault(directory, ""), PAGE);
      look(directory, page);
      pagedTo.put(directory, page.size() < PAGE ? "" : page.get(page.size() - 1));
    }
  }

  /**
   * Passes over those that cannot be asked: the ledgers of a node that is gone hide no others.
   * Where all are gone it ends soon, and goes on behind them.
   */
  private void look(LedgerDirectory directory, List<String> page) {
    long untilNanos = System.nanoTime() + config.sweep().toNanos();
    for (String tag : page) {
      try {
        if (agenda.known(tag) == null && length(tag) > 0) {
          agenda.add(tag, 0);
        }
      } catch (RedisException e) {
        LOG.debugf("Could not check whether ledger %s is empty: %s", tag, e.getMessage());
        if (System.nanoTime() - untilNanos >= 0) {
          pagedTo.put(directory, tag);
          throw e;
        }
      }
    }
  }

  private long length(String tag) {
    return store.length(tag).await().indefinitely();
  }
}

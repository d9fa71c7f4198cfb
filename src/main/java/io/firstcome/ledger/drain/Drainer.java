package io.firstcome.ledger.drain;

import io.firstcome.ledger.Ledger;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.LedgerLag;
import io.firstcome.ledger.LedgerStore;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.firstcome.work.PeriodicTask;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * Drains ledgers to MySQL: in order, behind the answer, one drainer per ledger.
 *
 * <p>The drain blocks, on a few threads of its own: what it does is a straight line ({@link
 * DrainPass}). Which ledgers it looks at: those this replica wrote to, at once; those of what is
 * open now and those whose replica died, found by a sweep ({@link LedgerSweep}). A ledger that
 * stays empty is given back.
 */
@ApplicationScoped
public class Drainer {

  private static final Logger LOG = Logger.getLogger(Drainer.class);
  private static final long LOOK_EVERY_NANOS = Duration.ofMillis(10).toNanos();

  private final LedgerConfig config;
  private final LedgerStore store;
  private final DrainQueue agenda;
  private final DrainPass pass;
  private final PeriodicTask sweep;
  private final PeriodicTask heartbeat;
  private final List<Thread> threads = new ArrayList<>();

  public Drainer(
      LedgerConfig config,
      Scripts scripts,
      SqlTransactions sql,
      @All List<LedgerApplier> appliers,
      @All List<LedgerDirectory> directories,
      CouponLabels labels,
      MeterRegistry registry) {
    this.config = config;
    this.store = new LedgerStore(scripts, UUID.randomUUID().toString(), config.lease());
    this.agenda = new DrainQueue(config.batchEntries(), config.lease());
    this.heartbeat =
        new PeriodicTask(
            "firstcome-lease",
            config.lease().dividedBy(3),
            new LeaseHeartbeat(store, agenda),
            e -> LOG.warnf("Could not renew leases; retrying: %s", e));
    this.pass =
        new DrainPass(
            config,
            store,
            sql,
            appliers,
            agenda,
            new DrainMetrics(
                registry,
                labels,
                appliers.stream().map(LedgerApplier::type).collect(Collectors.toSet())));
    this.sweep =
        new PeriodicTask(
            "firstcome-sweep",
            config.sweep(),
            new LedgerSweep(config, store, directories, agenda),
            e -> LOG.warnf("Could not search for ledgers without a drainer; retrying: %s", e));
  }

  /**
   * Says that this replica has written to a ledger: it is drained at once. For the hot path, on any
   * thread: does not wait, and allocates nothing when the ledger is known.
   */
  public void wrote(String tag) {
    agenda.wake(tag);
  }

  /**
   * Waits until a ledger is empty, whoever drains it. Blocks: never to be called on an event loop.
   *
   * @return whether it was empty in time
   */
  public boolean drainNow(String tag, Duration atMost) {
    long deadline = System.nanoTime() + atMost.toNanos();
    boolean woken = false;
    do {
      try {
        if (store.length(tag).await().atMost(atMost.plusSeconds(1)) == 0) {
          return true;
        }
        if (!woken) {
          agenda.wake(tag);
          woken = true;
        }
      } catch (RedisException e) {
        LOG.debugf(e, "Could not check whether ledger %s is empty", tag);
      }
      LockSupport.parkNanos(LOOK_EVERY_NANOS);
    } while (System.nanoTime() < deadline && !Thread.currentThread().isInterrupted());
    return false;
  }

  /** The ledgers that this replica drains: those whose lease it holds. */
  public Set<String> held() {
    return agenda.all().stream()
        .filter(Ledger::held)
        .map(ledger -> ledger.tag)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** How far MySQL is behind; empty unless this replica drains that ledger. */
  public Optional<LedgerLag> lag(String tag) {
    Ledger ledger = agenda.known(tag);
    return ledger == null ? Optional.empty() : ledger.lag();
  }

  public void start(@Observes StartupEvent event) {
    start();
  }

  public void start() {
    for (int i = 1; i <= config.threads(); i++) {
      thread("firstcome-drain-" + i, this::work);
    }
    sweep.start();
    heartbeat.start();
  }

  /** After all others: what they finish on their way out is drained too. */
  public void stop(@Observes @Priority(Interceptor.Priority.LIBRARY_AFTER) ShutdownEvent event) {
    stop();
  }

  /** Drains what there is, gives up the leases and ends the threads. */
  public void stop() {
    try {
      sweep.stop();
      pass.stopping();
      agenda.wakeAll();
      if (!agenda.awaitEmpty(config.flushTimeout().toNanos())) {
        LOG.warnf(
            "Stopped before %d ledgers were drained; another replica will drain them",
            agenda.all().size());
      }
      agenda.close();
      for (Thread thread : threads) {
        thread.interrupt();
      }
      for (Thread thread : threads) {
        thread.join(1_000);
      }
      sweep.end();
      heartbeat.end();
      threads.clear();
      held().forEach(store::release);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.warnf("Could not release a lease; it will expire: %s", e.getMessage());
    }
  }

  private void work() {
    try {
      for (Ledger ledger = agenda.take(); ledger != null; ledger = agenda.take()) {
        pass.run(ledger);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void thread(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }
}

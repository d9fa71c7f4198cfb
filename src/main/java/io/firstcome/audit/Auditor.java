package io.firstcome.audit;

import io.firstcome.http.problem.ProblemException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.work.PeriodicTask;
import io.firstcome.work.Throttle;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Audits in the background what this replica drains, one ledger after the other on a thread of its
 * own: each ledger is audited by one replica, and a large one takes longer and not more.
 */
@ApplicationScoped
class Auditor {

  private static final Logger LOG = Logger.getLogger(Auditor.class);

  /** How often it looks what there is to audit. */
  private static final Duration TICK = Duration.ofSeconds(1);

  private final AuditConfig config;
  private final Drainer drainer;
  private final List<StoreAudit<?>> audits;
  private final AuditStore store;
  private final AuditBook book;
  private final Set<String> said = ConcurrentHashMap.newKeySet();
  private final PeriodicTask task =
      new PeriodicTask(
          "firstcome-audit", TICK, this::auditWhatIsDue, e -> LOG.debug("Will retry", e));

  Auditor(
      AuditConfig config,
      Drainer drainer,
      @All List<StoreAudit<?>> audits,
      AuditStore store,
      AuditBook book) {
    this.config = config;
    this.drainer = drainer;
    this.audits = audits;
    this.store = store;
    this.book = book;
  }

  void start(@Observes StartupEvent event) {
    if (!config.interval().isZero()) {
      task.start();
    }
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    task.end();
  }

  private void auditWhatIsDue() {
    while (!task.isStopped()) {
      book.drains(drainer.held());
      List<String> due = book.due(config.interval().toNanos());
      if (due.isEmpty()) {
        return;
      }
      audit(due.get(0));
    }
  }

  private void audit(String tag) {
    try {
      for (StoreAudit<?> audit : audits) {
        if (audit.type().owns(tag)) {
          Report report =
              audit.audit(tag, new Throttle(config.chunk(), config.pause())).report(tag);
          store.keep(report);
          book.audited(report);
          say(report);
        }
      }
    } catch (CancellationException e) {
      throw e;
    } catch (ProblemException e) {
      // MySQL has no such coupon, sale or event: the drain makes dead letters of what is in its
      // ledger.
      book.failed(tag);
    } catch (RuntimeException | Error e) {
      book.failed(tag);
      LOG.debugf(e, "Could not audit ledger %s; will retry", tag);
    }
  }

  /** Once, until all is well again. */
  private void say(Report report) {
    if (report.clean()) {
      said.remove(report.ledger());
    } else if (said.add(report.ledger())) {
      LOG.errorf(
          "The audit of %s found %s. Read GET /api/v1/admin/audit and see docs/operations.md",
          report.ledger(), report.counts());
    }
  }
}

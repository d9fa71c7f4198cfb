package io.firstcome.queue.audit;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.audit.Difference;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.RepairPlan;
import io.firstcome.audit.Repairs;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.recovery.Loaders;
import io.firstcome.work.Throttle;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Repairs the queues of an event: what MySQL lost, definitions by Redis, which decides, and last
 * Redis by MySQL.
 */
@Singleton
class QueueRepair extends RepairPlan<Map<String, QueueState>> {

  private final QueueAudit audit;
  private final QueueScripts scripts;
  private final QueueConfig config;

  QueueRepair(
      QueueAudit audit, Loaders loaders, QueueScripts scripts, QueueConfig config, Tools tools) {
    super(audit, loaders.of(EVENT), tools);
    this.audit = audit;
    this.scripts = scripts;
    this.config = config;
  }

  @Override
  protected void mend(
      String eventId,
      Map<String, QueueState> queues,
      Long epoch,
      Findings before,
      Throttle pace,
      Repairs done) {
    if (queues == null) {
      return;
    }
    if (before.count(FindingType.MISSING_IN_MYSQL) > 0) {
      AtomicLong appended = new AtomicLong();
      new EntryComparison(
              stores,
              eventId,
              queues,
              config.keepEnded(),
              pace,
              (kind, some) -> {
                if (kind == FindingType.MISSING_IN_MYSQL) {
                  appended.addAndGet(append(eventId, epoch, some));
                }
              })
          .run();
      done.did(FindingType.MISSING_IN_MYSQL, appended.get(), "Appended to the ledger again");
    }
    Findings found = audit.audit(EVENT.tag(eventId), pace);
    if (found.count(FindingType.DEFINITION_DIFFERS) > 0) {
      done.did(FindingType.DEFINITION_DIFFERS, define(queues), "Written to MySQL as in Redis");
    }
    if (found.hasAny(List.of(FindingType.RECORD_DIFFERS, FindingType.MISSING_IN_REDIS))
        && found.count(FindingType.MISSING_IN_MYSQL) == 0
        && awaitDrained(EVENT.tag(eventId))) {
      reload(eventId, epoch + 1);
      done.did(FindingType.RECORD_DIFFERS, 1, "Reloaded from MySQL");
    }
  }

  private long append(String eventId, long epoch, List<Difference> missing) {
    return append(
        eventId,
        missing,
        entries ->
            scripts.append(
                eventId,
                epoch,
                entries.keySet().stream()
                    .map(where -> where.substring(0, where.indexOf(' ')))
                    .distinct()
                    .toList()));
  }

  /** Not over a later one, which the drain may have written meanwhile. */
  private long define(Map<String, QueueState> queues) {
    return mysql.run(
        tx -> {
          long changed = 0;
          for (Map.Entry<String, QueueState> one : queues.entrySet()) {
            QueueState queue = one.getValue();
            changed +=
                tx.query(
                        "UPDATE queue SET version = ?, status = ?, capacity = ?, max_active = ?,"
                            + " call_timeout = ?, auto_call = ?, rate = ? WHERE id = ? AND version"
                            + " <= ?",
                        queue.version(),
                        queue.status().name(),
                        queue.capacity(),
                        queue.maxActive(),
                        queue.timeout().toMillis(),
                        queue.autoCall() ? 1 : 0,
                        queue.rate(),
                        one.getKey(),
                        queue.version())
                    .rowCount();
          }
          return changed;
        });
  }
}

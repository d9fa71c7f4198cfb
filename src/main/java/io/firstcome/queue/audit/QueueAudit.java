package io.firstcome.queue.audit;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.StoreAudit;
import io.firstcome.audit.StoreReader;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.recovery.QueueLoad;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.recovery.Loaders;
import io.firstcome.work.Throttle;
import io.smallrye.mutiny.Uni;
import io.vertx.sqlclient.Row;
import jakarta.inject.Singleton;
import java.util.HashMap;
import java.util.Map;

/**
 * Audits the queues of an event: never more called and inside than there are places, definitions
 * and entries in Redis as in MySQL.
 */
@Singleton
class QueueAudit extends StoreAudit<Map<String, QueueState>> {

  private final QueueScripts scripts;
  private final QueueConfig config;

  QueueAudit(Loaders loaders, QueueScripts scripts, StoreReader stores, QueueConfig config) {
    super(EVENT, loaders, stores);
    this.scripts = scripts;
    this.config = config;
  }

  @Override
  protected Uni<Map<String, QueueState>> read(String eventId) {
    return scripts.read(eventId).map(QueueScripts.Reading::queues);
  }

  @Override
  protected void check(
      String eventId, Map<String, QueueState> queues, Throttle pace, Findings found) {
    for (Row row :
        stores.query(
            "SELECT q.id, capacity, COUNT(e.id) FROM queue q JOIN queue_entry e ON e.queue_id ="
                + " q.id AND e.state IN ('CALLED', 'INSIDE') WHERE q.event_id = ? GROUP BY q.id,"
                + " capacity HAVING COUNT(e.id) > capacity",
            eventId)) {
      found.add(
          FindingType.ABOVE_CAPACITY,
          row.getString(0),
          "MySQL has %d called and inside, the capacity is %d"
              .formatted(row.getLong(2), row.getLong(1)));
    }
    if (queues == null) {
      return;
    }
    queues.forEach(
        (id, queue) -> {
          if (queue.called() + queue.inside() > queue.capacity()) {
            found.add(
                FindingType.ABOVE_CAPACITY,
                id,
                "Redis has %d called and %d inside, the capacity is %d"
                    .formatted(queue.called(), queue.inside(), queue.capacity()));
          }
        });
    EntryComparison entries =
        new EntryComparison(stores, eventId, queues, config.keepEnded(), pace, found::addAll);
    entries.run();
    found.checked(entries.inRedis());
    if (entries.stuck()) {
      found.undetermined("The ledger was not drained in time");
    } else {
      definitions(eventId, found);
    }
  }

  /** Read again now: what was changed before is drained. */
  private void definitions(String eventId, Findings found) {
    Map<String, QueueState> inRedis = inRedis(eventId).state();
    if (inRedis == null) {
      return;
    }
    Map<String, QueueState> inMySql = new HashMap<>();
    for (Row row :
        stores.query(
            "SELECT " + QueueLoad.COLUMNS + ", id FROM queue WHERE event_id = ?", eventId)) {
      inMySql.put(
          row.getString("id"), QueueLoad.empty(io.vertx.mutiny.sqlclient.Row.newInstance(row)));
    }
    inRedis.forEach(
        (id, queue) -> {
          QueueState row = inMySql.get(id);
          if (row == null || queue.version() <= row.version() && !queue.isDefinedAs(row)) {
            found.add(
                FindingType.DEFINITION_DIFFERS, id, "Redis has " + queue + ", MySQL has " + row);
          }
        });
  }
}

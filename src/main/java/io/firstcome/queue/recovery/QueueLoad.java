package io.firstcome.queue.recovery;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.mysql.Micros;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.model.QueueStatus;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.recovery.Loadable;
import io.firstcome.recovery.Staging;
import io.firstcome.redis.Keys;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What is loaded of an event: its queues, and every user's last entry in each. */
@Singleton
public class QueueLoad implements Loadable {

  /** The columns of a queue that {@link #queue} reads, in its order. */
  public static final String COLUMNS =
      "no, version, status, mode, capacity, max_active, call_timeout, auto_call";

  private final QueueScripts scripts;

  QueueLoad(QueueScripts scripts) {
    this.scripts = scripts;
  }

  @Override
  public AggregateType type() {
    return EVENT;
  }

  @Override
  public ProblemType unknown() {
    return ProblemType.UNKNOWN_EVENT;
  }

  @Override
  public Uni<?> read(String eventId) {
    return scripts.read(eventId);
  }

  @Override
  public String state(String eventId) {
    return Keys.eventState(Keys.event(eventId));
  }

  /**
   * Without its state an event is not whole to any release. It is always loaded anew: MySQL has all
   * of it once its ledger is drained.
   */
  @Override
  public void fence(Staging staging, long epoch) {
    staging.await(scripts.fence(staging.id(), epoch + 1));
  }

  @Override
  public String publish(Staging staging) {
    String eventId = staging.id();
    Row event = one(staging, "SELECT epoch, acknowledge FROM event WHERE id = ?");
    List<String> queues = queues(staging);
    stage(staging, "queues", queues);
    staging.stage(
        last ->
            staging.query(
                "SELECT e.block, e.id, e.user_id, q.no, e.number, e.state, e.due_at,"
                    + " CASE e.state WHEN 'WAITING' THEN NULL WHEN 'CALLED' THEN e.called_at"
                    + " WHEN 'INSIDE' THEN e.entered_at ELSE e.ended_at END"
                    + " FROM queue_entry e JOIN queue q ON q.id = e.queue_id"
                    + " WHERE e.event_id = ? AND (e.block > ? OR e.block = ? AND e.id > ?)"
                    + " ORDER BY e.block, e.id LIMIT ?",
                eventId,
                last == null ? -1L : last.getLong(0),
                last == null ? -1L : last.getLong(0),
                last == null ? "" : last.getString(1),
                staging.chunk()),
        staging.chunk(),
        row ->
            List.of(
                row.getString(2),
                "%d %d %s %d %d"
                    .formatted(
                        row.getLong(3),
                        row.getLong(4),
                        EntryState.valueOf(row.getString(5)).letter(),
                        Micros.of(row.getLocalDateTime(7)),
                        Micros.of(row.getLocalDateTime(6)))),
        members -> scripts.stage(eventId, staging.token(), staging.ttl(), "entries", members));
    // Blocks of the line have 64 numbers each.
    Row sizes =
        one(
            staging,
            "SELECT COUNT(DISTINCT block), COUNT(DISTINCT CASE WHEN state = 'WAITING' THEN"
                + " CONCAT(queue_id, ':', (number - 1) DIV 64) END),"
                + " COUNT(CASE WHEN state = 'CALLED' THEN 1 END), COUNT(DISTINCT user_id)"
                + " FROM queue_entry WHERE event_id = ?");
    return staging.await(
        scripts.publish(
            eventId,
            staging.token(),
            List.of(
                event.getLong(0).toString(),
                String.valueOf(queues.size() / 2),
                sizes.getLong(0).toString(),
                sizes.getLong(1).toString(),
                sizes.getLong(2).toString(),
                sizes.getLong(3).toString(),
                event.getString(1))));
  }

  /** Ids and texts, in turn. */
  private List<String> queues(Staging staging) {
    List<String> queues = new ArrayList<>();
    for (Row row :
        staging.await(
            staging.query(
                "SELECT "
                    + COLUMNS
                    + ", id, (SELECT COALESCE(MAX(number), 0) FROM queue_entry e"
                    + " WHERE e.queue_id = queue.id),"
                    + count("WAITING", "COALESCE(MIN(number), 0)")
                    + count("WAITING", "COUNT(*)")
                    + count("CALLED", "COUNT(*)")
                    + count("INSIDE", "COUNT(*)")
                    + " 0 FROM queue WHERE event_id = ?",
                staging.id()))) {
      long last = row.getLong(9);
      long head = row.getLong(10) == 0 ? last + 1 : row.getLong(10);
      queues.add(row.getString(8));
      queues.add(queue(row, last, head, row.getLong(11), row.getLong(12), row.getLong(13)).text());
    }
    return queues;
  }

  private static String count(String state, String what) {
    return " (SELECT "
        + what
        + " FROM queue_entry e WHERE e.queue_id = queue.id AND e.state = '"
        + state
        + "'),";
  }

  /** A queue of {@link #COLUMNS}, with these numbers. */
  private static QueueState queue(
      Row row, long last, long head, long waiting, long called, long inside) {
    return new QueueState(
        row.getInteger(0),
        row.getLong(1),
        QueueStatus.valueOf(row.getString(2)),
        QueueMode.valueOf(row.getString(3)),
        row.getLong(4),
        row.getInteger(5),
        Duration.ofMillis(row.getLong(6)),
        row.getLong(7) == 1,
        last,
        head,
        waiting,
        called,
        inside);
  }

  /** A queue of {@link #COLUMNS} in which nobody has been. */
  public static QueueState empty(Row row) {
    return queue(row, 0, 1, 0, 0, 0);
  }

  private void stage(Staging staging, String part, List<String> members) {
    staging.await(scripts.stage(staging.id(), staging.token(), staging.ttl(), part, members));
  }

  private static Row one(Staging staging, String sql) {
    return staging.await(staging.query(sql, staging.id())).iterator().next();
  }
}

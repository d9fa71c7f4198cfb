package io.firstcome.queue.recovery;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.mysql.Micros;
import io.firstcome.queue.model.DrawnOrder;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueConfig;
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
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What is loaded of an event: its queues, and every user's last entry in each, unless it ended long
 * ago.
 */
@Singleton
public class QueueLoad implements Loadable {

  /** The columns of a queue that {@link #queue} reads, in its order. */
  public static final String COLUMNS =
      "no, version, status, mode, capacity, max_active, call_timeout, auto_call, rate, opens_at,"
          + " seed, drawn, grace";

  /** What is left out: entries that ended at this time or before it. */
  private static final String KEPT = "(ended_at IS NULL OR ended_at > ?)";

  private final QueueScripts scripts;
  private final Duration keepEnded;

  QueueLoad(QueueScripts scripts, QueueConfig config) {
    this.scripts = scripts;
    this.keepEnded = config.keepEnded();
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
    Row event =
        one(
            staging,
            "SELECT epoch, acknowledge, UTC_TIMESTAMP(6) FROM event WHERE id = ?",
            eventId);
    LocalDateTime before = event.getLocalDateTime(2).minus(keepEnded);
    List<Row> queues = queues(staging);
    Map<Long, DrawnOrder> orders = new HashMap<>();
    queues.forEach(
        row -> orders.put(row.getLong(0), new DrawnOrder(row.getString(10), row.getLong(11))));
    Map<Long, Long> heads = new HashMap<>();
    staging.stage(
        last ->
            staging.query(
                "SELECT e.block, e.id, e.user_id, q.no, e.number, e.state, e.due_at,"
                    + " CASE e.state WHEN 'WAITING' THEN NULL WHEN 'CALLED' THEN e.called_at"
                    + " WHEN 'INSIDE' THEN e.entered_at ELSE e.ended_at END"
                    + " FROM queue_entry e JOIN queue q ON q.id = e.queue_id"
                    + " WHERE e.event_id = ? AND "
                    + KEPT
                    + " AND (e.block > ? OR e.block = ? AND e.id > ?)"
                    + " ORDER BY e.block, e.id LIMIT ?",
                eventId,
                before,
                last == null ? -1L : last.getLong(0),
                last == null ? -1L : last.getLong(0),
                last == null ? "" : last.getString(1),
                staging.chunk()),
        staging.chunk(),
        row -> {
          EntryState state = EntryState.valueOf(row.getString(5));
          if (state == EntryState.WAITING) {
            long no = row.getLong(3);
            heads.merge(no, orders.get(no).placeOf(row.getLong(4)), Math::min);
          }
          return List.of(
              row.getString(2),
              "%d %d %s %d %d"
                  .formatted(
                      row.getLong(3),
                      row.getLong(4),
                      state.letter(),
                      Micros.of(row.getLocalDateTime(7)),
                      Micros.of(row.getLocalDateTime(6))));
        },
        members -> scripts.stage(eventId, staging.token(), staging.ttl(), "entries", members));
    List<String> texts = new ArrayList<>();
    for (Row row : queues) {
      texts.add(row.getString("id"));
      texts.add(loaded(row, heads.get(row.getLong(0))).text());
    }
    staging.await(scripts.stage(eventId, staging.token(), staging.ttl(), "queues", texts));
    // Blocks of the line have 64 numbers each.
    Row sizes =
        one(
            staging,
            "SELECT COUNT(DISTINCT block), COUNT(DISTINCT CASE WHEN state = 'WAITING' THEN"
                + " CONCAT(queue_id, ':', (number - 1) DIV 64) END), COUNT(CASE WHEN state ="
                + " 'CALLED' OR state = 'INSIDE' AND due_at IS NOT NULL THEN 1 END), COUNT(DISTINCT"
                + " user_id) FROM queue_entry WHERE event_id = ? AND "
                + KEPT,
            eventId,
            before);
    return staging.await(
        scripts.publish(
            eventId,
            staging.token(),
            List.of(
                event.getLong(0).toString(),
                String.valueOf(queues.size()),
                sizes.getLong(0).toString(),
                sizes.getLong(1).toString(),
                sizes.getLong(2).toString(),
                sizes.getLong(3).toString(),
                event.getString(1))));
  }

  private static List<Row> queues(Staging staging) {
    List<Row> queues = new ArrayList<>();
    staging
        .await(
            staging.query(
                "SELECT "
                    + COLUMNS
                    + ", id, (SELECT COALESCE(MAX(number), 0) FROM queue_entry e"
                    + " WHERE e.queue_id = queue.id),"
                    + count("WAITING")
                    + ","
                    + count("CALLED")
                    + ","
                    + count("INSIDE")
                    + " FROM queue WHERE event_id = ?",
                staging.id()))
        .forEach(queues::add);
    return queues;
  }

  private static String count(String state) {
    return " (SELECT COUNT(*) FROM queue_entry e WHERE e.queue_id = queue.id AND e.state = '"
        + state
        + "')";
  }

  /**
   * A queue with its numbers.
   *
   * @param head the first place whose user waits, or null
   */
  private static QueueState loaded(Row row, Long head) {
    long last = row.getLong(14);
    boolean isDrawn = row.getLong(11) >= 0;
    return queue(
        row,
        last,
        head == null ? last + 1 : isDrawn ? head : 1,
        row.getLong(15),
        row.getLong(16),
        row.getLong(17));
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
        inside,
        row.getLong(8),
        Micros.of(row.getLocalDateTime(9)),
        row.getLong(11),
        row.getString(10),
        0,
        Duration.ofMillis(row.getLong(12)));
  }

  /** A queue of {@link #COLUMNS} in which nobody has been. */
  public static QueueState empty(Row row) {
    return queue(row, 0, 1, 0, 0, 0);
  }

  private static Row one(Staging staging, String sql, Object... parameters) {
    return staging.await(staging.query(sql, parameters)).iterator().next();
  }
}

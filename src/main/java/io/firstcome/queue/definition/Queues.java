package io.firstcome.queue.definition;

import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.history.Recorder.Recording;
import io.firstcome.http.input.Commitment;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueMode;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.model.QueueStatus;
import io.firstcome.queue.model.WhenAway;
import io.firstcome.queue.recovery.QueueLoad;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.queue.script.QueueScripts.Defined;
import io.firstcome.redis.Keys;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.SqlConnection;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Defines queues. They begin in MySQL, which alone has their names; every later change is decided
 * by a script and is answered when MySQL has it.
 */
@ApplicationScoped
class Queues {

  private static final Logger LOG = Logger.getLogger(Queues.class);

  private static final Duration FIRST_LOOK = Duration.ofMillis(5);
  private static final Duration LAST_LOOK = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final String SELECT =
      "SELECT "
          + QueueLoad.COLUMNS
          + ", q.id AS id, name, event_id, acknowledge, creation, opens, when_away, message"
          + " FROM queue q JOIN event e ON e.id = q.event_id WHERE ";

  /** A queue that was ordered, and whether this order made it. */
  record Created(QueueView view, boolean isNew) {}

  private final Pool mysql;
  private final MySqlCalls calls;
  private final QueueIndex index;
  private final QueueScripts scripts;
  private final Drainer drainer;
  private final QueueConfig config;
  private final Acknowledge.Setting level;

  Queues(
      Pool mysql,
      MySqlCalls calls,
      QueueIndex index,
      QueueScripts scripts,
      Drainer drainer,
      QueueConfig config,
      Acknowledge.Setting level) {
    this.mysql = mysql;
    this.calls = calls;
    this.index = index;
    this.scripts = scripts;
    this.drainer = drainer;
    this.config = config;
    this.level = level;
  }

  /** Creates a queue, or finds the one that the same request has created before. */
  Uni<Created> create(NewQueue queue, Recording recording) {
    queue.check();
    return calls
        .bounded(
            recording.transaction(
                tx -> create(tx, queue), created -> created.isNew() ? created.view() : null))
        .call(() -> softly(index.created(queue.event(), queue.id()), queue.id()))
        .flatMap(
            created ->
                created.isNew()
                    ? Uni.createFrom().item(created)
                    : read(queue.id()).map(view -> new Created(view, false)));
  }

  private Uni<Created> create(SqlConnection tx, NewQueue queue) {
    String eventId = queue.event();
    // The lock on the event makes one line of those who create its queues.
    return tx.preparedQuery(
            "INSERT INTO event (id, epoch, acknowledge) VALUES (?, 0, ?)"
                + " ON DUPLICATE KEY UPDATE epoch = epoch")
        .execute(Tuple.of(eventId, level.orDefault(queue.acknowledge()).stored()))
        .chain(
            () ->
                tx.preparedQuery("SELECT acknowledge FROM event WHERE id = ? FOR UPDATE")
                    .execute(Tuple.of(eventId)))
        .invoke(
            rows -> {
              Acknowledge stored = Acknowledge.ofStored(rows.iterator().next().getString(0));
              if (queue.acknowledge() != null && queue.acknowledge() != stored) {
                throw Problem.malformed("acknowledge", "is " + stored + " for this event")
                    .asException();
              }
            })
        .chain(() -> tx.preparedQuery(SELECT + "q.id = ?").execute(Tuple.of(queue.id())))
        .flatMap(
            rows -> {
              if (rows.size() > 0) {
                Row row = rows.iterator().next();
                if (!row.getString("creation").equals(queue.digest())) {
                  throw Problem.of(ProblemType.QUEUE_EXISTS).asException();
                }
                return Uni.createFrom().item(new Created(view(row, QueueLoad.empty(row)), false));
              }
              return insert(tx, queue);
            });
  }

  private Uni<Created> insert(SqlConnection tx, NewQueue queue) {
    return tx.preparedQuery("SELECT COUNT(*), COALESCE(MAX(no), 0) FROM queue WHERE event_id = ?")
        .execute(Tuple.of(queue.event()))
        .flatMap(
            rows -> {
              Row row = rows.iterator().next();
              boolean isRoom = queue.mode() == QueueMode.ROOM;
              if (row.getLong(0) >= config.maxQueues()) {
                throw Problem.of(ProblemType.TOO_MANY_QUEUES).asException();
              }
              return tx.preparedQuery(
                      "INSERT INTO queue (id, event_id, name, creation, opens, when_away, message, "
                          + QueueLoad.COLUMNS
                          + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, 'OPEN', ?, ?, ?, ?, ?, ?, ?, ?,"
                          + " ?, ?)")
                  .execute(
                      Tuple.from(
                          Arrays.asList(
                              queue.id(),
                              queue.event(),
                              queue.name(),
                              queue.digest(),
                              NewQueue.column(queue.opens()),
                              queue.whenAway().name(),
                              queue.message(),
                              row.getLong(1) + 1,
                              queue.mode().name(),
                              queue.capacity(),
                              queue.maxActive() == null ? config.maxActive() : queue.maxActive(),
                              timeout(queue).toMillis(),
                              queue.autoCall() ? 1 : 0,
                              isRoom ? queue.perSecond() : 0,
                              Micros.toDateTime(queue.opensAt()),
                              queue.opensAt() == null ? "-" : Commitment.newSecret(),
                              isRoom ? -1 : 0,
                              grace(queue).toMillis())));
            })
        .chain(() -> tx.preparedQuery(SELECT + "q.id = ?").execute(Tuple.of(queue.id())))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              return new Created(view(row, QueueLoad.empty(row)), true);
            });
  }

  private Duration timeout(NewQueue queue) {
    boolean isRoom = queue.mode() == QueueMode.ROOM;
    Long seconds = isRoom ? queue.insideSeconds() : queue.callTimeoutSeconds();
    if (seconds != null) {
      return Duration.ofSeconds(seconds);
    }
    return isRoom ? config.insideTime() : config.callTimeout();
  }

  private Duration grace(NewQueue queue) {
    if (queue.mode() != QueueMode.ROOM) {
      return Duration.ZERO;
    }
    return queue.graceSeconds() == null ? config.grace() : Duration.ofSeconds(queue.graceSeconds());
  }

  /** A page of queues in order of their ids, without who is in them. */
  Uni<List<QueueSummary>> list(String eventId, String after, int limit) {
    String where = eventId.isEmpty() ? "" : "event_id = ? AND ";
    List<Object> params = new ArrayList<>();
    if (!eventId.isEmpty()) {
      params.add(eventId);
    }
    params.add(after);
    params.add(limit);
    return calls
        .bounded(
            mysql
                .preparedQuery(SELECT + where + "q.id > ? ORDER BY q.id LIMIT ?")
                .execute(Tuple.from(params)))
        .map(
            rows -> {
              List<QueueSummary> queues = new ArrayList<>();
              rows.forEach(row -> queues.add(QueueSummary.of(row)));
              return queues;
            });
  }

  Uni<QueueView> read(String queueId) {
    return row(queueId)
        .flatMap(
            row ->
                index
                    .ask(
                        queueId,
                        eventId -> scripts.read(eventId, queueId),
                        reading -> reading.queues().isEmpty())
                    .invoke(reading -> wrote(row.getString("event_id"), reading.moved()))
                    .map(reading -> view(row, reading.queues().get(queueId))));
  }

  Uni<QueueView> change(String queueId, QueuePatch patch) {
    Map<String, String> changes = patch.changes();
    return row(queueId)
        .invoke(row -> patch.check(QueueMode.valueOf(row.getString("mode"))))
        .chain(() -> changes.isEmpty() ? Uni.createFrom().voidItem() : change(queueId, changes))
        .chain(
            () ->
                patch.name() == null && patch.message() == null
                    ? Uni.createFrom().voidItem()
                    : calls
                        .bounded(
                            mysql
                                .preparedQuery(
                                    "UPDATE queue SET name = COALESCE(?, name),"
                                        + " message = COALESCE(?, message) WHERE id = ?")
                                .execute(Tuple.of(patch.name(), patch.message(), queueId)))
                        .replaceWithVoid())
        .chain(() -> read(queueId));
  }

  Uni<QueueView> change(String queueId, QueueStatus status) {
    return change(queueId, Map.of("status", status.name())).chain(() -> read(queueId));
  }

  private Uni<Void> change(String queueId, Map<String, String> changes) {
    return index
        .ask(
            queueId,
            eventId ->
                scripts
                    .change(eventId, queueId, changes)
                    .invoke(done -> wrote(eventId, done.moved() || done.queue() != null)),
            done -> done.outcome().equals("UNKNOWN"))
        .invoke(Queues::refuse)
        .chain(done -> inMySql(queueId, done));
  }

  private static void refuse(Defined done) {
    switch (done.outcome()) {
      case "OK" -> {}
      case "CLOSED" ->
          throw Problem.of(ProblemType.QUEUE_NOT_OPEN)
              .with("queueStatus", QueueStatus.CLOSED)
              .asException();
      case "OCCUPIED" ->
          throw Problem.of(ProblemType.CAPACITY_BELOW_OCCUPIED)
              .with("called", done.queue().called())
              .with("inside", done.queue().inside())
              .asException();
      case "LEDGER-FULL" -> throw Problem.of(ProblemType.LEDGER_FULL).asException();
      default -> throw new IllegalStateException(done.outcome());
    }
  }

  private Uni<Void> inMySql(String queueId, Defined done) {
    return AwaitMySql.await(
        mysql
            .preparedQuery(
                "SELECT epoch, version FROM queue q JOIN event e ON e.id = q.event_id"
                    + " WHERE q.id = ?")
            .execute(Tuple.of(queueId))
            .map(
                rows -> {
                  Row row = rows.iterator().next();
                  boolean isThere = row.getLong(1) >= done.queue().version();
                  if (!isThere && row.getLong(0) > done.epoch()) {
                    throw Problem.of(ProblemType.UNKNOWN_OUTCOME).asException();
                  }
                  return isThere;
                }),
        FIRST_LOOK,
        LAST_LOOK,
        PATIENCE,
        "The change is in effect but not yet in the database. Repeat the request until it succeeds;"
            + " repeating it is safe.");
  }

  private void wrote(String eventId, boolean something) {
    if (something) {
      drainer.wrote(Keys.event(eventId));
    }
  }

  private Uni<Row> row(String queueId) {
    return calls
        .bounded(mysql.preparedQuery(SELECT + "q.id = ?").execute(Tuple.of(queueId)))
        .map(
            rows -> {
              if (rows.size() == 0) {
                throw Problem.of(ProblemType.UNKNOWN_QUEUE).asException();
              }
              return rows.iterator().next();
            });
  }

  private static QueueView view(Row row, QueueState state) {
    return QueueView.of(
        row.getString("id"),
        row.getString("name"),
        row.getString("event_id"),
        NewQueue.listOf(row.getString("opens")),
        WhenAway.valueOf(row.getString("when_away")),
        row.getString("message"),
        Acknowledge.ofStored(row.getString("acknowledge")),
        state);
  }

  /** So that the first who asks need not wait; where it fails, that one has it done. */
  private static Uni<Void> softly(Uni<Void> brought, String queueId) {
    return brought
        .onFailure()
        .invoke(
            e ->
                LOG.warnf(
                    "Queue %s was created but is not in Redis yet: %s", queueId, e.getMessage()))
        .onFailure()
        .recoverWithNull();
  }
}

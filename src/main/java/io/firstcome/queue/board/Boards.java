package io.firstcome.queue.board;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import io.firstcome.http.input.Digests;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.queue.definition.QueueIndex;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.redis.Keys;
import io.firstcome.work.Caches;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The public status of queues, from memory: a replica asks Redis once a second for a queue that is
 * looked at, however many look, and never for one that nobody looks at. While Redis cannot be
 * asked, the last status is told for a while.
 */
@ApplicationScoped
class Boards {

  private static final int MAX_QUEUES = 10_000;

  /** Queues that are read at once. */
  private static final int MAX_READINGS = 256;

  private static final Duration FORGET = Duration.ofMinutes(5);
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a status is told that can no longer be read. */
  private static final long STALE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private static final long MESSAGE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Characters of a digest that tell one status from another. */
  private static final int TAG_LENGTH = 16;

  private final QueueIndex index;
  private final QueueScripts scripts;
  private final Drainer drainer;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final ObjectMapper json;
  private final SingleFlight<String, Board> readings = new SingleFlight<>(MAX_READINGS);
  private final Cache<String, Board> boards = Caches.untilIdle(MAX_QUEUES, FORGET);

  Boards(
      QueueIndex index,
      QueueScripts scripts,
      Drainer drainer,
      Pool mysql,
      MySqlCalls calls,
      ObjectMapper json) {
    this.index = index;
    this.scripts = scripts;
    this.drainer = drainer;
    this.mysql = mysql;
    this.calls = calls;
    this.json = json;
  }

  /**
   * A status as it is sent.
   *
   * @param tag of what is in it (RFC 9110), with its quotes
   */
  record Board(
      BoardView view, byte[] body, String tag, long readNanos, Message message, Pace pace) {}

  private record Message(String text, long readNanos) {}

  /** The status of a queue, at most a second old; fails with unknown-queue. */
  Uni<Board> of(String queueId) {
    Board known = boards.getIfPresent(queueId);
    long now = System.nanoTime();
    if (known != null && now - known.readNanos() < FRESH_NANOS) {
      return Uni.createFrom().item(known);
    }
    return readings
        .run(queueId, () -> read(queueId, known))
        .onFailure(e -> known != null && now - known.readNanos() < STALE_NANOS)
        .recoverWithItem(known);
  }

  private Uni<Board> read(String queueId, Board before) {
    return message(queueId, before)
        .flatMap(
            message ->
                index
                    .ask(
                        queueId,
                        eventId ->
                            scripts
                                .read(eventId, queueId)
                                .invoke(
                                    reading -> {
                                      if (reading.moved()) {
                                        drainer.wrote(Keys.event(eventId));
                                      }
                                    }),
                        reading -> reading.queues().isEmpty())
                    .map(reading -> reading.queues().get(queueId))
                    .map(queue -> board(queueId, queue, message, before)));
  }

  /** Kept where MySQL cannot be asked: what it says matters less than the place in the line. */
  private Uni<Message> message(String queueId, Board before) {
    long now = System.nanoTime();
    if (before != null && now - before.message().readNanos() < MESSAGE_NANOS) {
      return Uni.createFrom().item(before.message());
    }
    return calls
        .bounded(
            mysql
                .preparedQuery("SELECT message FROM queue WHERE id = ?")
                .execute(Tuple.of(queueId)))
        .map(rows -> rows.size() == 0 ? "" : rows.iterator().next().getString(0))
        .onFailure()
        .recoverWithItem(before == null ? "" : before.message().text())
        .map(text -> new Message(text, now));
  }

  private Board board(String queueId, QueueState queue, Message message, Board before) {
    long now = System.nanoTime();
    Pace pace = before == null ? new Pace() : before.pace();
    pace.add(now, queue.head());
    double perSecond = queue.drawn() >= 0 ? pace.perSecond() : -1;
    long inLine = queue.last() + 1 - queue.head();
    BoardView view =
        new BoardView(
            queueId,
            queue.status(),
            Micros.toInstant(queue.opensMicros()),
            queue.drawn() >= 0,
            queue.head(),
            queue.waiting(),
            queue.called() + queue.inside(),
            queue.capacity(),
            perSecond < 0 ? null : Math.round(perSecond * 10) / 10.0,
            perSecond > 0 ? Long.valueOf(Math.round(inLine / perSecond)) : null,
            message.text().isEmpty() ? null : message.text());
    try {
      byte[] body = json.writeValueAsBytes(view);
      String digest = Digests.of(new String(body, StandardCharsets.UTF_8));
      String tag = '"' + digest.substring(0, TAG_LENGTH) + '"';
      Board board = new Board(view, body, tag, now, message, pace);
      boards.put(queueId, board);
      return board;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}

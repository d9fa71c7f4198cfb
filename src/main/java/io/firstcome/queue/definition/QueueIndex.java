package io.firstcome.queue.definition;

import static io.firstcome.queue.model.EventType.EVENT;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.pass.KnownQueues;
import io.firstcome.queue.model.WhenAway;
import io.firstcome.queue.recovery.QueueLoad;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.queue.script.QueueScripts.Defined;
import io.firstcome.recovery.LoadConfig;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.work.SingleFlight;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The event of each queue and what its passes open, from memory: that never changes. What MySQL
 * does not know is remembered for a moment, as nonsense ids would otherwise be an attack.
 */
@ApplicationScoped
public class QueueIndex implements KnownQueues {

  private static final int MAX_QUEUES = 10_000;

  /** Look-ups on their way at once. */
  private static final int MAX_LOOK_UPS = 256;

  /**
   * What never changes of a queue.
   *
   * @param opens the coupons and sales that its passes are good for; empty: all that demand one
   * @param whenAway what it does while Redis cannot be asked
   */
  public record Fixed(String eventId, List<String> opens, WhenAway whenAway) {}

  private final Pool mysql;
  private final MySqlCalls calls;
  private final QueueScripts scripts;
  private final Loader loader;
  private final Cache<String, Fixed> known = Caffeine.newBuilder().maximumSize(MAX_QUEUES).build();
  private final Cache<String, Boolean> unknown;
  private final SingleFlight<String, Fixed> lookUps = new SingleFlight<>(MAX_LOOK_UPS);

  QueueIndex(
      Pool mysql, MySqlCalls calls, QueueScripts scripts, Loaders loaders, LoadConfig config) {
    this.mysql = mysql;
    this.calls = calls;
    this.scripts = scripts;
    this.loader = loaders.of(EVENT);
    this.unknown =
        Caffeine.newBuilder()
            .maximumSize(config.maxUnknown())
            .expireAfterWrite(config.unknownTtl())
            .build();
  }

  /**
   * Asks the event of a queue, which is loaded where Redis does not hold it; where it does not have
   * the queue, once more after that was added.
   *
   * @param isUnknown whether an answer says that the event has no such queue
   */
  public <T> Uni<T> ask(String queueId, Function<String, Uni<T>> question, Predicate<T> isUnknown) {
    return fixed(queueId)
        .map(Fixed::eventId)
        .flatMap(
            eventId -> {
              Uni<T> asked =
                  loader.whole(eventId, Uni.createFrom().deferred(() -> question.apply(eventId)));
              return asked.flatMap(
                  answer ->
                      isUnknown.test(answer)
                          ? add(eventId, queueId).chain(() -> asked)
                          : Uni.createFrom().item(answer));
            });
  }

  @Override
  public Uni<Boolean> exists(String queueId) {
    return fixed(queueId)
        .replaceWith(true)
        .onFailure(
            e ->
                e instanceof ProblemException known
                    && known.problem().type() == ProblemType.UNKNOWN_QUEUE)
        .recoverWithItem(false);
  }

  /** What never changes of a queue; fails with unknown-queue. */
  public Uni<Fixed> fixed(String queueId) {
    Fixed there = known.getIfPresent(queueId);
    if (there != null) {
      return Uni.createFrom().item(there);
    }
    if (unknown.getIfPresent(queueId) != null) {
      return Uni.createFrom().failure(Problem.of(ProblemType.UNKNOWN_QUEUE).asException());
    }
    return lookUps.run(
        queueId,
        () ->
            calls
                .bounded(
                    mysql
                        .preparedQuery("SELECT event_id, opens, when_away FROM queue WHERE id = ?")
                        .execute(Tuple.of(queueId)))
                .map(
                    rows -> {
                      if (rows.size() == 0) {
                        unknown.put(queueId, true);
                        throw Problem.of(ProblemType.UNKNOWN_QUEUE).asException();
                      }
                      Row row = rows.iterator().next();
                      Fixed queue =
                          new Fixed(
                              row.getString(0),
                              NewQueue.listOf(row.getString(1)),
                              WhenAway.valueOf(row.getString(2)));
                      known.put(queueId, queue);
                      return queue;
                    }));
  }

  /** A queue exists now: brings it into Redis. */
  Uni<Void> created(String eventId, String queueId) {
    unknown.invalidate(queueId);
    return loader.created(eventId).chain(() -> add(eventId, queueId)).replaceWithVoid();
  }

  /** Adds a queue that MySQL has to its event in Redis. */
  private Uni<Defined> add(String eventId, String queueId) {
    return loader.whole(
        eventId,
        Uni.createFrom()
            .deferred(
                () ->
                    calls.bounded(
                        mysql
                            .preparedQuery(
                                "SELECT "
                                    + QueueLoad.COLUMNS
                                    + ", epoch FROM queue q JOIN event e ON e.id = q.event_id"
                                    + " WHERE q.id = ?")
                            .execute(Tuple.of(queueId))))
            .flatMap(
                rows -> {
                  Row row = rows.iterator().next();
                  return scripts.add(eventId, queueId, row.getLong("epoch"), QueueLoad.empty(row));
                }));
  }
}

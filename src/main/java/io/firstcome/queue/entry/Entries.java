package io.firstcome.queue.entry;

import io.firstcome.durability.AckTarget;
import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.Acknowledger;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.pass.Passes;
import io.firstcome.queue.definition.QueueIndex;
import io.firstcome.queue.metrics.QueueMetrics;
import io.firstcome.queue.model.Entry;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.EventType;
import io.firstcome.queue.model.WhenAway;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.queue.script.QueueScripts.Decision;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.RedisProblems;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * Decides on entries, each by one script, and answers when that is durable at the event's level.
 */
@ApplicationScoped
public class Entries {

  /** How long a pass lives that is issued without an entry. */
  private static final Duration WHILE_AWAY = Duration.ofMinutes(1);

  private final QueueIndex index;
  private final QueueScripts scripts;
  private final JoinLanes lanes;
  private final Drainer drainer;
  private final Acknowledger acknowledger;
  private final QueueMetrics metrics;
  private final Passes passes;

  Entries(
      QueueIndex index,
      QueueScripts scripts,
      JoinLanes lanes,
      Drainer drainer,
      Acknowledger acknowledger,
      QueueMetrics metrics,
      Passes passes) {
    this.index = index;
    this.scripts = scripts;
    this.lanes = lanes;
    this.drainer = drainer;
    this.acknowledger = acknowledger;
    this.metrics = metrics;
    this.passes = passes;
  }

  /** An entry, and whether this request made it. */
  public record Joined(Entry entry, boolean isNew) {}

  public Uni<Joined> join(String queueId, String userId) {
    return decide(queueId, eventId -> lanes.join(eventId, queueId, userId))
        .map(done -> new Joined(done.entry(), done.outcome().equals("JOINED")));
  }

  Uni<List<Entry>> call(String queueId, int count) {
    return decide(queueId, eventId -> scripts.call(eventId, queueId, count)).map(Decision::entries);
  }

  /**
   * Moves the entry of a user.
   *
   * @param number which it must have, or null
   */
  Uni<Entry> move(String queueId, String userId, EntryMove move, Long number) {
    return decide(queueId, eventId -> scripts.move(eventId, queueId, userId, move.slug(), number))
        .map(Decision::entry);
  }

  /**
   * Reads the last entry of a user; fails where there is none.
   *
   * @param isTheirs whether it is the user who asks
   */
  public Uni<Entry> read(String queueId, String userId, boolean isTheirs) {
    return index.ask(
        queueId,
        eventId ->
            scripts
                .read(eventId, queueId, userId, isTheirs)
                .invoke(reading -> wrote(eventId, reading.moved()))
                .call(
                    reading ->
                        reading.entry() == null
                            ? Uni.createFrom().voidItem()
                            : secured(eventId, reading.target(), reading.entry(), false))
                .map(
                    reading -> {
                      if (reading.entry() == null && !reading.queues().isEmpty()) {
                        throw Problem.of(ProblemType.NO_ENTRY).asException();
                      }
                      return reading.entry();
                    }),
        entry -> entry == null);
  }

  /**
   * A pass for a user who is inside, or was let in and comes by this; fails with entry-state where
   * the user is not.
   */
  public Uni<Passes.Issued> pass(String queueId, String userId) {
    return read(queueId, userId, true)
        .flatMap(
            entry -> {
              if (entry.state() != EntryState.INSIDE) {
                throw Problem.of(ProblemType.ENTRY_STATE)
                    .with("entry", EntryView.of(entry))
                    .asException();
              }
              return index
                  .fixed(queueId)
                  .map(queue -> passes.issue(userId, queueId, queue.opens(), entry.due()));
            })
        .onFailure(Entries::isRedisAway)
        .recoverWithUni(away -> passWithoutEntry(queueId, userId, away));
  }

  /**
   * A pass for anybody while Redis cannot be asked, where the queue is open then; else fails with
   * what it failed with. Short, so that the site is not open to all for long after.
   */
  public Uni<Passes.Issued> passWithoutEntry(String queueId, String userId, Throwable away) {
    return isRedisAway(away)
        ? index
            .fixed(queueId)
            .map(
                queue -> {
                  if (queue.whenAway() != WhenAway.OPEN) {
                    throw RedisProblems.of((RedisException) away).asException();
                  }
                  return passes.issue(
                      userId, queueId, queue.opens(), Instant.now().plus(WHILE_AWAY));
                })
        : Uni.createFrom().failure(away);
  }

  private static boolean isRedisAway(Throwable why) {
    return why instanceof RedisException redis
        && !redis.isRefusal()
        && redis.outcome() != RedisException.Outcome.OVERLOADED;
  }

  private Uni<Decision> decide(String queueId, Function<String, Uni<Decision>> script) {
    return index
        .ask(
            queueId,
            eventId ->
                script
                    .apply(eventId)
                    .invoke(done -> wrote(eventId, done.moved()))
                    .call(done -> secured(eventId, done)),
            done -> done.outcome().equals("UNKNOWN"))
        .invoke(this::refuse);
  }

  private void refuse(Decision done) {
    Problem problem =
        switch (done.outcome()) {
          case "JOINED", "ALREADY", "CALLED", "DONE" -> null;
          case "TOO-MANY" ->
              Problem.of(ProblemType.TOO_MANY_ENTRIES)
                  .with("entries", done.entries().stream().map(EntryView::of).toList());
          case "STATE" ->
              Problem.of(ProblemType.ENTRY_STATE).with("entry", EntryView.of(done.entry()));
          case "NO-ENTRY" -> Problem.of(ProblemType.NO_ENTRY);
          case "QUEUE-FULL", "EVENT-FULL" -> Problem.of(ProblemType.QUEUE_FULL);
          case "FROZEN", "PAUSED", "DRAINING", "CLOSED", "UNOPENED" ->
              Problem.of(ProblemType.QUEUE_NOT_OPEN).with("queueStatus", done.outcome());
          case "LEDGER-FULL" -> Problem.of(ProblemType.LEDGER_FULL);
          case "DATABASE-AWAY" -> Problem.of(ProblemType.DATABASE_UNAVAILABLE);
          default -> throw new IllegalStateException(done.outcome());
        };
    if (problem != null) {
      metrics.refused(problem.type());
      throw problem.asException();
    }
  }

  private void wrote(String eventId, boolean moved) {
    if (moved) {
      drainer.wrote(Keys.event(eventId));
    }
  }

  /** Refusals tell nothing that could be lost. */
  private Uni<Void> secured(String eventId, Decision done) {
    boolean isTold =
        switch (done.outcome()) {
          case "JOINED", "ALREADY", "CALLED", "DONE" -> !done.entries().isEmpty();
          default -> false;
        };
    if (!isTold || done.target().level() == Acknowledge.REDIS) {
      return Uni.createFrom().voidItem();
    }
    boolean isNew = !done.outcome().equals("ALREADY");
    return Uni.join()
        .all(
            done.entries().stream()
                .map(entry -> secured(eventId, done.target(), entry, isNew))
                .toList())
        .andFailFast()
        .replaceWithVoid();
  }

  private Uni<Void> secured(String eventId, AckTarget target, Entry entry, boolean isNew) {
    return target.level() == Acknowledge.REDIS
        ? Uni.createFrom().voidItem()
        : Uni.createFrom()
            .emitter(
                emitter -> acknowledger.hold(new Held(eventId, target, entry, isNew, emitter)));
  }

  /** An entry that is told when it is secured. */
  private static final class Held extends PendingAnswer {

    private final UniEmitter<? super Void> emitter;

    Held(
        String eventId,
        AckTarget target,
        Entry entry,
        boolean isNew,
        UniEmitter<? super Void> emitter) {
      // Its number is of its queue: MySQL tells by its row.
      super(
          target.level(), Keys.event(eventId), 0, target.server(), 0, EventType.key(entry), isNew);
      this.emitter = emitter;
    }

    @Override
    protected void secured() {
      emitter.complete(null);
    }

    @Override
    protected void notSecured() {
      emitter.fail(Problem.of(ProblemType.NOT_SECURED).asException());
    }
  }
}

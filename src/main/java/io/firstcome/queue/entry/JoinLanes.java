package io.firstcome.queue.entry;

import io.firstcome.decision.Hot;
import io.firstcome.decision.HotSet;
import io.firstcome.decision.Lane;
import io.firstcome.decision.Pending;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.queue.script.QueueScripts.Decision;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.RedisLinks;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Response;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Batches joins of an event, so that a crowd that comes at once costs Redis one call and one ledger
 * entry for many. The first join of an event goes alone: lanes are for events that Redis holds.
 */
@Singleton
class JoinLanes {

  private static final int MAX_EVENTS = 1_000;
  private static final Duration IDLE = Duration.ofMinutes(1);

  private final HotSet<Hot<Join>> events = new HotSet<>(MAX_EVENTS);
  private final QueueScripts scripts;
  private final RedisLinks links;
  private final Lane.Bounds bounds;
  private long timer;

  JoinLanes(QueueScripts scripts, RedisLinks links, QueueConfig config) {
    this.scripts = scripts;
    this.links = links;
    this.bounds = new Lane.Bounds(config.maxJoining(), config.maxBatch(), Integer.MAX_VALUE, 1);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    timer = vertx.setPeriodic(IDLE.toMillis(), tick -> events.dropIdle(IDLE));
  }

  void stop(@Observes ShutdownEvent event, Vertx vertx) {
    vertx.cancelTimer(timer);
  }

  /** Fails as {@link QueueScripts#join} does, or with overloaded. */
  Uni<Decision> join(String eventId, String queueId, String userId) {
    Hot<Join> event = events.get(eventId);
    if (event == null || !Context.isOnEventLoopThread()) {
      return scripts.join(eventId, queueId, userId).invoke(done -> events.add(eventId, Hot::new));
    }
    return Uni.createFrom().emitter(emitter -> add(event, new Join(queueId, userId, emitter)));
  }

  private void add(Hot<Join> event, Join join) {
    event.usedAt(join.startNanos());
    RedisLink link = links.current();
    Lane<Join, ?> lane = event.lane(link.index());
    (lane == null ? event.putLane(link.index(), lane(event.id(), link)) : lane).add(join);
  }

  private Lane<Join, ?> lane(String eventId, RedisLink link) {
    return new Lane<>(
        link, QueueScripts.JOIN, QueueScripts.KEYS, new Codec(eventId), new Replies(), bounds);
  }

  /** A join that awaits its decision. */
  private static final class Join extends Pending<Decision> {

    private final String queueId;
    private final UniEmitter<? super Decision> emitter;

    Join(String queueId, String userId, UniEmitter<? super Decision> emitter) {
      super(userId);
      this.queueId = queueId;
      this.emitter = emitter;
    }

    @Override
    protected void decided(Decision decision) {
      emitter.complete(decision);
    }

    @Override
    protected void failed(Throwable why) {
      emitter.fail(why);
    }
  }

  /** Writes calls of {@code queue-join.lua} for one event and reads the replies. */
  private final class Codec implements Lane.Codec<Join, Response> {

    private final String eventId;
    private final byte[][] keys;

    Codec(String eventId) {
      this.eventId = eventId;
      this.keys =
          Keys.ofEvent(Keys.event(eventId)).stream().map(JoinLanes::bytes).toArray(byte[][]::new);
    }

    @Override
    public byte[][] encode(List<Join> batch) {
      List<byte[]> call = new ArrayList<>(List.of(keys));
      scripts.joinHead().forEach(arg -> call.add(bytes(arg)));
      for (Join join : batch) {
        call.add(bytes(join.queueId));
        call.add(bytes(join.userId()));
      }
      return call.toArray(byte[][]::new);
    }

    @Override
    public Response decode(List<Join> batch, Response reply) {
      NotLoadedException.check("event " + eventId, reply);
      return reply;
    }
  }

  private static final class Replies implements Lane.Listener<Join, Response> {

    @Override
    public void replied(List<Join> batch, Response reply) {
      for (int i = 0; i < batch.size(); i++) {
        Join join = batch.get(i);
        try {
          join.complete(QueueScripts.joined(join.userId(), reply, i));
        } catch (RuntimeException e) {
          // Not understood; the others have nothing to do with it.
          join.fail(e);
        }
      }
    }

    @Override
    public void failed(Join join, Throwable why) {
      join.fail(why);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

package io.firstcome.durability;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.ledger.Announcement;
import io.firstcome.mysql.MySqlGauges;
import io.firstcome.redis.Barrier;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisLink;
import io.firstcome.redis.RedisLinks;
import io.firstcome.redis.Scripts;
import io.firstcome.redis.Subscription;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.netty.util.concurrent.FastThreadLocal;
import io.quarkus.arc.All;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Holds answers back until what they tell is secured at their level, see {@link Acknowledge}.
 *
 * <p>{@code REPLICA}: until a {@link Barrier} of the event loop has been passed that was asked for
 * after Redis had told it, on the same server.
 *
 * <p>{@code DATABASE}: until MySQL has it. The drainer tells after each commit which numbers it has
 * written ({@link Announcement}); where that says nothing of an answer (numbers of it were refused,
 * its epoch is over, the message was lost) MySQL is asked for its row, and no row is no answer.
 *
 * <p>What is secured once stays so, and is remembered as a range of numbers ({@link Watermark}):
 * who asks again is told at once. What is not secured in time is a 503: the unit is held, and
 * whoever asks again is told as soon as it is secured.
 */
@ApplicationScoped
public class Acknowledger {

  private static final Logger LOG = Logger.getLogger(Acknowledger.class);

  /** How often it is looked whether somebody has waited too long. */
  private static final Duration TICK = Duration.ofMillis(50);

  /** How often MySQL is looked at without an announcement, since one can be lost. */
  private static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

  private static final int MAX_WATERMARKS = 10_000;

  /** Then it begins anew, and what it knew is looked for in MySQL where it is asked for. */
  private static final Duration WATERMARK_AGE = Duration.ofHours(1);

  private final RedisLinks links;
  private final AcknowledgeConfig config;
  private final List<DurabilityCheck> evidence;
  private final MySqlGauges mysql;
  private final Duration redisTimeout;
  private final Cache<String, Watermark> watermarks;
  private final List<Desk> desks = new CopyOnWriteArrayList<>();
  private final FastThreadLocal<Desk> ofThisLoop =
      new FastThreadLocal<>() {
        @Override
        protected Desk initialValue() {
          Desk desk = new Desk(links.current());
          desks.add(desk);
          return desk;
        }
      };
  private final Map<Acknowledge, Timer> durations = new EnumMap<>(Acknowledge.class);
  private final Map<Acknowledge, Counter> notSecured = new EnumMap<>(Acknowledge.class);
  private final AtomicBoolean subscribed = new AtomicBoolean();
  private volatile boolean listening;
  private Subscription subscription;
  private Context home;

  Acknowledger(
      RedisLinks links,
      Scripts redis,
      AcknowledgeConfig config,
      @All List<DurabilityCheck> evidence,
      MySqlGauges mysql,
      MeterRegistry metrics) {
    this.links = links;
    this.config = config;
    this.evidence = evidence;
    this.mysql = mysql;
    this.redisTimeout = redis.timeout();
    this.watermarks =
        Caffeine.newBuilder().maximumSize(MAX_WATERMARKS).expireAfterWrite(WATERMARK_AGE).build();
    for (Acknowledge level : List.of(Acknowledge.REPLICA, Acknowledge.DATABASE)) {
      durations.put(
          level,
          Timer.builder("firstcome.acknowledge.duration")
              .description("Time from a decision until it was durable at its level")
              .tag("level", level.stored())
              .serviceLevelObjectives(
                  Duration.ofMillis(1),
                  Duration.ofMillis(5),
                  Duration.ofMillis(25),
                  Duration.ofMillis(100),
                  Duration.ofMillis(500),
                  Duration.ofSeconds(2))
              .register(metrics));
      notSecured.put(
          level,
          Counter.builder("firstcome.acknowledge.not.secured")
              .description("Requests answered 503 not-secured: not durable at their level in time")
              .tag("level", level.stored())
              .register(metrics));
    }
    Gauge.builder("firstcome.acknowledge.waiting", desks, Acknowledger::waiting)
        .description("Responses waiting until their decision is durable at its level")
        .register(metrics);
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    links.onChange(this::doubt);
    open(vertx, links::client);
    links.onSwitch(subscription::renew);
  }

  /**
   * Gets ready.
   *
   * @param clients each a client of its own
   */
  void open(Vertx vertx, Supplier<Redis> clients) {
    home = vertx.getOrCreateContext();
    subscription =
        new Subscription(vertx, clients, redisTimeout, Keys.everyDrained(), new Announcements());
  }

  void stop(@Observes ShutdownEvent event) {
    subscription.stop();
  }

  /** Has an answer told when it is secured, or not in time. For any thread. */
  public void hold(PendingAnswer held) {
    if (Context.isOnEventLoopThread()) {
      ofThisLoop.get().hold(held);
    } else {
      home.runOnContext(v -> ofThisLoop.get().hold(held));
    }
  }

  /** Whether it is known that this is secured. For any thread; returns at once. */
  public boolean isSecured(Acknowledge level, String tag, long epoch, long sequence) {
    if (level == Acknowledge.REDIS) {
      return true;
    }
    Watermark known = watermarks.getIfPresent(tag);
    return known != null && known.covers(level, epoch, sequence);
  }

  /** Whether this event loop can hold no more answers, so that nothing should be decided. */
  public boolean isFull() {
    return ofThisLoop.get().answers.isFull();
  }

  /** Whether MySQL is known to be away, so that nothing would be secured there. */
  public boolean isDatabaseAway() {
    return mysql.isAway();
  }

  /** Another Redis may answer next: what was secured may have been another's. */
  private void doubt() {
    watermarks.asMap().values().forEach(known -> known.forget(Acknowledge.REPLICA));
  }

  private static double waiting(List<Desk> desks) {
    return desks.stream().mapToInt(desk -> desk.answers.size()).sum();
  }

  private void told(PendingAnswer held, boolean secured) {
    if (secured) {
      durations.get(held.level).record(System.nanoTime() - held.sinceNanos, TimeUnit.NANOSECONDS);
    } else {
      notSecured.get(held.level).increment();
    }
  }

  /** What one event loop holds back. */
  private final class Desk {

    private final RedisLink link;
    private final PendingAnswers answers =
        new PendingAnswers(config.maxParked(), config.timeout().toNanos(), Acknowledger.this::told);

    /** By ledger: being looked at, and whether to look once more. */
    private final Map<String, Boolean> looks = new HashMap<>();

    /** One, and of a cluster one for each node. */
    private final Map<String, Rounds> barriers = new HashMap<>();

    private boolean ticking;
    private long lookedNanos = System.nanoTime();

    Desk(RedisLink link) {
      this.link = link;
    }

    void hold(PendingAnswer held) {
      Watermark known = watermarks.get(held.tag, tag -> new Watermark());
      if (held.level == Acknowledge.REPLICA) {
        Rounds rounds =
            barriers.computeIfAbsent(links.nodeOf(held.tag), node -> new Rounds(this, node));
        held.barrier = rounds;
        held.round = rounds.barrier.ask();
        answers.add(held, System.nanoTime());
      } else {
        if (subscribed.compareAndSet(false, true)) {
          subscription.start();
        }
        answers.add(held, System.nanoTime());
        // After it is held: what is announced from now on releases it.
        releaseKnown(held.tag, known);
        if (!held.isNew && !answers.of(held.tag).isEmpty()) {
          look(held.tag);
        }
      }
      tickAgain();
    }

    private void releaseKnown(String tag, Watermark known) {
      answers.releaseFromDatabase(
          tag, held -> known.covers(Acknowledge.DATABASE, held.epoch, held.sequence));
    }

    void drained(String tag, Announcement news) {
      Watermark known = watermarks.getIfPresent(tag);
      if (known != null) {
        releaseKnown(tag, known);
      }
      if (answers.of(tag).stream()
          .anyMatch(
              held ->
                  news.isToBeLookedAt()
                      || held.epoch != news.epoch()
                      || held.sequence <= news.last())) {
        look(tag);
      }
    }

    /** Looks which of the answers MySQL has; one look at a time. */
    private void look(String tag) {
      if (looks.putIfAbsent(tag, false) == null) {
        look(tag, answers.of(tag), 0);
      } else {
        looks.put(tag, true);
      }
    }

    private void look(String tag, List<PendingAnswer> held, int from) {
      if (from >= held.size()) {
        if (looks.remove(tag) && !answers.of(tag).isEmpty()) {
          look(tag);
        }
        return;
      }
      int to = Math.min(held.size(), from + DurabilityCheck.MAX);
      evidence.stream()
          .filter(one -> one.type().owns(tag))
          .findFirst()
          .orElseThrow()
          .inMySql(tag, held.subList(from, to))
          .subscribe()
          .with(
              found ->
                  link.soon(
                      v -> {
                        answers.releaseFromDatabase(tag, found::contains);
                        look(tag, held, to);
                      }),
              e -> {
                LOG.debugf(e, "Could not read from MySQL what is written of %s", tag);
                link.soon(v -> looks.remove(tag));
              });
    }

    private void tickAgain() {
      if (!ticking && answers.size() > 0) {
        ticking = true;
        link.after(TICK, this::tick);
      }
    }

    private void tick() {
      ticking = false;
      long now = System.nanoTime();
      answers.expire(now);
      if (!listening || now - lookedNanos >= LOOK_NANOS) {
        lookedNanos = now;
        answers.tags().forEach(this::look);
      }
      tickAgain();
    }
  }

  /** What waits for the replicas of one server. */
  private final class Rounds implements Barrier.Listener {

    private final Desk desk;
    private final PendingAnswers answers;
    private final Barrier barrier;

    Rounds(Desk desk, String node) {
      this.desk = desk;
      this.answers = desk.answers;
      this.barrier = links.barrier(desk.link, node, config.replicas(), config.fsync(), this);
    }

    @Override
    public boolean passed(String server, long round) {
      answers.releaseFromReplicas(
          held -> {
            boolean secured =
                held.barrier == this && held.round <= round && held.server.equals(server);
            if (secured && held.sequence > 0) {
              // All before it were written before it, by this server or the one it has it from.
              watermarks
                  .get(held.tag, tag -> new Watermark())
                  .add(Acknowledge.REPLICA, held.epoch, 1, held.sequence);
            }
            return secured;
          });
      Optional<PendingAnswer> left =
          answers.awaitsReplicas(held -> held.barrier == this && held.round <= round);
      left.ifPresent(this::doubtServer);
      return left.isPresent();
    }

    /**
     * Another server told it than the one that passed the round, or the link took it for another:
     * an identity changes while connections live, and scripts that are given the one that the state
     * has do not notice. All that waits here is of one node.
     */
    private void doubtServer(PendingAnswer left) {
      desk.link.doubtServer(Keys.ledger(left.tag).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean isAwaited() {
      return answers.awaitsReplicas(held -> held.barrier == this).isPresent();
    }
  }

  /** What drainers tell. */
  private final class Announcements implements Subscription.Listener {

    @Override
    public void listening() {
      listening = true;
    }

    @Override
    public void message(String channel, String message) {
      String tag = Keys.tagOf(channel);
      Announcement news = Announcement.parse(message);
      Watermark known = watermarks.getIfPresent(tag);
      if (known != null && !news.isToBeLookedAt()) {
        known.add(Acknowledge.DATABASE, news.epoch(), news.first(), news.last());
      }
      for (Desk desk : desks) {
        if (desk.answers.size() > 0) {
          desk.link.soon(v -> desk.drained(tag, news));
        }
      }
    }

    @Override
    public void lost() {
      listening = false;
    }
  }
}

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
 * Holds responses back until their decision is durable at its level, see {@link Acknowledge}.
 *
 * <p>{@code REPLICA}: until the event loop's {@link Barrier} completes a round that began after the
 * decision, on the server that made it.
 *
 * <p>{@code DATABASE}: until MySQL has it. After each commit the drainer publishes the numbers it
 * has written ({@link Announcement}). If no announcement covers a response (its entry was rejected,
 * its epoch is over, or the message was lost), the row is read from MySQL; without a row there is
 * no response.
 *
 * <p>A durable decision stays durable. Durable numbers are kept as a range ({@link Watermark}), so
 * that a retry gets its response at once. If a decision is not durable in time, the response is
 * 503; the user keeps the unit, and a retry gets the response as soon as it is durable.
 */
@ApplicationScoped
public class Acknowledger {

  private static final Logger LOG = Logger.getLogger(Acknowledger.class);

  /** The interval between checks for responses that have waited too long. */
  private static final Duration TICK = Duration.ofMillis(50);

  /** How often MySQL is read without an announcement, because one can be lost. */
  private static final long LOOK_NANOS = Duration.ofMillis(500).toNanos();

  private static final int MAX_WATERMARKS = 10_000;

  /** After it a watermark starts over, and earlier numbers are read from MySQL if needed. */
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
   * Creates the subscription, which starts with the first response at {@code DATABASE}.
   *
   * @param clients supplies dedicated clients
   */
  void open(Vertx vertx, Supplier<Redis> clients) {
    home = vertx.getOrCreateContext();
    subscription =
        new Subscription(vertx, clients, redisTimeout, Keys.everyDrained(), new Announcements());
  }

  void stop(@Observes ShutdownEvent event) {
    subscription.stop();
  }

  /** Holds a response until it is durable or its time is up. For any thread. */
  public void hold(PendingAnswer held) {
    if (Context.isOnEventLoopThread()) {
      ofThisLoop.get().hold(held);
    } else {
      home.runOnContext(v -> ofThisLoop.get().hold(held));
    }
  }

  /** Whether this is known to be durable. For any thread; does not block. */
  public boolean isSecured(Acknowledge level, String tag, long epoch, long sequence) {
    if (level == Acknowledge.REDIS) {
      return true;
    }
    Watermark known = watermarks.getIfPresent(tag);
    return known != null && known.covers(level, epoch, sequence);
  }

  /** Whether this event loop holds its maximum of responses; then it must decide nothing. */
  public boolean isFull() {
    return ofThisLoop.get().answers.isFull();
  }

  /** Whether MySQL is known to be unavailable, so that nothing becomes durable there. */
  public boolean isDatabaseAway() {
    return mysql.isAway();
  }

  /** The next reply may come from another Redis, whose replicas may lack what is known. */
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

  /** The responses that one event loop holds. */
  private final class Desk {

    private final RedisLink link;
    private final PendingAnswers answers =
        new PendingAnswers(config.maxParked(), config.timeout().toNanos(), Acknowledger.this::told);

    /** Ledgers whose rows are being read, and whether to read them once more. */
    private final Map<String, Boolean> looks = new HashMap<>();

    /** By node; without a cluster there is one. */
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
        // After adding it: later announcements release it.
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

    /** Reads which of the decisions MySQL has; one read per ledger at a time. */
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

  /** The rounds of one server's barrier. */
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
              // Lower numbers were written earlier, by this server or the one it replaced.
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
     * The decision came from another server than the round, or the link has an outdated identity: a
     * server's identity can change on a live connection, and scripts that are passed the identity
     * in the state do not notice. All responses here belong to one node.
     */
    private void doubtServer(PendingAnswer left) {
      desk.link.doubtServer(Keys.ledger(left.tag).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean isAwaited() {
      return answers.awaitsReplicas(held -> held.barrier == this).isPresent();
    }
  }

  /** Receives the announcements of drainers. */
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

package io.firstcome.lock;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.lock.LockMetrics.Outcome;
import io.firstcome.lock.LockStore.Reply;
import io.firstcome.lock.LockStore.State;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisConfig;
import io.firstcome.redis.RedisLinks;
import io.firstcome.redis.Scripts;
import io.firstcome.redis.Subscription;
import io.firstcome.work.EventLoop;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.ShutdownDelayInitiatedEvent;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.Startup;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.redis.client.Redis;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Named locks with a lease and a fencing token.
 *
 * <p>A lock with a lease excludes others only as long as its holder is in time: one that was paused
 * past its lease goes on writing. So each holder has a fencing token that is larger than those
 * before it, and the resource refuses a smaller one than it has seen (docs/locks.md). Where one
 * script or one statement can decide, no lock is needed.
 *
 * <p>Waiters of a replica stand in a line for each lock, and only the first asks the store: once
 * when it becomes the first, when a message says that the lock was released, and when the lease of
 * the holder ends. Waiters for permits are in line in the store, each for itself, so that their
 * order is that of all replicas. All state is on one event loop.
 */
@Startup
@ApplicationScoped
public class Locks {

  private static final long NEVER = -1;

  /** Of Redlock: two have no majority without each other. */
  private static final int FEWEST_SERVERS = 3;

  private final ContextInternal loop;
  private final LockStore store;
  private final LockMetrics metrics;
  private final int maxWaiting;
  private final boolean havePermits;
  private final Map<String, Line> lines = new HashMap<>();
  private volatile int waiting;
  private boolean isListening;
  private boolean isClosed;

  @Inject
  Locks(
      Vertx vertx,
      LockConfig config,
      Scripts redis,
      RedisConfig ofRedis,
      RedisLinks links,
      Pool mysql,
      MySqlCalls calls,
      MeterRegistry registry) {
    this(
        vertx,
        switch (config.store()) {
          case REDIS -> inRedis(vertx, redis, links);
          case REDLOCK -> onMajority(vertx, config, ofRedis, registry);
          case MYSQL -> new MySqlLockStore(mysql, calls, config.poll());
        },
        config,
        registry);
  }

  Locks(Vertx vertx, LockStore store, LockConfig config, MeterRegistry registry) {
    this.loop = ((VertxInternal) vertx).createEventLoopContext();
    this.store = store;
    this.maxWaiting = config.maxWaiting();
    this.havePermits = store instanceof RedisLockStore;
    this.metrics = new LockMetrics(() -> waiting, registry);
  }

  private static LockStore inRedis(Vertx vertx, Scripts redis, RedisLinks links) {
    return new RedisLockStore(
        redis,
        listener -> {
          Subscription subscription =
              new Subscription(vertx, links::client, redis.timeout(), Keys.freeLocks(), listener);
          links.onSwitch(subscription::renew);
          return subscription;
        });
  }

  private static LockStore onMajority(
      Vertx vertx, LockConfig config, RedisConfig ofRedis, MeterRegistry registry) {
    List<String> hosts = config.redlockHosts().orElse(List.of());
    if (hosts.size() < FEWEST_SERVERS) {
      throw new ConfigurationException(
          "firstcome.lock.store=redlock needs at least three servers in"
              + " firstcome.lock.redlock-hosts");
    }
    return new RedlockStore(
        hosts.stream()
            .map(host -> Redis.createClient(vertx, host))
            .map(client -> new Scripts(client, ofRedis, registry))
            // Nobody listens to one of them alone.
            .<LockStore>map(server -> new RedisLockStore(server, listener -> null))
            .toList(),
        config.redlockTimeout(),
        config.poll());
  }

  /** Whether several may hold a lock at once, in order of arrival. */
  boolean havePermits() {
    return havePermits;
  }

  void stop(@Observes ShutdownEvent event) {
    store.close();
  }

  /** Whoever waits is told to ask another replica. */
  void refuse(@Observes ShutdownDelayInitiatedEvent event) {
    loop.runOnContext(
        pass -> {
          isClosed = true;
          for (Line line : List.copyOf(lines.values())) {
            for (Waiter waiter : List.copyOf(line.waiters)) {
              waiter.fail(Problem.of(ProblemType.SHUTTING_DOWN).asException());
            }
          }
        });
  }

  /**
   * Takes a lock for a lease.
   *
   * @param wait how long to wait for it; zero: not at all
   * @return the lock, or null if it could not be had in time; fails with {@code too-many-locks},
   *     with {@code overloaded} where too many wait, and as the store's calls do
   */
  Uni<Grant> tryLock(LockRequest request, Duration wait) {
    return EventLoop.back(
        Uni.createFrom()
            .emitter(
                emitter -> {
                  Waiter waiter = new Waiter(request, wait, emitter);
                  emitter.onTermination(() -> loop.runOnContext(pass -> waiter.leave()));
                  loop.runOnContext(pass -> waiter.join());
                }));
  }

  /** Extends a lock for another lease from now on; null if the token does not hold it. */
  Uni<Grant> extend(String name, String token, Duration lease) {
    return Uni.createFrom()
        .deferred(
            () -> {
              long asked = System.nanoTime();
              return store
                  .extend(name, token, lease)
                  .map(reply -> reply.isHeld() ? grant(name, token, reply, asked) : lostGrant());
            });
  }

  /** Releases a lock; returns false if the token does not hold it. */
  Uni<Boolean> release(String name, String token) {
    return store
        .release(name, token)
        .invoke(
            released -> {
              if (!released) {
                metrics.lost();
              }
            });
  }

  private Grant lostGrant() {
    metrics.lost();
    return null;
  }

  /**
   * Does work under a lock, which is renewed at a third of its lease as long as the work lasts, and
   * released when it has ended. Where the lock is lost, the work is cancelled and the call fails at
   * once.
   *
   * @param wait how long to wait for the lock; zero: not at all
   * @param lease after which others get the lock of a replica that died
   * @param work subscribed to on an event loop, so what blocks needs a thread of its own
   * @return what the work returned; null, too, where somebody else holds the lock
   */
  public <T> Uni<T> withLock(
      String name, Duration wait, Duration lease, Function<Held, Uni<T>> work) {
    LockRequest request = new LockRequest(name, UUID.randomUUID().toString(), false, lease, 0, 0);
    return EventLoop.back(
        Uni.createFrom()
            .deferred(() -> tryLock(request, wait))
            .flatMap(
                grant ->
                    grant == null
                        ? Uni.createFrom().nullItem()
                        : Uni.createFrom()
                            .<T>emitter(
                                emitter ->
                                    new HeldWork<T>(loop, store, metrics, grant, lease, emitter)
                                        .start(work))));
  }

  private static Grant grant(String name, String token, Reply reply, long askedNanos) {
    return new Grant(
        name, token, reply.fence(), askedNanos + TimeUnit.MILLISECONDS.toNanos(reply.millis()));
  }

  /** The waiters of this replica that one message wakes. */
  private final class Line {
    private final String key;
    private final Deque<Waiter> waiters = new ArrayDeque<>();
    private boolean isAsking;
    private boolean isWoken;
    private long timer = NEVER;

    Line(String key) {
      this.key = key;
    }

    /** Has the first one ask the store. */
    void ask() {
      loop.owner().cancelTimer(timer);
      timer = NEVER;
      Waiter first = waiters.peek();
      if (isAsking) {
        isWoken = true;
      } else if (first == null) {
        lines.remove(key, this);
      } else {
        isAsking = true;
        isWoken = false;
        long asked = System.nanoTime();
        store
            .take(first.request, !first.isLast)
            .subscribe()
            .with(
                reply -> loop.runOnContext(pass -> answered(first, reply, asked)),
                failure -> loop.runOnContext(pass -> failed(first, failure)));
      }
    }

    private void answered(Waiter asker, Reply reply, long askedNanos) {
      isAsking = false;
      if (reply.isHeld()) {
        asker.acquired(reply, askedNanos);
      } else if (reply.state() == State.FULL) {
        asker.fail(Problem.of(ProblemType.TOO_MANY_LOCKS).asException());
      } else if (asker.isLast) {
        asker.refused();
      }
      next(Math.max(1, store.pauseMillis(asker.request, reply.millis())));
    }

    private void failed(Waiter asker, Throwable failure) {
      isAsking = false;
      asker.fail(failure);
      next(1);
    }

    private void next(long pauseMillis) {
      Waiter first = waiters.peek();
      if (first == null || isWoken || first.isLast) {
        ask();
      } else {
        timer = loop.setTimer(pauseMillis, fired -> ask());
      }
    }
  }

  /** One request for a lock. */
  private final class Waiter {
    private final LockRequest request;
    private final UniEmitter<? super Grant> emitter;
    private final long since = System.nanoTime();
    private final Duration wait;
    private Line line;
    private long timer = NEVER;

    /** Whether it has no time left to be asked for again. */
    private boolean isLast;

    Waiter(LockRequest request, Duration wait, UniEmitter<? super Grant> emitter) {
      this.request = request;
      this.wait = wait;
      this.emitter = emitter;
      this.isLast = wait.isZero();
    }

    void join() {
      if (isClosed) {
        emitter.fail(Problem.of(ProblemType.SHUTTING_DOWN).asException());
        return;
      }
      if (waiting >= maxWaiting) {
        emitter.fail(Problem.of(ProblemType.OVERLOADED).asException());
        return;
      }
      if (!isLast) {
        listen();
        timer = loop.setTimer(Math.max(1, wait.toMillis()), fired -> end());
      }
      // Who does not wait is in nobody's way.
      boolean isAlone = isLast || request.permits() > 0;
      String key = isAlone ? ofToken(request.token()) : ofName(request.name());
      line = lines.computeIfAbsent(key, Line::new);
      line.waiters.add(this);
      waiting++;
      if (line.waiters.peek() == this && !line.isAsking) {
        line.ask();
      }
    }

    /** The time to wait is over. */
    private void end() {
      isLast = true;
      if (request.permits() > 0) {
        // Asks once more, which ends its place in the store.
        line.ask();
      } else if (!line.isAsking || line.waiters.peek() != this) {
        refused();
      }
    }

    private void acquired(Reply reply, long askedNanos) {
      if (leave()) {
        record(Outcome.ACQUIRED);
        emitter.complete(grant(request.name(), request.token(), reply, askedNanos));
      } else if (!request.mayRepeat()) {
        // The client has left. One that may repeat its request would lose what that returned.
        store
            .release(request.name(), request.token())
            .subscribe()
            .with(released -> {}, failure -> {});
      }
    }

    private void refused() {
      if (leave()) {
        record(Outcome.REFUSED);
        emitter.complete(null);
      }
    }

    private void fail(Throwable failure) {
      if (leave()) {
        record(Outcome.FAILED);
        emitter.fail(failure);
      }
    }

    private void record(Outcome outcome) {
      metrics.waits(outcome).record(System.nanoTime() - since, TimeUnit.NANOSECONDS);
    }

    /** Leaves the line; returns false if it had left before. */
    private boolean leave() {
      if (line == null) {
        return false;
      }
      loop.owner().cancelTimer(timer);
      line.waiters.remove(this);
      waiting--;
      if (line.waiters.isEmpty() && !line.isAsking) {
        line.ask();
      }
      line = null;
      return true;
    }
  }

  private static String ofName(String name) {
    return "name " + name;
  }

  private static String ofToken(String token) {
    return "token " + token;
  }

  private void listen() {
    if (!isListening) {
      isListening = true;
      store.listen(
          new LockStore.Listener() {
            @Override
            public void free(String key) {
              loop.runOnContext(
                  pass -> {
                    wake(lines.get(ofName(key)));
                    wake(lines.get(ofToken(key)));
                  });
            }

            @Override
            public void anyMayBeFree() {
              loop.runOnContext(pass -> List.copyOf(lines.values()).forEach(Locks::wake));
            }
          });
    }
  }

  private static void wake(Line line) {
    if (line != null) {
      line.ask();
    }
  }
}

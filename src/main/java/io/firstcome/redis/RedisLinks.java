package io.firstcome.redis;

import io.netty.util.concurrent.FastThreadLocal;
import io.quarkus.redis.client.RedisOptionsCustomizer;
import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The link of each event loop to Redis, see {@link RedisLink}: what runs on an event loop talks to
 * Redis on that same one, and shares no lock and no queue with the others.
 */
@ApplicationScoped
public class RedisLinks {

  private final Vertx vertx;
  private final Scripts scripts;
  private final LinkConfig config;
  private final RedisOptions options;
  private final List<RedisLink> all = new CopyOnWriteArrayList<>();
  private final List<Barrier> barriers = new CopyOnWriteArrayList<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private final FastThreadLocal<RedisLink> ofThisLoop =
      new FastThreadLocal<>() {
        @Override
        protected RedisLink initialValue() {
          return create();
        }
      };

  /**
   * @param redis the client that Quarkus made: making it tells the {@link Settings}
   */
  @Inject
  RedisLinks(Vertx vertx, Redis redis, Settings settings, Scripts scripts, LinkConfig config) {
    // A proxy until it is used.
    redis.toString();
    this.vertx = vertx;
    this.scripts = scripts;
    this.config = config;
    this.options = new RedisOptions(settings.options);
    if (options.getType() == RedisClientType.STANDALONE) {
      // Of a cluster it has one for each node.
      options.setMaxPoolSize(1);
    }
  }

  /**
   * The link of the event loop that runs the caller.
   *
   * @throws IllegalStateException when called elsewhere
   */
  public RedisLink current() {
    return ofThisLoop.get();
  }

  /** A client of its own, that nobody else waits for; to be closed by the caller. */
  public Redis client() {
    return Redis.createClient(vertx, options);
  }

  /**
   * A barrier on the event loop of this link.
   *
   * @param replicas how many must have got there; 0: all that are connected, at least one
   */
  public Barrier barrier(RedisLink link, int replicas, Barrier.Listener listener) {
    Barrier barrier =
        new Barrier(link.context(), this::client, scripts.timeout(), replicas, listener);
    barriers.add(barrier);
    return barrier;
  }

  /**
   * Tells when a link was lost or left, and again when it is there anew: Redis may then be another
   * server, which knows less. On the event loop of the link.
   */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  private RedisLink create() {
    Context context = Vertx.currentContext();
    if (context == null || !Context.isOnEventLoopThread()) {
      throw new IllegalStateException("Not on an event loop: " + Thread.currentThread().getName());
    }
    RedisLink link =
        new RedisLink(
            next.getAndIncrement(),
            contextOfItsOwn((ContextInternal) context),
            this::client,
            scripts,
            config,
            options.getType() == RedisClientType.STANDALONE
                || options.getType() == RedisClientType.SENTINEL,
            () -> listeners.forEach(Runnable::run));
    all.add(link);
    return link;
  }

  /** On the same event loop, but not the HTTP server's: that one takes its clients with it. */
  private static ContextInternal contextOfItsOwn(ContextInternal http) {
    return http.owner()
        .createEventLoopContext(http.nettyEventLoop(), http.workerPool(), http.classLoader());
  }

  /** Last: what stops may still have to say something. */
  void stop(@Observes @Priority(Integer.MAX_VALUE) ShutdownEvent event) {
    barriers.forEach(Barrier::close);
    all.forEach(RedisLink::close);
  }

  /** How Quarkus was told to reach Redis: hosts, TLS, password and all else. */
  @Singleton
  static class Settings implements RedisOptionsCustomizer {

    private volatile RedisOptions options;

    @Override
    public void customize(String client, RedisOptions options) {
      if (client.equals("<default>")) {
        NetClientOptions net = options.getNetClientOptions();
        if (net.getHostnameVerificationAlgorithm() == null) {
          // A named TLS configuration that says nothing of it would fail at each connection.
          net.setHostnameVerificationAlgorithm("HTTPS");
        }
        this.options = new RedisOptions(options);
      }
    }
  }
}

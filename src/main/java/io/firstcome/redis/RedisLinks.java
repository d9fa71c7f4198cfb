package io.firstcome.redis;

import io.netty.util.concurrent.FastThreadLocal;
import io.quarkus.runtime.ShutdownEvent;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Redis;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The link of each event loop to Redis, see {@link RedisLink}: what runs on an event loop talks to
 * Redis on that same one, and shares no lock and no queue with the others.
 */
@ApplicationScoped
public class RedisLinks {

  private final Vertx vertx;
  private final Scripts scripts;
  private final LinkConfig config;
  private final Settings settings;
  private final ClusterNodes nodes;
  private final List<RedisLink> all = new CopyOnWriteArrayList<>();
  private final List<Barrier> barriers = new CopyOnWriteArrayList<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> leavers = new CopyOnWriteArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private final FastThreadLocal<RedisLink> ofThisLoop =
      new FastThreadLocal<>() {
        @Override
        protected RedisLink initialValue() {
          return create();
        }
      };

  @Inject
  RedisLinks(
      Vertx vertx, Settings settings, ClusterNodes nodes, Scripts scripts, LinkConfig config) {
    // A proxy until it is used; made, it has had the settings told.
    nodes.areClustered();
    this.settings = settings;
    this.nodes = nodes;
    this.vertx = vertx;
    this.scripts = scripts;
    this.config = config;
  }

  /**
   * The link of the event loop that runs the caller.
   *
   * @throws IllegalStateException when called elsewhere
   */
  public RedisLink current() {
    return ofThisLoop.get();
  }

  /**
   * A client of its own, that nobody else waits for; to be closed by the caller. Of a cluster it
   * reaches one node, another each time.
   */
  public Redis client() {
    return nodes.areClustered()
        ? client(nodes.any())
        : Redis.createClient(vertx, settings.inAnyOrder());
  }

  /** The same, of a cluster for the node that has what carries this tag. */
  public Redis clientOf(String tag) {
    return nodes.areClustered() ? client(nodeOf(tag)) : client();
  }

  private Redis client(String node) {
    return Redis.createClient(vertx, settings.only(node).setMaxPoolSize(1));
  }

  /** The node of a cluster that has what carries this tag; where there is none, always the same. */
  public String nodeOf(String tag) {
    return nodes.areClustered() ? nodes.nodeOf(Keys.ledger(tag)) : "";
  }

  /**
   * A barrier on the event loop of this link.
   *
   * @param node where it is to stand, see {@link #nodeOf}
   * @param replicas how many must have got there; 0: all that are connected, at least one
   * @param fsync whether they, and the primary, must have it on their disks
   */
  public Barrier barrier(
      RedisLink link, String node, int replicas, Fsync fsync, Barrier.Listener listener) {
    Barrier barrier =
        node.isEmpty()
            ? new Barrier(
                link.context(), this::client, scripts.timeout(), replicas, fsync, listener)
            : new Barrier(
                link.context(),
                () -> client(node),
                () -> nodes.keyOn(node, Keys::barrier),
                scripts.timeout(),
                replicas,
                fsync,
                listener);
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

  /**
   * Tells that another server is the primary now: whoever has a connection of its own to the old
   * one leaves it, whether it still answers or not. On any thread.
   */
  public void onSwitch(Runnable leaver) {
    leavers.add(leaver);
  }

  void leave(String why) {
    scripts.leave();
    all.forEach(link -> link.leave(why));
    leavers.forEach(Runnable::run);
  }

  private RedisLink create() {
    Context context = Vertx.currentContext();
    if (context == null || !Context.isOnEventLoopThread()) {
      throw new IllegalStateException("Not on an event loop: " + Thread.currentThread().getName());
    }
    int index = next.getAndIncrement();
    ContextInternal own = contextOfItsOwn((ContextInternal) context);
    RedisLink link = link(index, own, this::client);
    if (nodes.areClustered()) {
      link.to(new ClusterLink(nodes, own, scripts, node -> link(index, own, () -> client(node))));
    }
    all.add(link);
    return link;
  }

  private RedisLink link(int index, ContextInternal context, Supplier<Redis> clients) {
    return new RedisLink(
        index,
        context,
        clients,
        scripts,
        config,
        nodes.areClustered() || settings.reachesOneServer(),
        () -> listeners.forEach(Runnable::run));
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
}

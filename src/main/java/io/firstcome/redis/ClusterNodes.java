package io.firstcome.redis;

import io.netty.channel.ConnectTimeoutException;
import io.quarkus.runtime.ShutdownEvent;
import io.smallrye.mutiny.TimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.core.impl.VertxInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jboss.logging.Logger;

/**
 * The nodes of a Redis Cluster: who has which slot now, and a pool of connections to each.
 *
 * <p>Quarkus has a client for clusters. It wants a connection to every node for every call, so one
 * node that is gone stops the calls of all slots; here it stops those of its own.
 *
 * <p>What is known of the slots is asked for when it is first needed, and anew when a node says
 * that a slot is elsewhere or cannot be asked. Where there is no cluster, this does nothing.
 */
@ApplicationScoped
class ClusterNodes {

  private static final Logger LOG = Logger.getLogger(ClusterNodes.class);

  /** A call is sent on to another node this often at most. */
  static final int MAX_HOPS = 5;

  /** How long a call waits where some of its keys are on their way to another node. */
  static final long PAUSE_MILLIS = 20;

  /** The slots are not asked for more often. */
  private static final long MIN_AGE_NANOS = Duration.ofMillis(100).toNanos();

  /** A node that does not answer is asked this often whether it does again. */
  private static final long PROBE_NANOS = Duration.ofMillis(500).toNanos();

  private final Vertx vertx;
  private final Settings settings;
  private final Duration timeout;
  private final boolean clustered;
  private final Map<String, Node> pools = new ConcurrentHashMap<>();
  private final AtomicReference<Future<SlotMap>> asking = new AtomicReference<>();
  private volatile SlotMap slots;
  private volatile long askedNanos;

  /**
   * @param redis the client that Quarkus made: making it tells the {@link Settings}
   */
  ClusterNodes(Vertx vertx, Redis redis, Settings settings, RedisConfig config) {
    // A proxy until it is used.
    redis.toString();
    this.vertx = vertx;
    this.settings = settings;
    this.timeout = config.timeout();
    this.clustered = settings.type() == RedisClientType.CLUSTER;
  }

  boolean areClustered() {
    return clustered;
  }

  /** Whether sentinels tell which server is the primary. */
  boolean areWatched() {
    return settings.type() == RedisClientType.SENTINEL;
  }

  /** A pool of connections to the primary that sentinels tell. */
  Redis ofPrimary() {
    return create(settings.inAnyOrder());
  }

  /** The primary that has this slot, as far as known, or null. */
  String primary(int slot) {
    SlotMap known = slots;
    return known == null ? null : known.primary(slot);
  }

  /** The primary that has this slot; asks where it is not known. */
  Future<String> find(int slot) {
    String known = primary(slot);
    return known != null
        ? Future.succeededFuture(known)
        : ask()
            .compose(
                map ->
                    map.primary(slot) != null
                        ? Future.succeededFuture(map.primary(slot))
                        : Future.failedFuture(
                            new RedisLink.NoConnectionException("no node has slot " + slot)));
  }

  /** The primary that has this key, as far as known; else any. */
  String nodeOf(String key) {
    String primary = primary(SlotMap.slotOf(key.getBytes(StandardCharsets.UTF_8)));
    return primary == null ? any() : primary;
  }

  /** The first of some keys that this node has; the first of all where it has none of many. */
  String keyOn(String node, IntFunction<String> keys) {
    for (int i = 0; i < SlotMap.SLOTS && primaries().contains(node); i++) {
      if (node.equals(primary(SlotMap.slotOf(keys.apply(i).getBytes(StandardCharsets.UTF_8))))) {
        return keys.apply(i);
      }
    }
    return keys.apply(0);
  }

  /** All primaries, as far as known; else the nodes that were named. */
  Collection<String> primaries() {
    SlotMap known = slots;
    return known == null ? settings.hosts() : known.primaries();
  }

  /** Any node, for what any of them can tell; one that answers, as far as known. */
  String any() {
    return inAnyOrder().get(0);
  }

  /** All primaries, those that are known not to answer last. */
  private List<String> inAnyOrder() {
    List<String> all = new ArrayList<>(primaries());
    Collections.shuffle(all);
    all.sort(Comparator.comparing(this::isSilent));
    return all;
  }

  private boolean isSilent(String name) {
    Node node = pools.get(name);
    return node != null && node.silent;
  }

  /** A client for this node alone, that nobody else waits for; to be closed by the caller. */
  Redis client(String node) {
    return create(settings.only(node).setMaxPoolSize(1));
  }

  /** On no context of a caller: an HTTP server's takes its clients with it. */
  private Redis create(RedisOptions options) {
    ContextInternal own = ((VertxInternal) vertx).createEventLoopContext();
    ContextInternal before = own.beginDispatch();
    try {
      return Redis.createClient(vertx, options);
    } finally {
      own.endDispatch(before);
    }
  }

  /** The node to ask, where that one said so; null: the same one, a little later. */
  String follow(Redirect redirect, String asked) {
    switch (redirect.kind()) {
      case MOVED -> {
        String there = redirect.from(asked);
        moved(redirect.slot(), there);
        return there;
      }
      case ASK -> {
        return redirect.from(asked);
      }
      default -> {
        return null;
      }
    }
  }

  private synchronized void moved(int slot, String primary) {
    if (slots != null && !primary.equals(slots.primary(slot))) {
      slots = slots.with(slot, primary);
    }
    doubt();
  }

  /** A node could not be asked, or knows better: who has what is asked for anew. */
  void doubt() {
    if (System.nanoTime() - askedNanos >= MIN_AGE_NANOS) {
      ask()
          .onFailure(
              e -> LOG.debugf("Could not refresh the slot map of the cluster: %s", e.getMessage()));
    }
  }

  /** Asks one node after the other; all who want to know at once share the answer. */
  private Future<SlotMap> ask() {
    Promise<SlotMap> mine = Promise.promise();
    while (!asking.compareAndSet(null, mine.future())) {
      Future<SlotMap> others = asking.get();
      if (others != null) {
        return others;
      }
    }
    askedNanos = System.nanoTime();
    Set<String> candidates = new LinkedHashSet<>();
    candidates.addAll(inAnyOrder());
    candidates.addAll(settings.hosts());
    ask(List.copyOf(candidates), 0, mine);
    return mine.future()
        .andThen(
            done -> {
              if (done.succeeded()) {
                slots = done.result();
                prune(done.result());
              }
              asking.set(null);
            });
  }

  private void ask(List<String> candidates, int index, Promise<SlotMap> answer) {
    if (index == candidates.size()) {
      answer.fail(new RedisLink.NoConnectionException("no node of the cluster is reachable"));
      return;
    }
    String node = candidates.get(index);
    Redis client = client(node);
    Promise<SlotMap> one = Promise.promise();
    long timer =
        vertx.setTimer(
            Math.max(1, timeout.toMillis() / 4), late -> one.tryFail("it did not answer in time"));
    client
        .send(Request.cmd(Command.CLUSTER).arg("SLOTS"))
        .map(reply -> SlotMap.of(node, reply))
        .onComplete(
            done -> {
              if (done.succeeded()) {
                one.tryComplete(done.result());
              } else {
                one.tryFail(done.cause());
              }
            });
    one.future()
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              client.close();
              if (done.succeeded() && !done.result().primaries().isEmpty()) {
                answer.complete(done.result());
              } else {
                ask(candidates, index + 1, answer);
              }
            });
  }

  /** What there is no more is left. */
  private void prune(SlotMap map) {
    for (String node : List.copyOf(pools.keySet())) {
      if (!map.primaries().contains(node)) {
        Node gone = pools.remove(node);
        if (gone != null) {
          gone.pool.close();
        }
      }
    }
  }

  /**
   * Sends a command to the node that has this key, and on to where that node says.
   *
   * @param key null: to any node
   */
  Future<Response> send(String key, Request request) {
    if (key == null) {
      return sendToFirst(inAnyOrder().iterator(), request);
    }
    int slot = SlotMap.slotOf(key.getBytes(StandardCharsets.UTF_8));
    long deadline = System.nanoTime() + timeout.toNanos();
    return find(slot).compose(node -> send(node, request, false, MAX_HOPS, deadline));
  }

  private Future<Response> send(
      String node, Request request, boolean asking, int hops, long deadline) {
    Future<Response> sent = asking ? sendAsking(node, request) : sendTo(node, request);
    return sent.recover(
        e -> {
          Redirect redirect = Redirect.of(e);
          if (redirect == null || hops == 0 || System.nanoTime() >= deadline) {
            return Future.failedFuture(e);
          }
          String next = follow(redirect, node);
          if (next != null) {
            boolean once = redirect.kind() == Redirect.Kind.ASK;
            return send(next, request, once, hops - 1, deadline);
          }
          Promise<Response> later = Promise.promise();
          vertx.setTimer(
              PAUSE_MILLIS, timer -> send(node, request, asking, hops, deadline).onComplete(later));
          return later.future();
        });
  }

  private Future<Response> sendToFirst(Iterator<String> nodes, Request request) {
    return sendTo(nodes.next(), request)
        .recover(
            e ->
                Scripts.isReply(e) || !nodes.hasNext()
                    ? Future.failedFuture(e)
                    : sendToFirst(nodes, request));
  }

  Future<Response> sendTo(String node, Request request) {
    return sent(node, pool -> pool.send(request));
  }

  private Future<Response> sendAsking(String node, Request request) {
    return sent(
        node,
        pool ->
            pool.connect()
                .compose(
                    connection -> {
                      connection.send(Request.cmd(Command.ASKING));
                      return connection.send(request).eventually(() -> connection.close());
                    }));
  }

  private Future<Response> sent(String name, Function<Redis, Future<Response>> call) {
    Node node = pools.computeIfAbsent(name, n -> new Node(create(settings.only(n))));
    if (!node.mayBeAsked()) {
      doubt();
      return Future.failedFuture(new RedisLink.NoConnectionException(name + " does not answer"));
    }
    Promise<Response> answer = Promise.promise();
    long timer =
        vertx.setTimer(
            timeout.toMillis(),
            late -> {
              if (answer.tryFail(new TimeoutException())) {
                node.fellSilent();
                doubt();
              }
            });
    call.apply(node.pool)
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              if (done.succeeded() || Scripts.isReply(done.cause())) {
                node.answered();
              } else {
                if (done.cause() instanceof ConnectTimeoutException) {
                  node.fellSilent();
                }
                doubt();
              }
              if (done.succeeded()) {
                answer.tryComplete(done.result());
              } else {
                answer.tryFail(done.cause());
              }
            });
    return answer.future();
  }

  void stop(@Observes @Priority(Integer.MAX_VALUE) ShutdownEvent event) {
    pools.values().forEach(node -> node.pool.close());
  }

  /**
   * A node, and whether it answers. One that hangs is asked now and then, not by everybody: who
   * drains, sweeps or audits one ledger after the other would wait for it each time, and the
   * ledgers of other nodes with it.
   */
  private static final class Node {

    final Redis pool;
    private volatile boolean silent;
    private final AtomicLong askedNanos = new AtomicLong();

    Node(Redis pool) {
      this.pool = pool;
    }

    boolean mayBeAsked() {
      if (!silent) {
        return true;
      }
      long last = askedNanos.get();
      long now = System.nanoTime();
      return now - last >= PROBE_NANOS && askedNanos.compareAndSet(last, now);
    }

    void fellSilent() {
      askedNanos.set(System.nanoTime());
      silent = true;
    }

    void answered() {
      silent = false;
    }
  }
}

package io.firstcome.redis;

import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Tells when replicas of Redis have what was written before, to whoever waits on one event loop.
 *
 * <p>In rounds, on a connection of its own, since {@code WAIT} holds up all that is behind it: one
 * small write, then {@code WAIT}. Replication is one stream, so a replica that has the write has
 * all that the same server wrote before it, on whichever connection. While a round is on its way
 * who comes gathers for the next: however many there are, a round serves them all.
 *
 * <p>Where the server can tell what is on disks ({@link Fsync}) it is {@code WAITAOF}.
 *
 * <p>A round says nothing of what another server wrote, nor this one before it was demoted and
 * promoted again, so the {@link ServerIdentity} is told with it, as it is when the round is over.
 * {@code WAIT} does not bind a failover: whether it picks a replica that had got there is for
 * whoever carries it out.
 *
 * <p>Nothing here is for other threads.
 *
 * @see <a href="https://redis.io/docs/latest/commands/wait/">WAIT</a>
 * @see <a href="https://redis.io/docs/latest/commands/waitaof/">WAITAOF</a>
 */
public final class Barrier {

  /** Told on the event loop. */
  public interface Listener {

    /**
     * Enough replicas have all that this server wrote before this round, and before all rounds that
     * were asked for earlier.
     *
     * @return whether somebody waits for an earlier round, whom another server must have told
     */
    boolean passed(String server, long round);

    /** Whether anybody waits for a round still. */
    boolean isAwaited();
  }

  private static final Logger LOG = Logger.getLogger(Barrier.class);

  /**
   * How long {@code WAIT} waits: then it is asked how many replicas there are, and there is a new
   * round, twice as long, as they may be far away. Not the same one: older servers wait for what
   * they sent themselves meanwhile.
   */
  private static final long MIN_MILLIS = 100;

  private static final long MAX_MILLIS = 2_000;

  /**
   * The same of {@code WAITAOF}, which asks replicas what they have on their disks when it begins,
   * and is called again in the same round: what they have written since they tell when asked.
   */
  private static final long MIN_DISK_MILLIS = 4;

  private static final long MAX_DISK_MILLIS = 64;

  /** Then it is said that disks are what is missing: longer than between two writes to them. */
  private static final long COMPLAIN_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final long FIRST_BACKOFF_MILLIS = 10;
  private static final long MAX_BACKOFF_MILLIS = 250;

  private static final Pattern ONLINE = Pattern.compile("slave\\d+:.*state=online");

  private final ContextInternal context;
  private final Supplier<Redis> clients;
  private final Supplier<String> keys;
  private final long timeoutMillis;
  private final int replicas;
  private final Fsync fsync;
  private final Listener listener;

  /** Null where there is no connection, nor an attempt to make one. The rest belongs to it. */
  private Redis client;

  private RedisConnection connection;

  /** What it says of itself; the rest of its identity is asked for in each round. */
  private String serverInfo;

  private boolean onDisks;

  /** Whether this round has made its small write. */
  private boolean written;

  private boolean running;

  private boolean scheduled;
  private boolean resting;
  private boolean closed;
  private boolean complained;
  private long round;
  private long began;
  private long waitMillis;
  private boolean complainedOfDisks;
  private long needed;
  private long backoffMillis = FIRST_BACKOFF_MILLIS;

  /**
   * @param clients each a client of its own
   * @param timeout how long Redis may take to answer, and to be connected
   * @param replicas how many must have got there; 0: all that are connected, at least one
   * @param fsync whether they, and the primary, must have it on their disks
   */
  Barrier(
      ContextInternal context,
      Supplier<Redis> clients,
      Duration timeout,
      int replicas,
      Fsync fsync,
      Listener listener) {
    this(context, clients, Keys::barrier, timeout, replicas, fsync, listener);
  }

  /**
   * @param keys what is written: of a cluster, a key of the node that is reached
   */
  Barrier(
      ContextInternal context,
      Supplier<Redis> clients,
      Supplier<String> keys,
      Duration timeout,
      int replicas,
      Fsync fsync,
      Listener listener) {
    this.context = context;
    this.clients = clients;
    this.keys = keys;
    this.timeoutMillis = timeout.toMillis();
    this.replicas = replicas;
    this.fsync = fsync;
    this.needed = Math.max(1, replicas);
    this.listener = listener;
  }

  /** Asks for a round that covers what has been told until now; answers its number. */
  public long ask() {
    schedule();
    return round + 1;
  }

  private void schedule() {
    if (!scheduled && !running && !resting && !closed) {
      scheduled = true;
      context.runOnContext(v -> go());
    }
  }

  private void go() {
    scheduled = false;
    if (closed || running) {
      return;
    }
    if (connection != null) {
      run(client, connection);
    } else if (client == null) {
      connect();
    }
  }

  private void connect() {
    Redis mine = clients.get();
    client = mine;
    context.setTimer(
        timeoutMillis,
        timer -> {
          if (client == mine && connection == null) {
            giveUp("Redis did not answer in time");
          }
        });
    mine.connect()
        .flatMap(
            made ->
                made.send(Request.cmd(Command.INFO).arg("server"))
                    .flatMap(
                        info ->
                            fsync
                                .on(made)
                                .onSuccess(disks -> connected(mine, made, info.toString(), disks))))
        .onFailure(
            e -> {
              if (client == mine) {
                giveUp(e.getMessage());
              }
            });
  }

  private void connected(Redis mine, RedisConnection made, String info, boolean disks) {
    if (client != mine) {
      return;
    }
    serverInfo = info;
    onDisks = disks;
    waitFor(0);
    connection = made;
    made.exceptionHandler(e -> lost(mine, e.getMessage()));
    made.endHandler(end -> lost(mine, "it was closed"));
    run(mine, made);
  }

  private void lost(Redis mine, String why) {
    if (client == mine) {
      giveUp("the connection was lost: " + why);
    }
  }

  private void run(Redis mine, RedisConnection on) {
    running = true;
    List<Request> requests = new ArrayList<>(3);
    if (!written) {
      written = true;
      began = System.nanoTime();
      requests.add(Request.cmd(Command.SET).arg(keys.get()).arg(++round));
    }
    requests.add(
        onDisks
            ? Request.cmd(Fsync.WAITAOF).arg(1).arg(needed).arg(waitMillis)
            : Request.cmd(Command.WAIT).arg(needed).arg(waitMillis));
    requests.add(Request.cmd(Command.INFO).arg("replication"));
    long timer =
        context.setTimer(
            waitMillis + timeoutMillis,
            late -> {
              if (client == mine) {
                giveUp("Redis did not answer in time");
              }
            });
    on.batch(requests)
        .onComplete(
            done -> {
              context.owner().cancelTimer(timer);
              if (client != mine) {
                return;
              }
              if (done.succeeded()) {
                ran(done.result());
              } else {
                giveUp(done.cause().getMessage());
              }
            });
  }

  private void ran(List<Response> replies) {
    running = false;
    Response waited = replies.get(replies.size() - 2);
    String info = replies.get(replies.size() - 1).toString();
    needed = needed(replicas, info);
    long nanos = System.nanoTime() - began;
    if (isEnough(waited)) {
      written = false;
      complainedOfDisks = false;
      waitFor(onDisks ? 0 : 2 * TimeUnit.NANOSECONDS.toMillis(nanos));
      if (listener.passed(ServerIdentity.of(serverInfo + info), round)) {
        giveUp("another server took over");
        return;
      }
    } else {
      written = onDisks;
      waitFor(2 * waitMillis);
      if (onDisks && nanos > COMPLAIN_NANOS && !complainedOfDisks) {
        complainedOfDisks = true;
        LOG.warnf(
            "REPLICA acknowledgements are blocked: only %d of %d Redis replicas confirm fsync. The others lag, their disks are slow, or they have no append-only file. Check INFO replication and CONFIG GET appendonly; set appendonly yes, or firstcome.acknowledge.fsync=never",
            waited.get(1).toLong(), needed);
      }
    }
    complained = false;
    backoffMillis = FIRST_BACKOFF_MILLIS;
    if (listener.isAwaited()) {
      schedule();
    }
  }

  /**
   * How many replicas must have it.
   *
   * @param replicas as it is set; 0: all that are connected, at least one
   * @param info what the server says of its replication
   */
  public static long needed(int replicas, String info) {
    return replicas > 0 ? replicas : Math.max(1, online(info));
  }

  /** How many replicas follow the server that says this of its replication. */
  public static long online(String info) {
    return ONLINE.matcher(info).results().count();
  }

  /** The next time, within what is sensible. */
  private void waitFor(long millis) {
    waitMillis =
        onDisks
            ? Math.max(MIN_DISK_MILLIS, Math.min(millis, MAX_DISK_MILLIS))
            : Math.max(MIN_MILLIS, Math.min(millis, MAX_MILLIS));
  }

  private boolean isEnough(Response waited) {
    return onDisks
        ? waited.get(0).toLong() >= 1 && waited.get(1).toLong() >= needed
        : waited.toLong() >= needed;
  }

  private void giveUp(String why) {
    if (!complained) {
      LOG.warnf("Cannot wait for replicas of Redis (%s); retrying", why);
      complained = true;
    }
    drop();
    resting = true;
    long wait = backoffMillis + ThreadLocalRandom.current().nextLong(backoffMillis);
    backoffMillis = Math.min(2 * backoffMillis, MAX_BACKOFF_MILLIS);
    context.setTimer(
        wait,
        timer -> {
          resting = false;
          if (listener.isAwaited()) {
            schedule();
          }
        });
  }

  private void drop() {
    Redis old = client;
    client = null;
    connection = null;
    running = false;
    written = false;
    if (old != null) {
      old.close();
    }
  }

  void close() {
    context.runOnContext(
        v -> {
          closed = true;
          drop();
        });
  }
}

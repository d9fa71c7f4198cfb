package io.firstcome.redis;

import io.firstcome.redis.RedisException.Outcome;
import io.vertx.core.Handler;
import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * One pipelined connection to Redis, used by one event loop alone; of a cluster {@link ClusterLink
 * one to each node}.
 *
 * <p>Calls are sent at once, one behind the other, and answered in that order. Every call is
 * answered exactly once:
 *
 * <ul>
 *   <li>by the reply;
 *   <li>{@link Outcome#UNKNOWN} when the connection was lost, or no reply came in time. Replies
 *       come in order, so one that is late holds up all behind it: the connection is given up;
 *   <li>{@link Outcome#NOT_DONE} when it was not sent: there is no connection, and the last attempt
 *       to make one failed or took too long. Then it is refused at once, until there is one again;
 *   <li>{@link Outcome#OVERLOADED} when too many are on their way.
 * </ul>
 *
 * <p>Nothing here is for other threads.
 */
public final class RedisLink {

  /** What becomes of a call, told once, on the event loop of the link. */
  public interface Answer {
    void reply(Response reply);

    void failed(RedisException e);
  }

  /**
   * Stands for the identity of the server, {@code run_id:master_replid}, among the arguments of a
   * call: which one it goes to is known when it is sent. Empty where it is not known.
   */
  public static final byte[] SERVER = new byte[0];

  private static final Logger LOG = Logger.getLogger(RedisLink.class);
  private static final long FIRST_BACKOFF_MILLIS = 10;
  private static final long MAX_BACKOFF_MILLIS = 250;

  /** The time-out is looked after this often in its course. */
  private static final int LOOKS_PER_TIMEOUT = 10;

  private enum State {
    /** Not asked for yet. */
    IDLE,
    /** Calls wait for the first connection. */
    CONNECTING,
    UP,
    /**
     * The connection was lost, or none came about. It is tried again; until then calls are refused.
     */
    DOWN,
    CLOSED
  }

  private static final class Call {
    final Script script;
    final int keys;
    final byte[][] keysAndArgs;
    final Answer answer;

    /** Whether the slot of its keys is on its way to this server. */
    final boolean asking;

    long sentNanos;
    boolean answered;

    Call(Script script, int keys, byte[][] keysAndArgs, Answer answer, boolean asking) {
      this.script = script;
      this.keys = keys;
      this.keysAndArgs = keysAndArgs;
      this.answer = answer;
      this.asking = asking;
    }
  }

  private final int index;
  private final ContextInternal context;
  private final Supplier<Redis> clients;
  private final Scripts scripts;
  private final int maxCalls;
  private final long timeoutNanos;
  private final Runnable changed;
  private final boolean oneServer;

  /** In the order they were made; those answered stay until they are first. */
  private final ArrayDeque<Call> calls = new ArrayDeque<>();

  /** Null where there is no cluster. */
  private ClusterLink cluster;

  private State state = State.IDLE;
  private Redis client;
  private RedisConnection connection;
  private long backoffMillis = FIRST_BACKOFF_MILLIS;
  private boolean watching;

  /** Of the connection there is; empty where there is none, or it is not known. */
  private byte[] server = SERVER;

  /**
   * @param oneServer whether a connection is to one server alone: of a cluster it is to many
   * @param changed told when the connection is lost or left, and when there is one again
   */
  RedisLink(
      int index,
      ContextInternal context,
      Supplier<Redis> clients,
      Scripts scripts,
      LinkConfig config,
      boolean oneServer,
      Runnable changed) {
    this.index = index;
    this.context = context;
    this.clients = clients;
    this.scripts = scripts;
    this.maxCalls = config.maxCalls();
    this.timeoutNanos = scripts.timeout().toNanos();
    this.oneServer = oneServer;
    this.changed = changed;
  }

  /** From 0, in the order the event loops came: for tables that have one place for each loop. */
  public int index() {
    return index;
  }

  /** How long a call may take. */
  public Duration timeout() {
    return scripts.timeout();
  }

  /** Runs this at the end of what the event loop does now. */
  public void soon(Handler<Void> task) {
    context.runOnContext(task);
  }

  /** Runs this on the event loop of this link after some time. */
  public void after(Duration delay, Runnable task) {
    context.setTimer(Math.max(1, delay.toMillis()), timer -> task.run());
  }

  ContextInternal context() {
    return context;
  }

  /**
   * Calls a script.
   *
   * @param keys how many of the first {@code keysAndArgs} are keys
   */
  public void call(Script script, int keys, byte[][] keysAndArgs, Answer answer) {
    if (cluster == null) {
      call(script, keys, keysAndArgs, answer, false);
    } else {
      cluster.call(script, keys, keysAndArgs, answer);
    }
  }

  /**
   * @param asking whether the slot of its keys is on its way to this server, as another one told
   */
  void call(Script script, int keys, byte[][] keysAndArgs, Answer answer, boolean asking) {
    if (state == State.DOWN || state == State.CLOSED) {
      answer.failed(scripts.explain(new NoConnectionException("not connected")));
      return;
    }
    if (calls.size() >= maxCalls) {
      answer.failed(scripts.overloaded(maxCalls + " calls to Redis are in flight"));
      return;
    }
    Call call = new Call(script, keys, keysAndArgs, answer, asking);
    calls.add(call);
    if (!watching) {
      watchAgain();
    }
    if (state == State.UP) {
      send(call, Command.EVALSHA, script.sha());
    } else if (state == State.IDLE) {
      state = State.CONNECTING;
      context.runOnContext(v -> connect());
    }
  }

  private void send(Call call, Command command, String script) {
    call.sentNanos = System.nanoTime();
    Request request = Request.cmd(command).arg(script).arg(call.keys);
    for (byte[] arg : call.keysAndArgs) {
      request.arg(arg == SERVER ? server : arg);
    }
    if (call.asking) {
      // For the one that comes next. Whatever it says, that one says it again.
      connection.send(Request.cmd(Command.ASKING));
    }
    connection
        .send(request)
        .onComplete(
            done -> {
              if (call.answered) {
                return;
              }
              if (done.succeeded()) {
                answered(call);
                call.answer.reply(done.result());
              } else if (command == Command.EVALSHA && Scripts.isUnknownScript(done.cause())) {
                // Nothing ran. As text, which also teaches the server.
                send(call, Command.EVAL, call.script.source());
              } else if (Scripts.isReply(done.cause())) {
                answered(call);
                call.answer.failed(scripts.explain(done.cause()));
                if (isNoLongerPrimary(done.cause())) {
                  giveUp("Redis is no longer the primary: " + done.cause().getMessage());
                }
              } else {
                giveUp("The connection to Redis was lost: " + done.cause().getMessage());
              }
            });
  }

  private void answered(Call call) {
    call.answered = true;
    while (!calls.isEmpty() && calls.peek().answered) {
      calls.poll();
    }
  }

  private void connect() {
    if (state == State.CLOSED) {
      return;
    }
    Redis mine = clients.get();
    client = mine;
    context.setTimer(
        scripts.timeout().toMillis(),
        timer -> {
          if (client == mine && connection == null) {
            giveUp("Redis did not answer within " + scripts.timeout().toMillis() + " ms");
          }
        });
    mine.connect()
        .onComplete(
            done -> {
              if (client != mine) {
                return;
              }
              if (done.succeeded()) {
                identify(mine, done.result());
              } else {
                giveUp("Redis cannot be reached: " + done.cause().getMessage());
              }
            });
  }

  /** Asks which server it is before anything else is asked of it. */
  private void identify(Redis mine, RedisConnection made) {
    if (!oneServer) {
      connected(mine, made, SERVER);
      return;
    }
    made.send(Request.cmd(Command.INFO))
        .onComplete(
            done -> {
              if (client != mine) {
                return;
              }
              if (done.succeeded()) {
                connected(mine, made, identity(done.result()));
              } else if (Scripts.isReply(done.cause())) {
                // It may not be asked; then the scripts cannot either, and say so.
                connected(mine, made, SERVER);
              } else {
                giveUp("Redis cannot be reached: " + done.cause().getMessage());
              }
            });
  }

  /**
   * What a script has said does not fit: an identity changes while a connection lives, too, as when
   * a first replica comes. Until it is known anew the scripts ask for it.
   *
   * @param key what the script was called for
   */
  public void doubtServer(byte[] key) {
    if (cluster != null) {
      cluster.doubtServer(key);
      return;
    }
    RedisConnection asked = connection;
    if (asked == null || server.length == 0) {
      return;
    }
    server = SERVER;
    asked
        .send(Request.cmd(Command.INFO))
        .onSuccess(
            info -> {
              if (connection == asked) {
                server = identity(info);
              }
            });
  }

  private static byte[] identity(Response info) {
    return ServerIdentity.of(info.toString()).getBytes(StandardCharsets.US_ASCII);
  }

  private void connected(Redis mine, RedisConnection made, byte[] identity) {
    connection = made;
    server = identity;
    boolean again = state == State.DOWN;
    state = State.UP;
    if (again) {
      changed.run();
    }
    backoffMillis = FIRST_BACKOFF_MILLIS;
    made.exceptionHandler(e -> lost(mine, e.getMessage()));
    made.endHandler(end -> lost(mine, "it was closed"));
    for (Call call : calls.toArray(new Call[0])) {
      if (connection == made) {
        send(call, Command.EVALSHA, call.script.sha());
      }
    }
  }

  private void lost(Redis mine, String why) {
    if (client == mine) {
      giveUp("The connection to Redis was lost: " + why);
    }
  }

  /** Ends the connection, or the attempt to make one, and with it all calls; tries again later. */
  private void giveUp(String why) {
    if (state != State.DOWN) {
      LOG.warnf("%s. Link %d rejects claims until it has reconnected", why, index);
    }
    // First of all: whatever becomes of the answers, it is tried again.
    long wait = backoffMillis + ThreadLocalRandom.current().nextLong(backoffMillis);
    backoffMillis = Math.min(2 * backoffMillis, MAX_BACKOFF_MILLIS);
    context.setTimer(wait, timer -> connect());
    // Before those who waited are told, and ask again.
    if (state == State.UP) {
      changed.run();
    }
    drop(State.DOWN, why);
  }

  private void drop(State next, String why) {
    boolean sent = state == State.UP;
    state = next;
    connection = null;
    server = SERVER;
    Redis old = client;
    client = null;
    if (old != null) {
      old.close();
    }
    Call[] lost = calls.toArray(new Call[0]);
    calls.clear();
    for (Call call : lost) {
      if (!call.answered) {
        call.answered = true;
        call.answer.failed(
            scripts.explain(sent ? new LostReplyException(why) : new NoConnectionException(why)));
      }
    }
  }

  private void watch() {
    Call oldest = calls.peek();
    if (state == State.UP
        && oldest != null
        && System.nanoTime() - oldest.sentNanos >= timeoutNanos) {
      giveUp("Redis did not reply within " + scripts.timeout().toMillis() + " ms");
    }
    watching = false;
    if (!calls.isEmpty()) {
      watchAgain();
    }
  }

  private void watchAgain() {
    watching = true;
    context.setTimer(
        Math.max(1, scripts.timeout().toMillis() / LOOKS_PER_TIMEOUT), timer -> watch());
  }

  /** Leaves the server, though it may still answer. On any thread. */
  void leave(String why) {
    context.runOnContext(
        v -> {
          if (state == State.UP || state == State.CONNECTING) {
            giveUp(why);
          }
        });
  }

  void close() {
    if (cluster != null) {
      cluster.close();
    }
    context.runOnContext(v -> drop(State.CLOSED, "This replica is shutting down"));
  }

  /** Ends the connection where nobody waits for it. On the event loop. */
  boolean closeIfIdle() {
    if (!calls.isEmpty()) {
      return false;
    }
    drop(State.CLOSED, "This server is no longer used");
    return true;
  }

  /** From now on it has a connection to each node of a cluster. */
  RedisLink to(ClusterLink cluster) {
    this.cluster = cluster;
    return this;
  }

  private static boolean isNoLongerPrimary(Throwable e) {
    // Redis 6 puts its own words before what stopped a script.
    return e.getMessage().contains("READONLY");
  }

  /** It was never sent. */
  static final class NoConnectionException extends RuntimeException {
    NoConnectionException(String message) {
      super(message, null, false, false);
    }
  }

  /** It was sent, and what became of it is not known. */
  static final class LostReplyException extends RuntimeException {
    LostReplyException(String message) {
      super(message, null, false, false);
    }
  }
}

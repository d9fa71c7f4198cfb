package io.firstcome.redis;

import io.firstcome.redis.RedisException.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.Startup;
import io.smallrye.mutiny.TimeoutException;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Future;
import io.vertx.core.http.ConnectionPoolTooBusyException;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.types.ErrorType;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.net.ConnectException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Calls scripts and plain commands, each bounded in time.
 *
 * <p>A script is called by its digest. A server that does not know it (restarted, {@code SCRIPT
 * FLUSH}, a failover) says {@code NOSCRIPT} and has run nothing, so it is sent again once, as text,
 * which also teaches the server. {@code EVAL} rather than {@code SCRIPT LOAD}: it goes to the node
 * that owns the keys.
 */
@Startup
@ApplicationScoped
public class Scripts {

  /** One of several that hangs holds up the others for this part of the time. */
  private static final int ASKED_PER_TIMEOUT = 4;

  /** What they say that have no key: any node of a cluster can do it. */
  private static final Set<Command> ANYWHERE = Set.of(Command.INFO, Command.TIME);

  /** Of a primary that sentinels tell it is another one from time to time. */
  private volatile Redis redis;

  /** Null where there is no cluster. */
  private final ClusterNodes nodes;

  /** Null where the servers are always the same. */
  private final Supplier<Redis> another;

  private volatile long renewedNanos = System.nanoTime();
  private final Duration timeout;
  private final Counter unknown;
  private final Counter notDone;
  private final Counter overloaded;

  @Inject
  Scripts(Redis redis, ClusterNodes nodes, RedisConfig config, MeterRegistry metrics) {
    this(
        redis,
        nodes.areClustered() ? nodes : null,
        nodes.areWatched() ? nodes::ofPrimary : null,
        config.timeout(),
        metrics);
  }

  /** For a Redis that is no cluster. */
  public Scripts(Redis redis, RedisConfig config, MeterRegistry metrics) {
    this(redis, null, null, config.timeout(), metrics);
  }

  private Scripts(
      Redis redis,
      ClusterNodes nodes,
      Supplier<Redis> another,
      Duration timeout,
      MeterRegistry metrics) {
    this.redis = another == null ? redis : another.get();
    this.nodes = nodes;
    this.another = another;
    this.timeout = timeout;
    this.unknown = errors(metrics, "unknown");
    this.notDone = errors(metrics, "not-done");
    this.overloaded = errors(metrics, "overloaded");
  }

  /**
   * Runs a script.
   *
   * @return its reply, or a {@link RedisException} as the failure
   */
  public Uni<Response> run(Script script, List<String> keys, Collection<String> args) {
    return bounded(
        () ->
            send(keys.get(0), request(Command.EVALSHA, script.sha(), keys, args))
                .recover(
                    e ->
                        isUnknownScript(e)
                            ? send(keys.get(0), request(Command.EVAL, script.source(), keys, args))
                            : Future.failedFuture(e)));
  }

  /**
   * Sends one command.
   *
   * @param args the first is the key, where it has one; of {@code XINFO} the second
   * @return its reply (null for nil), or a {@link RedisException} as the failure
   */
  public Uni<Response> send(Command command, Object... args) {
    Request request = Request.cmd(command);
    for (Object arg : args) {
      request.arg(String.valueOf(arg));
    }
    String key = keyOf(command, args);
    return bounded(() -> send(key, request));
  }

  /** The time of Redis, to the microsecond; of some server, where there are several. */
  public Uni<Instant> time() {
    return send(Command.TIME)
        .map(
            time ->
                Instant.ofEpochSecond(
                    time.get(0).toLong(), TimeUnit.MICROSECONDS.toNanos(time.get(1).toLong())));
  }

  private static String keyOf(Command command, Object... args) {
    if (args.length == 0 || ANYWHERE.contains(command)) {
      return null;
    }
    return String.valueOf(command == Command.XINFO ? args[1] : args[0]);
  }

  private Future<Response> send(String key, Request request) {
    return nodes == null ? redis.send(request) : nodes.send(key, request);
  }

  /**
   * Asks every primary of a cluster the same, and the one server where there is no cluster.
   *
   * @return what those say that can be asked; the failure of one where none can
   */
  public Uni<List<Response>> ask(Command command, String... args) {
    if (nodes == null) {
      return send(command, (Object[]) args).map(List::of);
    }
    Request request = Request.cmd(command);
    for (String arg : args) {
      request.arg(arg);
    }
    List<Uni<Response>> all =
        nodes.primaries().stream().map(node -> bounded(() -> nodes.sendTo(node, request))).toList();
    return Uni.join()
        .all(all.stream().map(this::inPart).toList())
        .andFailFast()
        .map(replies -> replies.stream().filter(Objects::nonNull).toList())
        .flatMap(
            replies ->
                replies.isEmpty() ? all.get(0).map(List::of) : Uni.createFrom().item(replies));
  }

  /** Null where it takes too long, or fails. */
  private Uni<Response> inPart(Uni<Response> one) {
    return one.ifNoItem()
        .after(timeout.dividedBy(ASKED_PER_TIMEOUT))
        .recoverWithItem((Response) null)
        .onFailure()
        .recoverWithNull();
  }

  /**
   * Leaves the connections there are, though they may still answer, and makes others. Where
   * sentinels tell which server is the primary: the one that told may hang as well.
   */
  synchronized void leave() {
    if (another != null) {
      Redis old = redis;
      redis = another.get();
      old.close();
    }
  }

  private synchronized void leaveLate() {
    if (another != null && System.nanoTime() - renewedNanos >= timeout.toNanos()) {
      renewedNanos = System.nanoTime();
      leave();
    }
  }

  /** How long a call may take. */
  public Duration timeout() {
    return timeout;
  }

  private Uni<Response> bounded(Supplier<Future<Response>> call) {
    return Uni.createFrom()
        .<Response>emitter(
            emitter ->
                call.get()
                    .onComplete(
                        done -> {
                          if (done.succeeded()) {
                            emitter.complete(done.result());
                          } else {
                            emitter.fail(done.cause());
                          }
                        }))
        .ifNoItem()
        .after(timeout)
        .fail()
        .onFailure(TimeoutException.class)
        .invoke(this::leaveLate)
        .onFailure()
        .transform(this::explain);
  }

  private static Request request(
      Command command, String script, List<String> keys, Collection<String> args) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    args.forEach(request::arg);
    return request;
  }

  /** Whether Redis itself said no: it is there, and something is wrong with what it was asked. */
  static boolean isReply(Throwable e) {
    return e instanceof ErrorType error && !error.is("CONNECTION_CLOSED");
  }

  static boolean isUnknownScript(Throwable e) {
    return e instanceof ErrorType error && error.is("NOSCRIPT");
  }

  /** What a failure means for whoever called; counts it. */
  RedisException explain(Throwable e) {
    if (isReply(e)) {
      notDone.increment();
      return new RedisException(Outcome.NOT_DONE, "Redis refused: " + e.getMessage(), e);
    }
    if (e instanceof ConnectException || e instanceof RedisLink.NoConnectionException) {
      notDone.increment();
      return new RedisException(Outcome.NOT_DONE, "Redis cannot be reached: " + e.getMessage(), e);
    }
    if (e instanceof ConnectionPoolTooBusyException
        || String.valueOf(e.getMessage()).contains("waiting queue is full")) {
      return overloaded(e.getMessage());
    }
    unknown.increment();
    return new RedisException(
        Outcome.UNKNOWN,
        e instanceof TimeoutException
            ? "Redis did not reply within " + timeout.toMillis() + " ms"
            : "The reply of Redis was lost: " + e.getMessage(),
        e);
  }

  /** A call that is not sent because too many are on their way; counts it. */
  RedisException overloaded(String why) {
    overloaded.increment();
    return new RedisException(Outcome.OVERLOADED, why, null);
  }

  private static Counter errors(MeterRegistry metrics, String outcome) {
    return Counter.builder("firstcome.redis.errors")
        .description(
            "Failed calls to Redis, by outcome: not executed, unknown, or refused as overloaded")
        .tag("outcome", outcome)
        .register(metrics);
  }
}

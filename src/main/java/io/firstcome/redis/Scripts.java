package io.firstcome.redis;

import io.firstcome.redis.RedisException.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
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
import java.net.ConnectException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Calls scripts and plain commands, each bounded in time.
 *
 * <p>A script is called by its digest. A server that does not know it (restarted, {@code SCRIPT
 * FLUSH}, a failover) says {@code NOSCRIPT} and has run nothing, so it is sent again once, as text,
 * which also teaches the server. {@code EVAL} rather than {@code SCRIPT LOAD}: it goes to the node
 * that owns the keys.
 */
@ApplicationScoped
public class Scripts {

  private final Redis redis;
  private final Duration timeout;
  private final Counter unknown;
  private final Counter notDone;
  private final Counter overloaded;

  Scripts(Redis redis, RedisConfig config, MeterRegistry metrics) {
    this.redis = redis;
    this.timeout = config.timeout();
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
            redis
                .send(request(Command.EVALSHA, script.sha(), keys, args))
                .recover(
                    e ->
                        isUnknownScript(e)
                            ? redis.send(request(Command.EVAL, script.source(), keys, args))
                            : Future.failedFuture(e)));
  }

  /**
   * Sends one command.
   *
   * @return its reply (null for nil), or a {@link RedisException} as the failure
   */
  public Uni<Response> send(Command command, Object... args) {
    Request request = Request.cmd(command);
    for (Object arg : args) {
      request.arg(String.valueOf(arg));
    }
    return bounded(() -> redis.send(request));
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
        .description("Calls of Redis that failed, by what is known of their outcome")
        .tag("outcome", outcome)
        .register(metrics);
  }
}

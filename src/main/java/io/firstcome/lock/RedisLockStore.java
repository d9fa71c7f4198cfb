package io.firstcome.lock;

import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.firstcome.redis.Subscription;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** Locks in Redis, each decided by one script; see {@code lock-state.lua}. */
final class RedisLockStore implements LockStore {

  private static final Script TAKE = Script.named("lock-take");
  private static final Script PERMIT = Script.named("lock-permit");
  private static final Script EXTEND = Script.named("lock-extend");
  private static final Script RELEASE = Script.named("lock-release");

  /** A waiter in line for a permit says so often that it still waits. */
  private static final long REFRESH_MILLIS = 2_000;

  /** Its place is kept for so long: a waiter that died holds up the line no longer. */
  private static final long PLACE_MILLIS = 3 * REFRESH_MILLIS;

  /** How often a waiter tries again while no message can reach it. */
  private static final long UNHEARD_MILLIS = 500;

  private final Scripts redis;
  private final Function<Subscription.Listener, Subscription> subscriptions;
  private volatile boolean listening;
  private volatile Subscription subscription;

  /**
   * @param subscriptions make one to {@link Keys#freeLocks}
   */
  RedisLockStore(Scripts redis, Function<Subscription.Listener, Subscription> subscriptions) {
    this.redis = redis;
    this.subscriptions = subscriptions;
  }

  @Override
  public Uni<Reply> take(LockRequest request, boolean waits) {
    String name = request.name();
    String lease = String.valueOf(request.lease().toMillis());
    String most = String.valueOf(request.maxNames());
    Uni<Response> reply =
        request.permits() == 0
            ? redis.run(
                TAKE,
                List.of(lock(name), permits(name), names(), fence()),
                List.of(request.token(), lease, name, most))
            : redis.run(
                PERMIT,
                List.of(
                    lock(name),
                    permits(name),
                    line(name),
                    Keys.lock("places:" + name),
                    names(),
                    fence(),
                    Keys.freeLocks()),
                List.of(
                    request.token(),
                    lease,
                    name,
                    most,
                    String.valueOf(request.permits()),
                    String.valueOf(waits ? PLACE_MILLIS : 0)));
    return reply.map(
        values -> {
          long fence = values.get(0).toLong();
          State state = fence > 0 ? State.HELD : fence == 0 ? State.REFUSED : State.FULL;
          return new Reply(state, Math.max(0, fence), values.get(1).toLong());
        });
  }

  @Override
  public Uni<Reply> extend(String name, String token, Duration lease) {
    return redis
        .run(
            EXTEND,
            List.of(lock(name), permits(name), names()),
            List.of(token, String.valueOf(lease.toMillis()), name))
        .map(
            fence ->
                fence.toLong() == 0
                    ? Reply.REFUSED
                    : new Reply(State.HELD, fence.toLong(), lease.toMillis()));
  }

  @Override
  public Uni<Boolean> release(String name, String token) {
    return redis
        .run(
            RELEASE,
            List.of(lock(name), permits(name), line(name), names(), Keys.freeLocks()),
            List.of(token, name))
        .map(released -> released.toInteger() == 1);
  }

  @Override
  public void listen(Listener listener) {
    subscription =
        subscriptions.apply(
            new Subscription.Listener() {
              @Override
              public void listening() {
                listening = true;
                listener.anyMayBeFree();
              }

              @Override
              public void message(String channel, String key) {
                listener.free(key);
              }

              @Override
              public void lost() {
                listening = false;
                listener.anyMayBeFree();
              }
            });
    subscription.start();
  }

  @Override
  public void close() {
    if (subscription != null) {
      subscription.stop();
    }
  }

  @Override
  public long pauseMillis(LockRequest request, long endsInMillis) {
    if (!listening) {
      return UNHEARD_MILLIS;
    }
    return request.permits() > 0 ? REFRESH_MILLIS : endsInMillis;
  }

  private static String lock(String name) {
    return Keys.lock("lock:" + name);
  }

  private static String permits(String name) {
    return Keys.lock("permits:" + name);
  }

  private static String line(String name) {
    return Keys.lock("line:" + name);
  }

  private static String names() {
    return Keys.lock("names");
  }

  private static String fence() {
    return Keys.lock("fence");
  }
}

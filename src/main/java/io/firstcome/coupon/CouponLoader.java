package io.firstcome.coupon;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.coupon.CouponLoad.Outcome;
import io.firstcome.ledger.Drainer;
import io.firstcome.ledger.MySqlCalls;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemException;
import io.firstcome.web.ProblemType;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * Brings coupons into Redis that are asked for and not there: once, however many ask, with a bound
 * on everything that somebody who makes up ids could have it do. What a load is: {@link
 * CouponLoad}.
 */
@ApplicationScoped
class CouponLoader {

  private static final Logger LOG = Logger.getLogger(CouponLoader.class);

  /** How soon, and how often at the most, a waiting reader looks whether another's load is done. */
  private static final Duration FIRST_LOOK = Duration.ofMillis(10);

  private static final Duration LAST_LOOK = Duration.ofMillis(200);

  private final CouponLoad load;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final LoadConfig config;
  private final Cache<String, Boolean> unknown;
  private final ThreadPoolExecutor loaders;
  private final ConcurrentMap<String, Uni<Boolean>> lookUps = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Uni<Outcome>> loads = new ConcurrentHashMap<>();

  CouponLoader(
      CouponScripts coupons,
      Scripts redis,
      Drainer drainer,
      Pool mysql,
      MySqlCalls calls,
      LoadConfig config,
      LoadMetrics metrics) {
    this.load = new CouponLoad(coupons, redis, drainer, mysql, config, metrics);
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
    this.unknown =
        Caffeine.newBuilder()
            .maximumSize(config.maxUnknown())
            .expireAfterWrite(config.unknownTtl())
            .build();
    this.loaders =
        new ThreadPoolExecutor(
            config.maxConcurrent(),
            config.maxConcurrent(),
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(config.maxWaiting()),
            work -> new Thread(work, "coupon-loader"));
    this.loaders.allowCoreThreadTimeOut(true);
  }

  @PreDestroy
  void stop() {
    loaders.shutdownNow();
  }

  /**
   * For who met a coupon that Redis does not hold: begins to load it and does not wait for that.
   *
   * @return always a failure: unknown coupon, loading, or why neither could be found out
   */
  <T> Uni<T> refuseAndLoad(String couponId) {
    if (loads.containsKey(couponId)) {
      return Uni.createFrom().failure(Problem.of(ProblemType.LOADING).asException());
    }
    return exists(couponId)
        .map(
            exists -> {
              if (!exists) {
                throw Problem.of(ProblemType.UNKNOWN_COUPON).asException();
              }
              load(couponId)
                  .subscribe()
                  .with(
                      outcome -> {},
                      e -> LOG.warnf("Could not load coupon %s: %s", couponId, e.getMessage()));
              throw Problem.of(ProblemType.LOADING).asException();
            });
  }

  /** Asks Redis for a coupon; where it does not hold it, once more after it was loaded. */
  <T> Uni<T> whole(String couponId, Uni<T> ask) {
    return ask.onFailure(NotLoadedException.class)
        .recoverWithUni(() -> await(couponId).flatMap(loaded -> ask))
        .onFailure(NotLoadedException.class)
        .recoverWithUni(() -> refuseAndLoad(couponId));
  }

  /** For who can wait a moment: loads the coupon and fails where it is not there in time. */
  Uni<Void> await(String couponId) {
    return await(couponId, exists(couponId));
  }

  private Uni<Void> await(String couponId, Uni<Boolean> known) {
    return known
        .flatMap(exists -> exists ? load(couponId) : Uni.createFrom().item(Outcome.UNKNOWN))
        .invoke(
            outcome -> {
              if (outcome == Outcome.UNKNOWN) {
                throw Problem.of(ProblemType.UNKNOWN_COUPON).asException();
              }
              if (outcome == Outcome.NOT_YET) {
                throw new NotLoadedException(couponId);
              }
            })
        .onFailure(NotLoadedException.class)
        .retry()
        .withBackOff(FIRST_LOOK, LAST_LOOK)
        .expireIn(config.patience().toMillis())
        .ifNoItem()
        .after(config.patience())
        .fail()
        .onFailure(e -> !(e instanceof ProblemException || e instanceof RedisException))
        .transform(e -> Problem.of(ProblemType.LOADING).asException())
        .replaceWithVoid();
  }

  /**
   * A coupon of this id exists now: loads it, and forgets that there was none. Without a look-up,
   * as one from before the creation may still be on its way; what that says is forgotten at the
   * end.
   */
  Uni<Void> created(String couponId) {
    unknown.invalidate(couponId);
    return await(couponId, Uni.createFrom().item(true))
        .onTermination()
        .invoke(() -> unknown.invalidate(couponId));
  }

  private Uni<Boolean> exists(String couponId) {
    if (unknown.getIfPresent(couponId) != null) {
      return Uni.createFrom().item(false);
    }
    return once(
        lookUps,
        couponId,
        () ->
            calls
                .bounded(
                    mysql
                        .preparedQuery("SELECT epoch FROM coupon WHERE id = ?")
                        .execute(Tuple.of(couponId)))
                .map(rows -> rows.size() > 0)
                .invoke(
                    exists -> {
                      if (!exists) {
                        unknown.put(couponId, true);
                      }
                    }));
  }

  private Uni<Outcome> load(String couponId) {
    return once(
        loads,
        couponId,
        () ->
            Uni.createFrom()
                .item(() -> load.run(couponId))
                .runSubscriptionOn(loaders)
                .onFailure(RejectedExecutionException.class)
                .transform(e -> Problem.of(ProblemType.OVERLOADED).asException()));
  }

  /** One flight an id: who comes while it is in the air shares its result. */
  private <T> Uni<T> once(
      ConcurrentMap<String, Uni<T>> flights, String couponId, Supplier<Uni<T>> start) {
    Uni<T> inTheAir = flights.get(couponId);
    if (inTheAir != null) {
      return inTheAir;
    }
    if (flights.size() >= config.maxWaiting()) {
      return Uni.createFrom().failure(Problem.of(ProblemType.OVERLOADED).asException());
    }
    return flights.computeIfAbsent(
        couponId,
        id ->
            start.get().onTermination().invoke(() -> flights.remove(id)).memoize().indefinitely());
  }
}

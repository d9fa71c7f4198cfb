package io.firstcome.ledger;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.ledger.Load.Outcome;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemException;
import io.firstcome.web.ProblemType;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import jakarta.annotation.PreDestroy;
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
 * Brings into Redis what is asked for and not there: once, however many ask, with a bound on
 * everything that somebody who makes up ids could have it do. What a load is: {@link Load}. Every
 * room that has something to load brings one, as a CDI bean.
 */
public abstract class Loader {

  private static final Logger LOG = Logger.getLogger(Loader.class);

  /** How soon, and how often at the most, a waiting reader looks whether another's load is done. */
  private static final Duration FIRST_LOOK = Duration.ofMillis(10);

  private static final Duration LAST_LOOK = Duration.ofMillis(200);

  private final Loadable what;
  private final Load load;
  private final Scripts redis;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final LoadConfig config;
  private final Cache<String, Boolean> unknown;
  private final ThreadPoolExecutor loaders;
  private final ConcurrentMap<String, Uni<Boolean>> lookUps = new ConcurrentHashMap<>();
  private final ConcurrentMap<String, Uni<Outcome>> loads = new ConcurrentHashMap<>();

  protected Loader(
      Loadable what,
      Scripts redis,
      Drainer drainer,
      Pool mysql,
      MySqlCalls calls,
      LoadConfig config,
      MeterRegistry registry) {
    this.what = what;
    this.load =
        new Load(what, redis, drainer, mysql, config, new LoadMetrics(registry, what.noun()));
    this.redis = redis;
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
            work -> new Thread(work, what.noun() + "-loader"));
    this.loaders.allowCoreThreadTimeOut(true);
  }

  @PreDestroy
  public void stop() {
    loaders.shutdownNow();
  }

  /**
   * For who met one that Redis does not hold: begins to load it and does not wait for that.
   *
   * @return always a failure: unknown, loading, recovering, or why neither could be found out
   */
  public <T> Uni<T> refuseAndLoad(String id, NotLoadedException why) {
    if (loads.containsKey(id)) {
      return Uni.createFrom().failure(Problem.of(why.problem()).asException());
    }
    return exists(id)
        .map(
            exists -> {
              if (!exists) {
                throw Problem.of(what.unknown()).asException();
              }
              load(id)
                  .subscribe()
                  .with(
                      outcome -> {},
                      e -> LOG.warnf("Could not load %s %s: %s", what.noun(), id, e.getMessage()));
              throw Problem.of(why.problem()).asException();
            });
  }

  /** Asks Redis for one; where it does not hold it, once more after it was loaded. */
  public <T> Uni<T> whole(String id, Uni<T> ask) {
    return ask.onFailure(NotLoadedException.class)
        .recoverWithUni(() -> await(id).flatMap(loaded -> ask))
        .onFailure(NotLoadedException.class)
        .recoverWithUni(e -> refuseAndLoad(id, (NotLoadedException) e));
  }

  /**
   * By hand: trusts what Redis holds of it no longer, and has it verified or loaded anew. Fails
   * where that is not done in time; it goes on.
   */
  public Uni<Void> recover(String id) {
    return exists(id)
        .invoke(
            exists -> {
              if (!exists) {
                throw Problem.of(what.unknown()).asException();
              }
            })
        .call(() -> redis.send(Command.HDEL, what.state(id), "server"))
        .flatMap(distrusted -> await(id, Uni.createFrom().item(true)));
  }

  /** For who can wait a moment: loads it and fails where it is not there in time. */
  public Uni<Void> await(String id) {
    return await(id, exists(id));
  }

  private Uni<Void> await(String id, Uni<Boolean> known) {
    return known
        .flatMap(exists -> exists ? load(id) : Uni.createFrom().item(Outcome.UNKNOWN))
        .invoke(
            outcome -> {
              if (outcome == Outcome.UNKNOWN) {
                throw Problem.of(what.unknown()).asException();
              }
              if (outcome == Outcome.NOT_YET) {
                throw new NotLoadedException(id);
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
   * One of this id exists now: loads it, and forgets that there was none. Without a look-up, as one
   * from before the creation may still be on its way; what that says is forgotten at the end.
   */
  public Uni<Void> created(String id) {
    unknown.invalidate(id);
    return await(id, Uni.createFrom().item(true))
        .onTermination()
        .invoke(() -> unknown.invalidate(id));
  }

  private Uni<Boolean> exists(String id) {
    if (unknown.getIfPresent(id) != null) {
      return Uni.createFrom().item(false);
    }
    return once(
        lookUps,
        id,
        () ->
            calls
                .bounded(
                    mysql
                        .preparedQuery("SELECT epoch FROM " + what.noun() + " WHERE id = ?")
                        .execute(Tuple.of(id)))
                .map(rows -> rows.size() > 0)
                .invoke(
                    exists -> {
                      if (!exists) {
                        unknown.put(id, true);
                      }
                    }));
  }

  private Uni<Outcome> load(String id) {
    return once(
        loads,
        id,
        () ->
            Uni.createFrom()
                .item(() -> load.run(id))
                .runSubscriptionOn(loaders)
                .onFailure(RejectedExecutionException.class)
                .transform(e -> Problem.of(ProblemType.OVERLOADED).asException()));
  }

  /** One flight an id: who comes while it is in the air shares its result. */
  private <T> Uni<T> once(
      ConcurrentMap<String, Uni<T>> flights, String id, Supplier<Uni<T>> start) {
    Uni<T> inTheAir = flights.get(id);
    if (inTheAir != null) {
      return inTheAir;
    }
    if (flights.size() >= config.maxWaiting()) {
      return Uni.createFrom().failure(Problem.of(ProblemType.OVERLOADED).asException());
    }
    return flights.computeIfAbsent(
        id,
        key ->
            start.get().onTermination().invoke(() -> flights.remove(key)).memoize().indefinitely());
  }
}

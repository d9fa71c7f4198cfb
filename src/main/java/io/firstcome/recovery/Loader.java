package io.firstcome.recovery;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.firstcome.durability.ReplicaCheck;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Load.Outcome;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.firstcome.work.BoundedWork;
import io.firstcome.work.SingleFlight;
import io.micrometer.core.instrument.MeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import java.time.Duration;
import org.jboss.logging.Logger;

/**
 * Brings into Redis what is asked for and not there: once, however many ask, with a bound on
 * everything that somebody who makes up ids could have it do. What a load is: {@link Load}.
 */
public final class Loader {

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
  private final Cache<String, Boolean> retired;
  private final BoundedWork loaders;
  private final SingleFlight<String, Known> lookUps;
  private final SingleFlight<String, Outcome> loads;

  /** What MySQL has of an id. */
  private enum Known {
    UNKNOWN,
    THERE,
    RETIRED
  }

  public Loader(
      Loadable what,
      Scripts redis,
      Drainer drainer,
      ReplicaCheck followers,
      Pool mysql,
      MySqlCalls calls,
      LoadConfig config,
      MeterRegistry registry) {
    this.what = what;
    this.load =
        new Load(
            what,
            redis,
            drainer,
            followers,
            mysql,
            config,
            new LoadMetrics(registry, what.type().name()));
    this.redis = redis;
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
    this.unknown = remembered(config);
    this.retired = remembered(config);
    this.loaders =
        new BoundedWork(
            what.type().name() + "-loader", config.maxConcurrent(), config.maxWaiting());
    this.lookUps = new SingleFlight<>(config.maxWaiting());
    this.loads = new SingleFlight<>(config.maxWaiting());
  }

  private static Cache<String, Boolean> remembered(LoadConfig config) {
    return Caffeine.newBuilder()
        .maximumSize(config.maxUnknown())
        .expireAfterWrite(config.unknownTtl())
        .build();
  }

  /** What it loads. */
  public Loadable what() {
    return what;
  }

  public void stop() {
    loaders.close();
  }

  /**
   * For who met one that Redis does not hold: begins to load it and does not wait for that.
   *
   * @return always a failure: unknown, retired, loading, recovering, or why none could be found out
   */
  public <T> Uni<T> refuseAndLoad(String id, NotLoadedException why) {
    if (loads.isRunning(id)) {
      return Uni.createFrom().failure(Problem.of(why.problem()).asException());
    }
    return known(id)
        .map(
            known -> {
              check(known);
              load(id, false)
                  .subscribe()
                  .with(
                      outcome -> {},
                      e ->
                          LOG.warnf(
                              "Could not load %s %s: %s", what.type().name(), id, e.getMessage()));
              throw Problem.of(why.problem()).asException();
            });
  }

  /**
   * Asks Redis for one; where it does not hold it, once more after it was loaded. Fails with {@link
   * RetiredException} where it is not to be loaded.
   */
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
    return known(id)
        .invoke(this::check)
        .call(() -> redis.send(Command.HDEL, what.state(id), "server"))
        .flatMap(distrusted -> await(id, Uni.createFrom().item(Known.THERE), false))
        .onFailure(RetiredException.class)
        .recoverWithNull();
  }

  /** For who can wait a moment: loads it and fails where it is not there in time. */
  public Uni<Void> await(String id) {
    return await(id, known(id), false);
  }

  private Uni<Void> await(String id, Uni<Known> known, boolean revived) {
    return known
        .invoke(this::check)
        .flatMap(there -> load(id, revived))
        .invoke(
            outcome -> {
              if (outcome == Outcome.UNKNOWN) {
                throw Problem.of(what.unknown()).asException();
              }
              if (outcome == Outcome.RETIRED) {
                throw new RetiredException();
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
    return await(id, Uni.createFrom().item(Known.THERE), false)
        .onTermination()
        .invoke(() -> unknown.invalidate(id));
  }

  /** It was retired and is so no longer: loads it. */
  public Uni<Void> revived(String id) {
    retired.invalidate(id);
    return await(id, Uni.createFrom().item(Known.THERE), true)
        .onTermination()
        .invoke(() -> retired.invalidate(id));
  }

  /** What was remembered of it is over: it is on its way back. */
  public void notRetired(String id) {
    retired.invalidate(id);
  }

  /** Takes one that is over out of Redis for good; says whether nothing is left. It blocks. */
  public boolean retire(String id) {
    boolean done = load.retire(id);
    if (!done) {
      // Where it is not over after all it goes on at once.
      load.run(id, false);
    }
    return done;
  }

  private void check(Known known) {
    if (known == Known.UNKNOWN) {
      throw Problem.of(what.unknown()).asException();
    }
    if (known == Known.RETIRED) {
      throw new RetiredException();
    }
  }

  private Uni<Known> known(String id) {
    if (unknown.getIfPresent(id) != null) {
      return Uni.createFrom().item(Known.UNKNOWN);
    }
    if (retired.getIfPresent(id) != null) {
      return Uni.createFrom().item(Known.RETIRED);
    }
    return lookUps.run(
        id,
        () ->
            calls
                .bounded(
                    mysql
                        .preparedQuery(
                            "SELECT "
                                + what.retired()
                                + " FROM "
                                + what.type().name()
                                + " WHERE id = ?")
                        .execute(Tuple.of(id)))
                .map(
                    rows -> {
                      if (rows.size() == 0) {
                        unknown.put(id, true);
                        return Known.UNKNOWN;
                      }
                      if (rows.iterator().next().getLong(0) == 0) {
                        return Known.THERE;
                      }
                      retired.put(id, true);
                      return Known.RETIRED;
                    }));
  }

  private Uni<Outcome> load(String id, boolean revived) {
    return loads.run(id, () -> loaders.run(() -> load.run(id, revived)));
  }
}

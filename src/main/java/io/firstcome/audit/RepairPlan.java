package io.firstcome.audit;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.RetiredException;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.Loader;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.firstcome.work.Throttle;
import io.smallrye.mutiny.Uni;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Repairs an instance, in the order in which one repair may need another: first a whole state and a
 * drain that goes on, then what is left in the dead letters; after that a subclass mends what its
 * type counts. Each is a CDI bean. It blocks.
 *
 * <p>Every step is judged by the stores at that moment and changes nothing where they have moved
 * on, so that two repairs at once, or one in mid-sale, do no harm.
 *
 * @param <S> the state as Redis holds it
 */
public abstract class RepairPlan<S> {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Dead letters that one repair replays. */
  private static final int MOST_REPLAYED = 1_000;

  private static final Script REMOVE = Script.named("state-fence");

  /** What every repair needs. */
  @Singleton
  public static final class Tools {

    private final StoreReader stores;
    private final Scripts redis;
    private final SqlTransactions mysql;
    private final DeadLetters deadLetters;

    Tools(StoreReader stores, Scripts redis, SqlTransactions mysql, DeadLetters deadLetters) {
      this.stores = stores;
      this.redis = redis;
      this.mysql = mysql;
      this.deadLetters = deadLetters;
    }
  }

  protected final StoreReader stores;
  protected final SqlTransactions mysql;
  private final StoreAudit<S> audit;
  private final Loader loader;
  private final Scripts redis;
  private final DeadLetters deadLetters;

  protected RepairPlan(StoreAudit<S> audit, Loader loader, Tools tools) {
    this.audit = audit;
    this.loader = loader;
    this.stores = tools.stores;
    this.redis = tools.redis;
    this.mysql = tools.mysql;
    this.deadLetters = tools.deadLetters;
  }

  /**
   * Repairs what the type counts.
   *
   * @param state null where Redis does not hold it
   * @param epoch of the state
   * @param found before any repair
   */
  protected abstract void mend(
      String id, S state, Long epoch, Findings found, Throttle pace, Repairs done);

  /** Ends the repair of an instance of several ledgers: MySQL has what each of them has. */
  protected void mendWhole(String tag, Repairs done) {}

  final AggregateType type() {
    return audit.type();
  }

  final Findings audit(String tag, Throttle pace) {
    return audit.audit(tag, pace);
  }

  final Repairs run(String tag, Throttle pace) {
    Repairs done = new Repairs();
    List<String> parts = audit.parts(tag);
    parts.forEach(part -> mendOne(part, pace, done));
    if (parts.size() > 1) {
      mendWhole(tag, done);
    }
    return done;
  }

  private void mendOne(String id, Throttle pace, Repairs done) {
    String tag = type().tag(id);
    Findings found = audit.audit(tag, pace);
    if (found.count(FindingType.STATE_REPLACED) > 0) {
      reload(id, audit.epochInMySql(id));
      done.did(FindingType.STATE_REPLACED, 1, "Deleted and reloaded from MySQL");
    }
    if (found.count(FindingType.STATE_NOT_WHOLE) > 0) {
      load(id);
      done.did(FindingType.STATE_NOT_WHOLE, 1, "Reloaded from MySQL");
    }
    if (audit.inRedis(id).recovering()) {
      load(id);
    }
    Long epoch = audit.epochInRedis(id);
    S state = epoch == null ? null : audit.inRedis(id).state();
    if (state != null && found.count(FindingType.EPOCH_BEHIND) > 0) {
      done.did(FindingType.EPOCH_BEHIND, raiseEpoch(id, epoch), "Raised in MySQL to " + epoch);
    }
    if (found.count(FindingType.DEAD_LETTERS) > 0) {
      done.did(FindingType.DEAD_LETTERS, deadLetters.replayOldest(tag, MOST_REPLAYED), "Replayed");
      awaitDrained(tag);
    }
    mend(id, state, epoch, found, pace, done);
  }

  private void load(String id) {
    try {
      loader.await(id).await().atMost(PATIENCE);
    } catch (RetiredException e) {
      // Redis is not to have it; what is left of it goes by itself.
    }
  }

  /** Takes away a state of an epoch before this one, and loads it: what waits is drained. */
  protected final void reload(String id, long epoch) {
    stores.await(redis.run(REMOVE, List.of(audit.stateKey(id)), List.of(String.valueOf(epoch))));
    load(id);
  }

  /** The state is whole and of this epoch: MySQL is what came back from before. */
  private long raiseEpoch(String id, long epoch) {
    return mysql.run(
        tx ->
            tx.query(
                    "UPDATE " + type().name() + " SET epoch = ? WHERE id = ? AND epoch < ?",
                    epoch,
                    id,
                    epoch)
                .rowCount());
  }

  /**
   * Appends to the ledger again what MySQL lost; what waits in Redis stays bounded.
   *
   * @param script appends fields with their values, and returns how many
   */
  protected final long append(
      String id, List<Difference> missing, Function<Map<String, String>, Uni<Integer>> script) {
    Map<String, String> values = new LinkedHashMap<>();
    missing.forEach(one -> values.put(one.where(), one.redis()));
    long appended = stores.await(script.apply(values));
    awaitDrained(type().tag(id));
    return appended;
  }

  protected final boolean awaitDrained(String tag) {
    return stores.ledger().awaitPassed(tag, PATIENCE);
  }
}

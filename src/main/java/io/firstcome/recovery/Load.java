package io.firstcome.recovery;

import io.firstcome.durability.Acknowledge;
import io.firstcome.durability.ReplicaCheck;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Lease;
import io.firstcome.redis.Scripts;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/**
 * Loads a coupon, a sale or an event from MySQL into Redis. A new replica, one just created and a
 * Redis that was flushed all look the same: the state is not there, and is brought once, however
 * many ask. So does a Redis that is not the server it was: what it holds may be older than what was
 * told.
 *
 * <ol>
 *   <li>A lease keeps other loaders away. It saves work, and nothing is published without it.
 *   <li>At {@link Acknowledge#REPLICA} replicas must follow this Redis: see {@link ReplicaCheck}.
 *   <li>What is there is taken out of service, for every release: so nothing is decided on it while
 *       it is judged. Whoever drains is told that what is written in this epoch will be read.
 *   <li>What is left of the ledger is drained.
 *   <li>Where it then holds all that MySQL has, it is put back as it is, in a new epoch; that ends
 *       it. Otherwise:
 *   <li>The epoch is raised in MySQL, if it is still the one that was read when the lease was
 *       taken. Every drain transaction compares the epoch of its entries under a lock on that row,
 *       so from here on nothing of the lost state can reach MySQL, and what is read next is all
 *       there is.
 *   <li>What MySQL holds is staged in chunks under names with this loader's token.
 *   <li>One script checks the token, the epoch, the ledger and the staged sizes, and makes it all
 *       appear at once.
 * </ol>
 *
 * A loader that slept through the end of its lease changes nothing: if another has published
 * meanwhile, the epoch is not the one it read; and a lease that ended is never renewed.
 */
final class Load {

  /** What a load came to. */
  enum Outcome {
    LOADED,
    /** MySQL knows no such thing. */
    UNKNOWN,
    /** MySQL answers for it, and Redis is not given it. */
    RETIRED,
    /** Another replica is at it, or what is left of the ledger could not be drained yet. */
    NOT_YET
  }

  private static final Logger LOG = Logger.getLogger(Loader.class);

  private final Loadable what;
  private final Scripts redis;
  private final Drainer drainer;
  private final ReplicaCheck followers;
  private final Pool mysql;
  private final LoadConfig config;
  private final LoadMetrics metrics;

  /** Of these it was said that no replica follows where they are loaded. */
  private final Set<String> unfollowed = ConcurrentHashMap.newKeySet();

  Load(
      Loadable what,
      Scripts redis,
      Drainer drainer,
      ReplicaCheck followers,
      Pool mysql,
      LoadConfig config,
      LoadMetrics metrics) {
    this.what = what;
    this.redis = redis;
    this.drainer = drainer;
    this.followers = followers;
    this.mysql = mysql;
    this.config = config;
    this.metrics = metrics;
  }

  /**
   * Loads it. It blocks, for as long as that takes.
   *
   * @param revived whether it was retired until now: Redis has not lost it
   */
  Outcome run(String id, boolean revived) {
    metrics.began();
    try {
      return load(staging(id), revived);
    } catch (Staging.LeaseLostException e) {
      return Outcome.NOT_YET;
    } catch (RuntimeException e) {
      metrics.failed();
      throw e;
    } finally {
      metrics.ended();
    }
  }

  /** Takes one that is over out of Redis for good; says whether nothing is left. It blocks. */
  boolean retire(String id) {
    Staging staging = staging(id);
    Lease lease = lease(staging);
    if (!staging.await(lease.take())) {
      return false;
    }
    try {
      Row row = row(staging);
      if (row == null || !isFollowed(staging, row, lease)) {
        return false;
      }
      long epoch = row.getLong(0);
      // Where it is marked already, who did that has died since.
      if (!isRetired(row)) {
        what.fence(staging, epoch);
        if (!drain(staging, epoch) || !what.retire(staging, epoch)) {
          return false;
        }
        epoch++;
      }
      return what.clear(staging, epoch);
    } finally {
      release(staging, lease);
    }
  }

  private Staging staging(String id) {
    return new Staging(id, UUID.randomUUID().toString(), mysql, config);
  }

  private Outcome load(Staging staging, boolean revived) {
    String id = staging.id();
    Lease lease = lease(staging);
    if (!staging.await(lease.take())) {
      return Outcome.NOT_YET;
    }
    try {
      // Read while the lease is ours and before anything is judged: who publishes must raise the
      // epoch first, so raising it from this very one proves that what is judged here still holds.
      Row row = row(staging);
      if (row == null) {
        return Outcome.UNKNOWN;
      }
      if (isRetired(row)) {
        return Outcome.RETIRED;
      }
      long epoch = row.getLong(0);
      if (isWhole(staging)) {
        return Outcome.LOADED;
      }
      if (!isFollowed(staging, row, lease)) {
        if (unfollowed.add(id)) {
          LOG.warnf(
              "The %s %s waits: no replica follows the Redis server it is loaded into, so no claim"
                  + " could be acknowledged at REPLICA. Start a replica of Redis",
              what.type().name(), id);
        }
        return Outcome.NOT_YET;
      }
      unfollowed.remove(id);
      what.fence(staging, epoch);
      if (!drain(staging, epoch)) {
        LOG.warnf("The %s %s waits: its ledger is not drained yet", what.type().name(), id);
        return Outcome.NOT_YET;
      }
      long startNanos = System.nanoTime();
      String answer = what.verify(staging, epoch);
      if ("VERIFIED".equals(answer)) {
        LOG.infof(
            "Verified %s %s after Redis was restarted or failed over: epoch %d",
            what.type().name(), id, epoch + 1);
        metrics.verified();
        return Outcome.LOADED;
      }
      if (answer == null) {
        if (!what.raise(staging, epoch)) {
          return Outcome.NOT_YET;
        }
        answer = what.publish(staging);
      }
      if (!answer.equals("PUBLISHED")) {
        LOG.warnf("Could not publish the %s %s: %s; will retry", what.type().name(), id, answer);
        return Outcome.NOT_YET;
      }
      LOG.infof(
          "Loaded %s %s from MySQL: epoch %d, %d ms",
          what.type().name(),
          id,
          epoch + 1,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
      metrics.loaded(revived ? 0 : epoch);
      return Outcome.LOADED;
    } finally {
      release(staging, lease);
    }
  }

  /**
   * Whether this is where it may go on. After the epoch was read: had another server published that
   * one, replicas would follow that other. Nobody has published the first.
   */
  private boolean isFollowed(Staging staging, Row row, Lease lease) {
    return row.getLong(0) == 0
        || Acknowledge.ofStored(row.getString(2)) != Acknowledge.REPLICA
        || followers.follow(what.type().tag(staging.id()), lease);
  }

  private boolean isWhole(Staging staging) {
    return staging.await(
        what.read(staging.id())
            .map(state -> true)
            .onFailure(NotLoadedException.class)
            .recoverWithItem(false));
  }

  /** Its epoch, whether it is retired, and its level; null where there is none. */
  private Row row(Staging staging) {
    RowSet<Row> rows =
        staging.await(
            staging.query(
                "SELECT epoch, "
                    + what.retired()
                    + ", acknowledge FROM "
                    + what.type().name()
                    + " WHERE id = ?",
                staging.id()));
    return rows.size() == 0 ? null : rows.iterator().next();
  }

  private static boolean isRetired(Row row) {
    return row.getLong(1) != 0;
  }

  /**
   * Has what is left of the ledger drained, and whoever drains it told that what is written
   * meanwhile is read then; says whether nothing is left.
   */
  private boolean drain(Staging staging, long epoch) {
    String tag = what.type().tag(staging.id());
    Lease reading =
        new Lease(redis, Keys.loadReading(tag), staging.token() + " " + epoch, config.lease());
    staging.await(reading.seize());
    try {
      return drainer.drainNow(tag, config.drainTimeout());
    } finally {
      release(staging, reading);
    }
  }

  /** What was done is done: one that cannot be released expires. */
  private void release(Staging staging, Lease lease) {
    try {
      staging.await(lease.release());
    } catch (RuntimeException e) {
      LOG.debugf(e, "Could not release the load lease of %s %s", what.type().name(), staging.id());
    }
  }

  private Lease lease(Staging staging) {
    return new Lease(
        redis, Keys.loadLease(what.type().tag(staging.id())), staging.token(), config.lease());
  }
}

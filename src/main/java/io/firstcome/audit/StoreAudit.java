package io.firstcome.audit;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.recovery.Loadable;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.work.Throttle;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.util.List;

/**
 * Audits the coupons or the sales. All types share the epochs, whether the state is whole, the dead
 * letters, and that an audit next to a load is repeated; a subclass brings what its type counts.
 * Each is a CDI bean. It blocks.
 *
 * <p>What is on its way is no finding: what does not agree is read again when the ledger as it was
 * has been drained, and judged by what stays.
 *
 * @param <S> the state as Redis holds it
 */
public abstract class StoreAudit<S> {

  /** How often it is repeated where the state was loaded concurrently. */
  private static final int TRIES = 3;

  protected final StoreReader stores;
  private final Loaders loaders;
  private final Loadable what;

  protected StoreAudit(AggregateType type, Loaders loaders, StoreReader stores) {
    this.loaders = loaders;
    this.what = loaders.of(type).what();
    this.stores = stores;
  }

  /** What Redis holds of an instance: no state where it is not whole, or may be out of date. */
  protected record InRedis<S>(S state, boolean recovering) {}

  /** Checks an instance. */
  protected interface Check<S> {

    /**
     * Adds what is wrong.
     *
     * @param state null where Redis does not hold it
     */
    void run(String id, S state, Throttle pace, Findings found);
  }

  /** Reads the state; fails with {@link NotLoadedException} where Redis does not hold it. */
  protected abstract Uni<S> read(String id);

  /** What the type counts, see {@link Check}. */
  protected abstract void check(String id, S state, Throttle pace, Findings found);

  /** The ids that have a ledger each. */
  final List<String> parts(String tag) {
    return stores.await(loaders.parts(type(), type().id(tag)));
  }

  public final AggregateType type() {
    return what.type();
  }

  /**
   * Audits an instance.
   *
   * @throws io.firstcome.http.problem.ProblemException when there is none
   */
  public final Findings audit(String tag, Throttle pace) {
    return audit(tag, pace, this::check);
  }

  protected final Findings audit(String tag, Throttle pace, Check<S> check) {
    List<String> parts = parts(tag);
    if (parts.size() == 1) {
      return auditOne(parts.get(0), pace, check);
    }
    Findings found = new Findings();
    parts.forEach(part -> found.addAll(part, auditOne(part, pace, check)));
    return found;
  }

  private Findings auditOne(String id, Throttle pace, Check<S> check) {
    Findings found = new Findings();
    for (int attempt = 1; !look(id, pace, check, found); attempt++) {
      if (attempt == TRIES) {
        found.undetermined("It was loaded from MySQL during the audit");
        break;
      }
      found = new Findings();
    }
    return found;
  }

  /** Audits once; says whether nobody loaded the state meanwhile. */
  private boolean look(String id, Throttle pace, Check<S> check, Findings found) {
    // Redis before MySQL: the epoch is raised there first.
    Long epoch = epochInRedis(id);
    InRedis<S> inRedis = inRedis(id);
    Row row = row(id);
    boolean retired = row.getLong(1) != 0;
    if (inRedis.state() != null) {
      epochs(id, epoch, row.getLong(0), found);
    } else if (!retired) {
      notWhole(id, inRedis, found);
    }
    long dead = stores.ledger().deadLetters(type().tag(id));
    if (dead > 0) {
      found.add(FindingType.DEAD_LETTERS, null, dead + " dead letters");
    }
    check.run(id, inRedis.state(), pace, found);
    return epoch == null || epoch.equals(epochInRedis(id));
  }

  private void notWhole(String id, InRedis<S> inRedis, Findings found) {
    String noun = type().name();
    boolean loading = isBeingLoaded(id);
    if (inRedis.recovering()) {
      found.undetermined(
          "Redis was restarted or failed over; the "
              + noun
              + " is verified or reloaded by the next request for it, or by a repair");
    } else if (stores.exists(what.state(id)) && inRedis(id).state() == null) {
      if (loading) {
        found.undetermined("It is being loaded from MySQL");
      } else {
        found.add(
            FindingType.STATE_NOT_WHOLE,
            null,
            "Keys of the " + noun + ", or parts of them, are missing");
      }
    }
  }

  private void epochs(String id, Long inRedis, long inMySql, Findings found) {
    if (inRedis == null || inRedis < inMySql) {
      boolean loading = isBeingLoaded(id);
      Long again = epochInRedis(id);
      if (again == null || loading) {
        found.undetermined("It is being loaded from MySQL");
      } else if (again < epochInMySql(id)) {
        found.add(FindingType.STATE_REPLACED, null, epochs(again, inMySql));
      }
    } else if (inRedis > inMySql) {
      found.add(FindingType.EPOCH_BEHIND, null, epochs(inRedis, inMySql));
    }
  }

  private static String epochs(long inRedis, long inMySql) {
    return "MySQL is in epoch %d, Redis in epoch %d".formatted(inMySql, inRedis);
  }

  private boolean isBeingLoaded(String id) {
    return stores.exists(Keys.loadLease(type().tag(id)));
  }

  public final InRedis<S> inRedis(String id) {
    return stores.await(
        read(id)
            .map(state -> new InRedis<>(state, false))
            .onFailure(NotLoadedException.class)
            .recoverWithItem(
                e ->
                    new InRedis<>(
                        null, ((NotLoadedException) e).problem() == ProblemType.RECOVERING)));
  }

  /** Null where Redis has no state. */
  public final Long epochInRedis(String id) {
    Response epoch = stores.send(Command.HGET, what.state(id), "epoch");
    return epoch == null ? null : epoch.toLong();
  }

  final long epochInMySql(String id) {
    return row(id).getLong(0);
  }

  private Row row(String id) {
    RowSet<Row> rows =
        stores.query(
            "SELECT epoch, " + what.retired() + " FROM " + type().name() + " WHERE id = ?", id);
    if (rows.size() == 0) {
      throw Problem.of(what.unknown()).asException();
    }
    return rows.iterator().next();
  }

  /** The key of the state in Redis. */
  final String stateKey(String id) {
    return what.state(id);
  }
}

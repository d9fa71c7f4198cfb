package io.firstcome.coupon;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.audit.Auditable;
import io.firstcome.audit.FindingType;
import io.firstcome.audit.Findings;
import io.firstcome.audit.Repairs;
import io.firstcome.audit.Throttle;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.drain.LedgerProgress;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.vertx.redis.client.Command;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;

/**
 * Whether all is as it must be with a coupon: its numbers, its epoch and definition, and every
 * claim, in Redis and in MySQL. What is repaired: {@link CouponRepair}.
 */
@ApplicationScoped
class CouponAudit implements Auditable {

  /** How often it begins anew where the coupon was loaded meanwhile. */
  private static final int TRIES = 3;

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final CouponScripts scripts;
  private final Campaigns campaigns;
  private final CouponRepair repair;
  private final Scripts redis;
  private final SqlTransactions mysql;
  private final LedgerProgress ledger;

  CouponAudit(
      CouponScripts scripts,
      CouponRepairScripts repairs,
      CouponLoader loader,
      Campaigns campaigns,
      DeadLetters deadLetters,
      Scripts redis,
      SqlTransactions mysql,
      LedgerProgress ledger) {
    this.scripts = scripts;
    this.campaigns = campaigns;
    this.redis = redis;
    this.mysql = mysql;
    this.ledger = ledger;
    this.repair = new CouponRepair(this, scripts, repairs, loader, deadLetters, mysql, ledger);
  }

  @Override
  public AggregateType type() {
    return COUPON;
  }

  @Override
  public Findings audit(String couponId, Throttle pace) {
    List<String> parts = parts(couponId);
    if (parts.size() == 1) {
      return auditOne(couponId, pace);
    }
    Findings found = new Findings();
    parts.forEach(part -> found.addAll(part, auditOne(part, pace)));
    return found;
  }

  private List<String> parts(String couponId) {
    return campaigns.parts(couponId).await().atMost(patience());
  }

  private Findings auditOne(String couponId, Throttle pace) {
    for (int attempt = 1; ; attempt++) {
      Findings found = new Findings();
      boolean undisturbed = look(couponId, pace, found);
      if (undisturbed || attempt == TRIES) {
        if (!undisturbed) {
          found.undetermined("It was loaded from MySQL during the audit");
        }
        return found;
      }
    }
  }

  @Override
  public Repairs repair(String couponId, Throttle pace) {
    Repairs done = new Repairs();
    List<String> parts = parts(couponId);
    parts.forEach(part -> done.addAll(repair.run(part, pace)));
    // When MySQL has what every shard has.
    if (parts.size() > 1) {
      long before = campaigns.free(couponId);
      long after = campaigns.settle(couponId, List.of());
      done.did(
          FindingType.SHARDS_ABOVE_QUANTITY,
          after - before,
          "Took back units that were not issued");
    }
    return done;
  }

  /** What is so of a campaign is looked at with its first shard. */
  private static boolean isFirst(Shard shard) {
    return shard != null && shard.index() == 0;
  }

  /** Looks once; says whether nobody loaded it meanwhile. */
  private boolean look(String couponId, Throttle pace, Findings found) {
    Shard shard = Shard.of(couponId);
    boolean tooMany = isFirst(shard) && campaigns.free(shard.campaign()) < 0;
    // Redis before MySQL: the epoch is raised there first.
    CouponState state = state(couponId);
    Row row = row(couponId);
    // Of one that is retired MySQL has all there is.
    if (state == null && row.getLocalDateTime("retired_at") == null) {
      notThere(couponId, found);
    }
    if (state != null) {
      numbers(state, found);
      epochs(state, row, found);
    }
    long dead = ledger.deadLetters(couponId);
    if (dead > 0) {
      found.add(FindingType.DEAD_LETTERS, null, dead + " dead letters");
    }
    ClaimComparison claims = comparison(couponId, pace, new Noting(found));
    if (state != null) {
      claims.redisWithMySql();
    }
    claims.mySqlWithRedis(state == null ? null : state.sequence());
    found.checked(claims.checked());
    if (claims.stuck()) {
      found.undetermined("The ledger was not drained in time");
    }
    if (state != null && !definitionIsThere(state)) {
      definition(state, found);
    }
    // What is on its way when it is looked at first has come when it is looked at again.
    long free = tooMany ? campaigns.free(shard.campaign()) : 0;
    if (free < 0) {
      found.add(
          FindingType.SHARDS_ABOVE_QUANTITY,
          null,
          "%s has %d units fewer than its shards".formatted(shard.campaign(), -free));
    }
    CouponState after = state(couponId);
    long quantity = after == null ? row(couponId).getLong("quantity") : after.quantity();
    if (claims.inMySql() > quantity) {
      found.add(
          FindingType.CLAIMS_ABOVE_QUANTITY,
          null,
          "MySQL has %d claims for %d units".formatted(claims.inMySql(), quantity));
    }
    return state == null || after != null && after.epoch() == state.epoch();
  }

  private void notThere(String couponId, Findings found) {
    if (isRecovering(couponId)) {
      found.undetermined(
          "Redis was restarted or failed over; its state is verified by the next request for the coupon,"
              + " or by a repair");
    } else if (isThere(couponId) && state(couponId) == null) {
      found.add(
          FindingType.STATE_NOT_WHOLE, null, "Keys of the coupon, or parts of them, are missing");
    }
  }

  ClaimComparison comparison(String couponId, Throttle pace, ClaimComparison.Sink sink) {
    return new ClaimComparison(couponId, redis, mysql, ledger, pace, sink);
  }

  private static void numbers(CouponState state, Findings found) {
    if (state.issued() > state.quantity()) {
      found.add(
          FindingType.ISSUED_ABOVE_QUANTITY,
          null,
          "%d of %d units are issued".formatted(state.issued(), state.quantity()));
    }
    if (state.sequence() < state.holders()) {
      found.add(
          FindingType.SEQUENCE_BELOW_ISSUED,
          null,
          "%d users hold claims, but the last sequence number is %d"
              .formatted(state.holders(), state.sequence()));
    }
    if (state.issued() != state.holders()) {
      found.add(
          FindingType.ISSUED_DIFFERS,
          null,
          "Redis counts %d claims but holds %d".formatted(state.issued(), state.holders()));
    }
  }

  private void epochs(CouponState state, Row row, Findings found) {
    long inMySql = row.getLong("epoch");
    if (state.epoch() > inMySql) {
      found.add(
          FindingType.EPOCH_BEHIND,
          null,
          "MySQL is in epoch %d, Redis in epoch %d".formatted(inMySql, state.epoch()));
    } else if (state.epoch() < inMySql) {
      CouponState again = state(state.id());
      if (again == null || isBeingLoaded(state.id())) {
        found.undetermined("It is being loaded from MySQL");
      } else if (again.epoch() < row(state.id()).getLong("epoch")) {
        found.add(
            FindingType.STATE_REPLACED,
            null,
            "MySQL is in epoch %d, Redis in epoch %d".formatted(inMySql, again.epoch()));
      }
    }
  }

  private void definition(CouponState state, Findings found) {
    if (!ledger.awaitPassed(state.id(), PATIENCE)) {
      found.undetermined("The ledger was not drained in time");
    } else if (!definitionIsThere(state)) {
      found.add(
          FindingType.DEFINITION_DIFFERS,
          null,
          "MySQL has version %d, Redis version %d, with other values"
              .formatted(row(state.id()).getLong("version"), state.version()));
    }
  }

  /** Whether MySQL has this definition, or a later one. */
  private boolean definitionIsThere(CouponState state) {
    Row row = row(state.id());
    return row.getLong("version") > state.version()
        || row.getLong("version") == state.version()
            && CouponDefinition.of(row).equals(state.definition());
  }

  /** Null where Redis does not hold it, or not in whole. */
  CouponState state(String couponId) {
    return scripts
        .read(couponId, null)
        .onFailure(NotLoadedException.class)
        .recoverWithNull()
        .await()
        .atMost(patience());
  }

  /** Whether Redis holds it, and may be another server than the one it was published on. */
  boolean isRecovering(String couponId) {
    return scripts
        .read(couponId, null)
        .map(state -> false)
        .onFailure(NotLoadedException.class)
        .recoverWithItem(e -> ((NotLoadedException) e).problem() == ProblemType.RECOVERING)
        .await()
        .atMost(patience());
  }

  /** The coupon's row. */
  Row row(String couponId) {
    RowSet<Row> rows =
        mysql.run(
            tx ->
                tx.query(
                    "SELECT epoch, version, retired_at, "
                        + CouponDefinition.COLUMNS
                        + " FROM coupon WHERE id = ?",
                    couponId));
    if (rows.size() == 0) {
      throw Problem.of(ProblemType.UNKNOWN_COUPON).asException();
    }
    return rows.iterator().next();
  }

  boolean isBeingLoaded(String couponId) {
    return exists(Keys.loadLease(couponId));
  }

  private boolean isThere(String couponId) {
    return exists(Keys.state(couponId));
  }

  private boolean exists(String key) {
    return redis.send(Command.EXISTS, key).await().atMost(patience()).toInteger() == 1;
  }

  Duration patience() {
    return redis.timeout().plusSeconds(5);
  }

  /** Notes what the comparison tells. */
  private record Noting(Findings found) implements ClaimComparison.Sink {

    @Override
    public void missingInMySql(List<ClaimComparison.Held> claims) {
      claims.forEach(
          claim ->
              found.add(FindingType.MISSING_IN_MYSQL, claim.user(), "Redis has " + claim.redis()));
    }

    @Override
    public void missingInRedis(List<ClaimComparison.Held> claims) {
      claims.forEach(
          claim ->
              found.add(FindingType.MISSING_IN_REDIS, claim.user(), "MySQL has " + claim.mysql()));
    }

    @Override
    public void differ(List<ClaimComparison.Held> claims) {
      claims.forEach(
          claim ->
              found.add(
                  FindingType.RECORD_DIFFERS,
                  claim.user(),
                  "Redis has " + claim.redis() + ", MySQL has " + claim.mysql()));
    }

    @Override
    public void numberTaken(ClaimComparison.Held claim, String by) {
      found.add(
          FindingType.NUMBER_TAKEN,
          claim.user(),
          "Redis has "
              + claim.redis()
              + (by == null
                  ? ", which is not a claim"
                  : ", a number that belongs to " + by + " in MySQL"));
    }

    @Override
    public void gap(long first, long last) {
      found.add(
          FindingType.GAP,
          first == last ? String.valueOf(first) : first + "-" + last,
          "Numbers without a claim: " + (last - first + 1));
    }
  }
}

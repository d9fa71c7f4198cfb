package io.firstcome.coupon.change;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.recovery.ArchivedCoupons;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.Version;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.RetiredException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;

/**
 * Has scripts change coupons, and waits until MySQL has heard of it by the ledger: so whichever
 * store is lost, an answered change is not.
 */
@ApplicationScoped
public class Changes {

  private final Loader loader;
  private final ArchivedCoupons retired;
  private final HotCoupons coupons;
  private final Drainer drainer;
  private final Pool mysql;
  private final DefinitionConfig config;

  Changes(
      Loaders loaders,
      ArchivedCoupons retired,
      HotCoupons coupons,
      Drainer drainer,
      Pool mysql,
      DefinitionConfig config) {
    this.loader = loaders.of(COUPON);
    this.retired = retired;
    this.coupons = coupons;
    this.drainer = drainer;
    this.mysql = mysql;
    this.config = config;
  }

  /** Changes a coupon without shards in Redis and waits until MySQL has the change. */
  public Uni<ChangeResult.Done> settled(String couponId, Uni<ChangeResult> change) {
    return answered(couponId, change).map(ChangeResult.Done.class::cast);
  }

  /** The same for any coupon or shard; a refused change fails. */
  Uni<ChangeResult> answered(String couponId, Uni<ChangeResult> change) {
    return loader
        .whole(couponId, change)
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.revive(couponId).chain(() -> loader.whole(couponId, change)))
        .invoke(Changes::check)
        .call(
            result ->
                result instanceof ChangeResult.Done done
                    ? await(couponId, done)
                    : Uni.createFrom().voidItem());
  }

  private Uni<Void> await(String couponId, ChangeResult.Done done) {
    coupons.heard(couponId, new Version(done.epoch(), done.version()));
    drainer.wrote(couponId);
    return inMySql(couponId, done);
  }

  private static void check(ChangeResult result) {
    if (!(result instanceof ChangeResult.Refused refused)) {
      return;
    }
    throw switch (refused.word()) {
      case "BELOW-ISSUED" -> Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
      case "CLOSED" -> Problem.of(ProblemType.CLOSED).asException();
      case "NO-AUDIENCE" -> Problem.of(ProblemType.NO_AUDIENCE).asException();
      case "WINDOW" -> Problem.malformed("closesAt", "must be after opensAt").asException();
      default -> new IllegalStateException(result.toString());
    };
  }

  /** Waits until MySQL has reached a version. */
  private Uni<Void> inMySql(String couponId, ChangeResult.Done change) {
    return AwaitMySql.await(
        mysql
            .preparedQuery("SELECT epoch, version FROM coupon WHERE id = ?")
            .execute(Tuple.of(couponId))
            .map(rows -> rows.iterator().next())
            .map(
                row -> {
                  if (row.getLong("epoch") > change.epoch()) {
                    throw Problem.of(ProblemType.UNKNOWN_OUTCOME)
                        .detail(
                            "The coupon was reloaded after the change was made. Read it to see"
                                + " whether the change survived; repeat the change if it did not.")
                        .asException();
                  }
                  return row.getLong("version") >= change.version();
                }),
        config.firstLook(),
        config.lastLook(),
        config.settleTimeout(),
        "The change is in effect but not yet in the database. Repeat the request until it succeeds;"
            + " repeating it is safe.");
  }
}

package io.firstcome.coupon.change;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.recovery.ArchivedCoupons;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.ChangeResult.TicketMoved;
import io.firstcome.coupon.script.ChangeResult.UnitsChanged;
import io.firstcome.coupon.script.Version;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.durability.SettlingConfig;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.In;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.function.Function;

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
  private final MySqlCalls calls;
  private final SettlingConfig config;

  Changes(
      Loaders loaders,
      ArchivedCoupons retired,
      HotCoupons coupons,
      Drainer drainer,
      Pool mysql,
      MySqlCalls calls,
      SettlingConfig config) {
    this.loader = loaders.of(COUPON);
    this.retired = retired;
    this.coupons = coupons;
    this.drainer = drainer;
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
  }

  /** Changes a coupon without shards in Redis and waits until MySQL has the change. */
  public Uni<ChangeResult.Done> settled(String couponId, Uni<ChangeResult> change) {
    return answered(couponId, change).map(ChangeResult.Done.class::cast);
  }

  /** Changes units of a user, in the coupon or in the user's shard; a refused change fails. */
  public Uni<Units> units(
      String couponId, String userId, Function<String, Uni<ChangeResult>> change) {
    return answered(couponId, change.apply(couponId))
        .flatMap(
            result -> {
              if (result instanceof ChangeResult.Sharded sharded) {
                if (sharded.campaign().isLottery()) {
                  throw Problem.of(ProblemType.NO_CLAIM).asException();
                }
                String shard = Shard.ofUser(couponId, sharded.campaign().shards(), userId).id();
                return answered(shard, change.apply(shard)).map(told -> units(shard, told));
              }
              return Uni.createFrom().item(units(couponId, result));
            })
        .call(this::confirm)
        .onFailure(NotLoadedException.class)
        .transform(e -> Problem.of(((NotLoadedException) e).problem()).asException());
  }

  /**
   * Units that were changed.
   *
   * @param id of the coupon or the shard
   */
  public record Units(String id, UnitsChanged changed) {}

  /**
   * MySQL has reached the change; it has the units in that state too unless it refused them, as
   * where it had refused their issue.
   */
  private Uni<Void> confirm(Units done) {
    UnitsChanged changed = done.changed();
    if (changed.units().isEmpty()) {
      return Uni.createFrom().voidItem();
    }
    In numbers = In.of(changed.units());
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT COUNT(*) FROM claim WHERE coupon_id = ? AND state = ?"
                        + " AND sequence IN "
                        + numbers.marks())
                .execute(Tuple.from(numbers.after(done.id(), changed.state()))))
        .invoke(
            rows -> {
              if (rows.iterator().next().getLong(0) < changed.units().size()) {
                throw Problem.of(ProblemType.NOT_SECURED).asException();
              }
            })
        .replaceWithVoid();
  }

  /** Moves a ticket and waits until MySQL has it; a refused move fails. */
  public Uni<TicketMoved> ticket(String couponId, Uni<ChangeResult> move) {
    return answered(couponId, move)
        .map(TicketMoved.class::cast)
        .onFailure(NotLoadedException.class)
        .transform(e -> Problem.of(((NotLoadedException) e).problem()).asException());
  }

  private static Units units(String id, ChangeResult result) {
    return new Units(id, (UnitsChanged) result);
  }

  /** The same for any coupon or shard; a refused change fails. */
  Uni<ChangeResult> answered(String couponId, Uni<ChangeResult> change) {
    return loader
        .whole(couponId, change)
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.revive(couponId).chain(() -> loader.whole(couponId, change)))
        .invoke(Changes::check)
        .call(
            result -> {
              if (result instanceof ChangeResult.Done done) {
                return await(couponId, done.epoch(), done.version(), 0);
              }
              if (result instanceof TicketMoved moved) {
                return await(couponId, moved.epoch(), moved.version(), moved.change());
              }
              return result instanceof UnitsChanged units
                  ? await(couponId, units.epoch(), units.version(), units.change())
                  : Uni.createFrom().voidItem();
            });
  }

  private Uni<Void> await(String couponId, long epoch, long version, long change) {
    coupons.heard(couponId, new Version(epoch, version));
    drainer.wrote(couponId);
    return inMySql(couponId, epoch, version, change);
  }

  private static void check(ChangeResult result) {
    if (!(result instanceof ChangeResult.Refused refused)) {
      return;
    }
    String[] words = refused.word().split(" ");
    throw switch (words[0]) {
      case "NO-CLAIM", "NO-UNIT" -> Problem.of(ProblemType.NO_CLAIM).asException();
      case "REDEEMED" -> Problem.of(ProblemType.ALREADY_REDEEMED).asException();
      case "REVOKED" -> Problem.of(ProblemType.REVOKED).asException();
      case "QUEUED" -> Problem.of(ProblemType.NOT_HANDED_OUT).asException();
      case "OFFERED" -> Problem.of(ProblemType.NOT_ACCEPTED).asException();
      case "NO-TICKET" -> Problem.of(ProblemType.NO_TICKET).asException();
      case "LAPSED" -> Problem.of(ProblemType.OFFER_LAPSED).asException();
      case "UNDONE" -> Problem.of(ProblemType.REDEMPTION_UNDONE).asException();
      case "UNKNOWN" -> Problem.of(ProblemType.UNKNOWN_REDEMPTION).asException();
      case "EARLY" ->
          Problem.of(ProblemType.NOT_VALID_YET).with("validFrom", instant(words)).asException();
      case "EXPIRED" ->
          Problem.of(ProblemType.EXPIRED).with("validUntil", instant(words)).asException();
      case "LATE" ->
          Problem.of(ProblemType.OVERLOADED)
              .detail("The change came too late for its caller, and nothing was changed.")
              .asException();
      case "LEDGER-FULL" -> Problem.of(ProblemType.LEDGER_FULL).asException();
      case "BELOW-ISSUED" -> Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
      case "CLOSED" -> Problem.of(ProblemType.CLOSED).asException();
      case "NO-AUDIENCE" -> Problem.of(ProblemType.NO_AUDIENCE).asException();
      case "WINDOW" -> Problem.malformed("closesAt", "must be after opensAt").asException();
      default -> new IllegalStateException(result.toString());
    };
  }

  private static Instant instant(String[] words) {
    return Micros.toInstant(Long.parseLong(words[1]));
  }

  /** Waits until MySQL has reached a version, and a change of units. */
  private Uni<Void> inMySql(String couponId, long epoch, long version, long change) {
    return AwaitMySql.definition(
        config,
        "coupon",
        epoch,
        mysql
            .preparedQuery("SELECT epoch, version, changes FROM coupon WHERE id = ?")
            .execute(Tuple.of(couponId))
            .map(rows -> rows.iterator().next()),
        row -> row.getLong("version") >= version && row.getLong("changes") >= change);
  }
}

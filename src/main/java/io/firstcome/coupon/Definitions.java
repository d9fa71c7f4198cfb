package io.firstcome.coupon;

import io.firstcome.ledger.Acknowledge;
import io.firstcome.ledger.Drainer;
import io.firstcome.ledger.Micros;
import io.firstcome.ledger.MySqlCalls;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemException;
import io.firstcome.web.ProblemType;
import io.quarkus.hibernate.reactive.panache.Panache;
import io.quarkus.panache.common.Page;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * Defines coupons and changes them.
 *
 * <p>Changes have one order. Creation starts in MySQL; every later change is one script, which
 * bumps the version and appends the new definition to the ledger, and is answered once that entry
 * is in MySQL. So whichever store is lost, an answered change is not.
 */
@ApplicationScoped
class Definitions {

  private static final Logger LOG = Logger.getLogger(Definitions.class);

  /** So that a list does not take the connections that claims need. */
  private static final int READS_AT_ONCE = 4;

  private static final String ISSUED =
      "SELECT coupon_id, COUNT(*) FROM claim WHERE coupon_id IN (%s) GROUP BY coupon_id";

  private static final String LOST =
      "SELECT id, " + Lending.LOST_UNITS + " FROM coupon WHERE id IN (%s)";

  private final CouponScripts scripts;
  private final CouponLoader loader;
  private final Claims claims;
  private final Retired retired;
  private final Drainer drainer;
  private final Scripts redis;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final DefinitionConfig config;
  private final Acknowledge.Setting level;
  private final Lending lending;

  Definitions(
      CouponScripts scripts,
      CouponLoader loader,
      Claims claims,
      Retired retired,
      Drainer drainer,
      Scripts redis,
      Pool mysql,
      MySqlCalls calls,
      DefinitionConfig config,
      Acknowledge.Setting level,
      Lending lending) {
    this.scripts = scripts;
    this.loader = loader;
    this.claims = claims;
    this.retired = retired;
    this.drainer = drainer;
    this.redis = redis;
    this.mysql = mysql;
    this.calls = calls;
    this.config = config;
    this.level = level;
    this.lending = lending;
  }

  /** A coupon that was ordered, and whether this order made it. */
  record Created(CouponView coupon, boolean isNew) {}

  /** Creates a coupon, or finds the one that the same request has created before. */
  Uni<Created> create(NewCoupon request) {
    Coupon coupon = request.coupon(level);
    return calls
        .bounded(
            Panache.withTransaction(coupon::<Coupon>persist)
                .map(persisted -> true)
                .onFailure()
                .recoverWithUni(failure -> isRepetition(coupon, failure)))
        .call(() -> bringToRedis(coupon.id))
        .flatMap(isNew -> view(coupon, isNew).map(view -> new Created(view, isNew)));
  }

  /** Whether the coupon is there already: false (not new) if so. Otherwise fails. */
  private static Uni<Boolean> isRepetition(Coupon coupon, Throwable failure) {
    return Panache.withSession(() -> Coupon.<Coupon>findById(coupon.id))
        .map(
            existing -> {
              if (existing == null) {
                throw new IllegalStateException("MySQL refused coupon " + coupon.id, failure);
              }
              if (!existing.creation.equals(coupon.creation)) {
                throw Problem.of(ProblemType.COUPON_EXISTS).asException();
              }
              return false;
            });
  }

  /** So that the first claim need not wait. Where it fails, that claim has it loaded. */
  private Uni<Void> bringToRedis(String couponId) {
    return loader
        .created(couponId)
        .onFailure(e -> !(e instanceof RetiredException))
        .invoke(e -> LOG.warnf("Coupon %s is not in Redis yet: %s", couponId, e.getMessage()))
        .onFailure()
        .recoverWithNull();
  }

  /** The coupon as it stands in Redis; one that is new is as it was written. */
  private Uni<CouponView> view(Coupon coupon, boolean isNew) {
    return claims
        .read(coupon.id)
        .map(CouponState::view)
        .onFailure(e -> isNew)
        .recoverWithItem(() -> view(coupon, 0, 0, Instant.now()));
  }

  /**
   * A page of coupons in order of their ids.
   *
   * @param after the last id of the page before, or an empty string
   * @param rehearsal only such that are rehearsals, or are none; null: all
   */
  Uni<List<CouponView>> list(String after, int limit, Boolean rehearsal) {
    return calls
        .bounded(
            Panache.withSession(
                () ->
                    (rehearsal == null
                            ? Coupon.<Coupon>find("id > ?1 order by id", after)
                            : Coupon.<Coupon>find(
                                "id > ?1 and rehearsal = ?2 order by id", after, rehearsal))
                        .page(Page.ofSize(limit))
                        .list()))
        .flatMap(
            coupons ->
                coupons.isEmpty()
                    ? Uni.createFrom().item(List.<CouponView>of())
                    : Uni.combine()
                        .all()
                        .unis(states(coupons), time())
                        .asTuple()
                        .flatMap(both -> views(coupons, both.getItem1(), both.getItem2())));
  }

  /** What Redis holds of these coupons. */
  private Uni<Map<String, CouponState>> states(List<Coupon> coupons) {
    List<Uni<CouponState>> reads = new ArrayList<>();
    for (Coupon coupon : coupons) {
      reads.add(scripts.read(coupon.id, null).onFailure(Definitions::isCold).recoverWithNull());
    }
    return Uni.join()
        .all(reads)
        .usingConcurrencyOf(READS_AT_ONCE)
        .andFailFast()
        .map(
            states -> {
              Map<String, CouponState> byId = new HashMap<>();
              states.stream()
                  .filter(state -> state != null)
                  .forEach(state -> byId.put(state.id(), state));
              return byId;
            });
  }

  /** Redis is there and does not hold this one, or holds it in a state that is not to be read. */
  private static boolean isCold(Throwable e) {
    return e instanceof NotLoadedException
        || e instanceof RedisException redis && redis.isRefusal();
  }

  private Uni<List<CouponView>> views(
      List<Coupon> coupons, Map<String, CouponState> states, Instant now) {
    List<Coupon> cold = coupons.stream().filter(c -> !states.containsKey(c.id)).toList();
    List<String> uncounted =
        cold.stream().filter(c -> c.retiredIssued == null).map(c -> c.id).toList();
    return Uni.combine()
        .all()
        .unis(numbers(uncounted, ISSUED), numbers(cold.stream().map(c -> c.id).toList(), LOST))
        .asTuple()
        .map(
            both ->
                coupons.stream()
                    .map(
                        c ->
                            states.containsKey(c.id)
                                ? states.get(c.id).view()
                                : view(
                                    c,
                                    both.getItem1().getOrDefault(c.id, issuedWhenRetired(c)),
                                    both.getItem2().getOrDefault(c.id, 0L),
                                    now))
                    .toList());
  }

  private static long issuedWhenRetired(Coupon coupon) {
    return coupon.retiredIssued == null ? 0 : coupon.retiredIssued;
  }

  /** A number of MySQL for each of these coupons, which Redis does not hold. */
  private Uni<Map<String, Long>> numbers(List<String> ids, String sql) {
    if (ids.isEmpty()) {
      return Uni.createFrom().item(Map.of());
    }
    return calls
        .bounded(
            mysql
                .preparedQuery(sql.formatted("?" + ", ?".repeat(ids.size() - 1)))
                .execute(Tuple.from(ids)))
        .map(
            rows -> {
              Map<String, Long> numbers = new HashMap<>();
              for (Row row : rows) {
                numbers.put(row.getString(0), row.getLong(1));
              }
              return numbers;
            });
  }

  private Uni<Instant> time() {
    return redis
        .send(Command.TIME)
        .map(t -> Micros.toInstant(t.get(0).toLong() * 1_000_000 + t.get(1).toLong()));
  }

  private static CouponView view(Coupon coupon, long issued, long lost, Instant now) {
    OnLoss onLoss = OnLoss.ofStored(coupon.onLoss);
    return CouponView.of(
        coupon.id,
        coupon.name,
        coupon.quantity,
        issued,
        onLoss.withheld(lost, coupon.quantity, issued),
        Status.ofStored(coupon.status),
        Micros.toInstant(coupon.opensAt),
        Micros.toInstant(coupon.closesAt),
        coupon.audience,
        Acknowledge.ofStored(coupon.acknowledge),
        onLoss,
        coupon.rehearsal,
        coupon.version,
        now);
  }

  /** Changes these fields of a coupon, see {@code coupon-change.lua}. */
  Uni<CouponView> change(String couponId, Map<String, String> fields) {
    return settled(couponId, scripts.change(couponId, fields))
        // Whoever claims after the answer gets what was added.
        .call(() -> lending.added(couponId).onFailure().recoverWithNull())
        .flatMap(done -> claims.read(couponId))
        .map(CouponState::view);
  }

  /** Pauses a coupon, resumes it, or closes it for good. */
  Uni<CouponView> change(String couponId, Status status) {
    return change(couponId, Map.of("status", status.stored()));
  }

  /** Makes a change in Redis and waits until it is in MySQL. */
  Uni<ChangeResult.Done> settled(String couponId, Uni<ChangeResult> change) {
    return loader
        .whole(couponId, change)
        .onFailure(RetiredException.class)
        .recoverWithUni(() -> retired.revive(couponId).chain(() -> loader.whole(couponId, change)))
        .map(Definitions::done)
        .call(
            done -> {
              claims.heard(couponId, new Version(done.epoch(), done.version()));
              drainer.wrote(couponId);
              return inMySql(couponId, done);
            });
  }

  private static ChangeResult.Done done(ChangeResult result) {
    if (result instanceof ChangeResult.Done done) {
      return done;
    }
    throw switch (((ChangeResult.Refused) result).word()) {
      case "BELOW-ISSUED" -> Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
      case "CLOSED" -> Problem.of(ProblemType.CLOSED).asException();
      case "NO-AUDIENCE" -> Problem.of(ProblemType.NO_AUDIENCE).asException();
      case "WINDOW" -> Problem.malformed("closesAt", "must be after opensAt").asException();
      default -> new IllegalStateException(result.toString());
    };
  }

  /** Waits until MySQL has reached a version. Whichever replica drains the ledger, MySQL tells. */
  private Uni<Void> inMySql(String couponId, ChangeResult.Done change) {
    return mysql
        .preparedQuery("SELECT epoch, version FROM coupon WHERE id = ?")
        .execute(Tuple.of(couponId))
        .map(rows -> rows.iterator().next())
        .invoke(
            row -> {
              if (row.getLong("epoch") > change.epoch()) {
                throw Problem.of(ProblemType.UNKNOWN_OUTCOME)
                    .detail(
                        "The coupon was loaded anew after the change was made: read it to see"
                            + " whether the change survived, and ask again if not.")
                    .asException();
              }
              if (row.getLong("version") < change.version()) {
                throw new NotYetException();
              }
            })
        .onFailure(NotYetException.class)
        .retry()
        .withBackOff(config.firstLook(), config.lastLook())
        .expireIn(config.settleTimeout().toMillis())
        .ifNoItem()
        .after(config.settleTimeout())
        .fail()
        .onFailure(e -> !(e instanceof ProblemException))
        .transform(
            e ->
                Problem.of(ProblemType.DATABASE_UNAVAILABLE)
                    .detail(
                        "The change holds and MySQL does not have it yet: ask again, which is"
                            + " harmless, until it is confirmed.")
                    .asException())
        .replaceWithVoid();
  }

  /** MySQL has not got there yet. Carries no stack trace. */
  private static final class NotYetException extends RuntimeException {
    NotYetException() {
      super(null, null, false, false);
    }
  }
}

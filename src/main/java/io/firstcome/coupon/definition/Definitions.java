package io.firstcome.coupon.definition;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.change.ShardCoordinator;
import io.firstcome.coupon.code.CodeBooks;
import io.firstcome.coupon.model.Coupon;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.model.CouponRepository;
import io.firstcome.coupon.model.LotteryConfig;
import io.firstcome.coupon.model.NewCoupon;
import io.firstcome.coupon.recovery.SequenceWindow;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.durability.Acknowledge;
import io.firstcome.http.input.Paging;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.In;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RedisException;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hibernate.reactive.mutiny.Mutiny;
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

  /** Coupons that one page of a filtered list looks at. */
  static final int MAX_SCANNED = 500;

  private static final String ISSUED =
      "SELECT coupon_id, COUNT(*) FROM claim WHERE coupon_id IN %s AND "
          + SequenceWindow.COUNTED
          + " GROUP BY coupon_id";

  private static final String LOST =
      "SELECT id, " + SequenceWindow.LOST_UNITS + " FROM coupon WHERE id IN %s";

  private final CouponRepository rows;
  private final CouponScripts scripts;
  private final Loader loader;
  private final CouponViews views;
  private final CodeBooks codes;
  private final ShardCoordinator campaigns;
  private final Scripts redis;
  private final Pool mysql;
  private final MySqlCalls calls;
  private final Acknowledge.Setting level;
  private final LotteryConfig lottery;

  Definitions(
      CouponRepository rows,
      CouponScripts scripts,
      Loaders loaders,
      CouponViews views,
      CodeBooks codes,
      ShardCoordinator campaigns,
      Scripts redis,
      Pool mysql,
      MySqlCalls calls,
      Acknowledge.Setting level,
      LotteryConfig lottery) {
    this.rows = rows;
    this.scripts = scripts;
    this.loader = loaders.of(COUPON);
    this.views = views;
    this.codes = codes;
    this.campaigns = campaigns;
    this.redis = redis;
    this.mysql = mysql;
    this.calls = calls;
    this.level = level;
    this.lottery = lottery;
  }

  /** A coupon that was ordered, and whether this order made it. */
  record Created(CouponView coupon, boolean isNew) {}

  /** What is written in the transaction that creates a coupon. */
  @FunctionalInterface
  interface AlsoWritten {
    Uni<Void> in(Mutiny.Session session, CouponView created);
  }

  /** Creates a coupon of the service's own accord: no operator is to be recorded. */
  Uni<Created> create(NewCoupon request) {
    return create(request, (session, created) -> Uni.createFrom().voidItem());
  }

  /** Creates a coupon, or finds the one that the same request has created before. */
  Uni<Created> create(NewCoupon request, AlsoWritten also) {
    List<Coupon> coupons = request.coupons(level, lottery.maxTickets());
    Coupon coupon = coupons.get(0);
    coupon.codeScheme = codes.draw(coupon.id, request);
    return rows.create(
            coupons,
            request.draws(coupon.id),
            coupon.id,
            existing -> existing.creation.equals(coupon.creation),
            ProblemType.COUPON_EXISTS,
            session -> also.in(session, view(coupon, 0, 0, Instant.now())))
        .call(() -> bringToRedis(coupons))
        .flatMap(isNew -> view(coupon, isNew).map(view -> new Created(view, isNew)));
  }

  /** So that the first claim need not wait. Where it fails, that claim has it loaded. */
  private Uni<Void> bringToRedis(List<Coupon> coupons) {
    return Multi.createFrom()
        .iterable(coupons)
        .onItem()
        .transformToUniAndConcatenate(coupon -> loader.created(coupon.id))
        .toUni()
        .onFailure(e -> !(e instanceof RetiredException))
        .invoke(
            e ->
                LOG.warnf(
                    "Coupon %s was created but is not in Redis yet: %s",
                    coupons.get(0).id, e.getMessage()))
        .onFailure()
        .recoverWithNull();
  }

  /** The coupon as it stands in Redis; one that is new is as it was written. */
  private Uni<CouponView> view(Coupon coupon, boolean isNew) {
    return views
        .of(coupon.id)
        .onFailure(e -> isNew)
        .recoverWithItem(() -> view(coupon, 0, 0, Instant.now()));
  }

  /**
   * A page of coupons.
   *
   * @param next the id after which the next page begins; null: this was the last
   */
  record Listed(List<CouponView> coupons, String next) {}

  /**
   * A page of coupons in order of their ids. A filter looks at {@link #MAX_SCANNED} coupons at
   * most, so that one that nothing matches costs no more than others: a page may be short, or
   * empty, and not the last.
   *
   * @param after the last id of the page before, or an empty string
   * @param rehearsal true: only rehearsals; false: only coupons that are not; null: all
   * @param archived whether those that are archived, or those that are not
   */
  Uni<Listed> list(
      String after, int limit, Boolean rehearsal, boolean archived, CouponFilter filter) {
    int scanned = filter.isEmpty() ? limit : MAX_SCANNED;
    return rows.page(after, scanned, rehearsal, archived)
        .flatMap(
            coupons ->
                coupons.isEmpty()
                    ? Uni.createFrom().item(new Listed(List.of(), null))
                    : redis
                        .time()
                        .flatMap(
                            now -> {
                              List<Coupon> matching =
                                  coupons.stream()
                                      .filter(coupon -> filter.matches(coupon, now))
                                      .limit(limit)
                                      .toList();
                              String next =
                                  matching.size() == limit
                                      ? matching.get(limit - 1).id
                                      : Paging.next(coupons, scanned, coupon -> coupon.id);
                              return views(matching, now).map(views -> new Listed(views, next));
                            }));
  }

  private Uni<List<CouponView>> views(List<Coupon> coupons, Instant now) {
    return coupons.isEmpty()
        ? Uni.createFrom().item(List.of())
        : inRedis(coupons).flatMap(warm -> views(coupons, warm, now));
  }

  /** Orders a coupon like this one. */
  Uni<NewCoupon> clone(String couponId, CouponClone request) {
    return rows.byKey(couponId)
        .map(
            coupon -> {
              if (coupon == null || coupon.campaign != null) {
                throw Problem.of(ProblemType.UNKNOWN_COUPON).asException();
              }
              return request.of(coupon);
            });
  }

  /** What Redis holds of these coupons. */
  private Uni<Map<String, CouponView>> inRedis(List<Coupon> coupons) {
    List<Uni<CouponView>> reads = new ArrayList<>();
    for (Coupon coupon : coupons) {
      reads.add(inRedis(coupon).onFailure(Definitions::isCold).recoverWithNull());
    }
    return Uni.join()
        .all(reads)
        .usingConcurrencyOf(READS_AT_ONCE)
        .andFailFast()
        .map(
            views -> {
              Map<String, CouponView> byId = new HashMap<>();
              views.stream()
                  .filter(view -> view != null)
                  .forEach(view -> byId.put(view.id(), view));
              return byId;
            });
  }

  private Uni<CouponView> inRedis(Coupon coupon) {
    return coupon.shards == 1
        ? scripts.read(coupon.id, null).map(CouponView::of)
        : CouponViews.of(
            coupon.id,
            new CampaignMark(coupon.inRedis(), coupon.definition.quantity(), coupon.version),
            shard -> scripts.read(shard, null));
  }

  /** Redis is there and does not hold this one, or holds it in a state that is not to be read. */
  private static boolean isCold(Throwable e) {
    return e instanceof NotLoadedException
        || e instanceof RedisException redis && redis.isRefusal();
  }

  private Uni<List<CouponView>> views(
      List<Coupon> coupons, Map<String, CouponView> warm, Instant now) {
    List<Coupon> cold = coupons.stream().filter(c -> !warm.containsKey(c.id)).toList();
    List<Coupon> uncounted = cold.stream().filter(c -> c.retiredIssued == null).toList();
    return Uni.combine()
        .all()
        .unis(numbers(uncounted, ISSUED), numbers(cold, LOST))
        .asTuple()
        .map(
            both ->
                coupons.stream()
                    .map(
                        c ->
                            warm.containsKey(c.id)
                                ? warm.get(c.id)
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
  private Uni<Map<String, Long>> numbers(List<Coupon> coupons, String sql) {
    if (coupons.isEmpty()) {
      return Uni.createFrom().item(Map.of());
    }
    In ids = In.of(coupons.stream().flatMap(coupon -> coupon.parts().stream()).toList());
    return calls
        .bounded(mysql.preparedQuery(sql.formatted(ids.marks())).execute(Tuple.from(ids.values())))
        .map(
            rows -> {
              Map<String, Long> numbers = new HashMap<>();
              for (Row row : rows) {
                numbers.merge(Keys.campaignOf(row.getString(0)), row.getLong(1), Long::sum);
              }
              return numbers;
            });
  }

  private static CouponView view(Coupon coupon, long issued, long lost, Instant now) {
    CouponDefinition defined = coupon.definition;
    if (coupon.isUndrawn()) {
      return CouponView.ofLottery(
          coupon.id,
          defined,
          issued,
          coupon.audience,
          coupon.rehearsal,
          coupon.version,
          now,
          coupon.terms);
    }
    return CouponView.of(
        coupon.id,
        defined,
        issued,
        defined.onLoss().withheld(lost, defined.quantity(), issued),
        coupon.audience,
        coupon.rehearsal,
        coupon.version,
        now,
        coupon.shards,
        coupon.terms,
        CouponState.Line.NONE,
        Map.of());
  }

  /** Changes these fields of a coupon, see {@code coupon-change.lua}. */
  Uni<CouponView> change(String couponId, Map<Field, String> fields) {
    return checkCodes(couponId, fields)
        .chain(() -> campaigns.change(couponId, fields))
        .chain(() -> views.of(couponId));
  }

  /** So many units need longer codes than the coupon may have. */
  private Uni<Void> checkCodes(String couponId, Map<Field, String> fields) {
    String quantity = fields.get(Field.QUANTITY);
    return quantity == null || Long.parseLong(quantity) <= NewCoupon.MANY_CODES
        ? Uni.createFrom().voidItem()
        : codes
            .of(couponId)
            .invoke(
                book -> {
                  if (book != null && !book.suits(Long.parseLong(quantity))) {
                    throw Problem.malformed(
                            "quantity",
                            "must be at most 1,000,000 for a coupon whose codes have fewer than 16"
                                + " random symbols")
                        .asException();
                  }
                })
            .replaceWithVoid();
  }

  /** Pauses a coupon, resumes it, or closes it for good. */
  Uni<CouponView> change(String couponId, Status status) {
    return change(couponId, Map.of(Field.STATUS, status.stored()));
  }
}

package io.firstcome.coupon.redemption;

import io.firstcome.coupon.code.CodeBook;
import io.firstcome.coupon.code.CodeBooks;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.durability.AwaitMySql;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.ratelimit.CodeLimits;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Finds the unit that a code is of.
 *
 * <p>MySQL has the codes of units once their claims are written behind. So where it has none, those
 * that were issued by then are waited for, and it is asked once more.
 *
 * <p>A caller learns nothing of codes that are not the user's: whether there is no such code or it
 * is another user's, the same is done, and the same answer is given at the same time, a multiple of
 * {@link #REFUSAL} after the request. Wrong codes are limited, by caller and by coupon; a mistyped
 * one is not counted, as everybody can tell that it is none.
 */
@ApplicationScoped
class RedeemableCodes {

  /** Longer than it takes to refuse a code, so that all refusals take this time. */
  static final Duration REFUSAL = Duration.ofMillis(250);

  private static final Duration FIRST_LOOK = Duration.ofMillis(5);
  private static final Duration LAST_LOOK = Duration.ofMillis(50);
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final CodeBooks books;
  private final CouponReader coupons;
  private final Drainer drainer;
  private final CodeLimits limits;
  private final Scripts redis;
  private final Pool mysql;
  private final MySqlCalls calls;

  RedeemableCodes(
      CodeBooks books,
      CouponReader coupons,
      Drainer drainer,
      CodeLimits limits,
      Scripts redis,
      Pool mysql,
      MySqlCalls calls) {
    this.books = books;
    this.coupons = coupons;
    this.drainer = drainer;
    this.limits = limits;
    this.redis = redis;
    this.mysql = mysql;
    this.calls = calls;
  }

  /** The unit of a code. */
  private record Found(String userId, long number) {}

  /**
   * The request with the user and the number of the unit whose code it has.
   *
   * @param caller who redeems
   */
  Uni<UnitRequests.Redeem> resolve(String couponId, UnitRequests.Redeem request, String caller) {
    long began = System.nanoTime();
    return limits
        .check(caller, couponId)
        .chain(() -> books.of(couponId))
        .flatMap(
            book ->
                book == null
                    ? withoutCodes(couponId)
                    : book.kind() == Codes.SHARED
                        ? ofAll(book, couponId, request, caller)
                        : ofOne(book, couponId, request, caller))
        .onFailure(RedeemableCodes::isRefusal)
        .recoverWithUni(why -> refused(began, why));
  }

  private static boolean isRefusal(Throwable why) {
    return why instanceof ProblemException known
        && known.problem().type() == ProblemType.UNKNOWN_CODE;
  }

  private static Uni<UnitRequests.Redeem> refused(long began, Throwable why) {
    long passed = System.nanoTime() - began;
    long period = REFUSAL.toNanos();
    return Uni.createFrom()
        .voidItem()
        .onItem()
        .delayIt()
        // Whole milliseconds, up: a timer takes none that is shorter.
        .by(Duration.ofMillis(1 + TimeUnit.NANOSECONDS.toMillis(period - passed % period)))
        .chain(() -> Uni.createFrom().failure(why));
  }

  /** Fails where there is no such coupon, too. */
  private Uni<UnitRequests.Redeem> withoutCodes(String couponId) {
    return coupons
        .read(couponId)
        .map(
            stored -> {
              throw Problem.malformed("code", "cannot be given, as this coupon has no codes")
                  .asException();
            });
  }

  private Uni<UnitRequests.Redeem> ofAll(
      CodeBook book, String couponId, UnitRequests.Redeem request, String caller) {
    if (request.userId() == null) {
      throw Problem.malformed("userId", "is required, as all units of this coupon have one code")
          .asException();
    }
    return book.isShared(request.code()) ? Uni.createFrom().item(request) : wrong(couponId, caller);
  }

  private Uni<UnitRequests.Redeem> ofOne(
      CodeBook book, String couponId, UnitRequests.Redeem request, String caller) {
    if (book.isMistyped(request.code())) {
      return unknown();
    }
    Uni<Found> find = Uni.createFrom().deferred(() -> find(book, couponId, request));
    return find.onItem()
        .ifNull()
        .switchTo(() -> drained(book, couponId).chain(() -> find))
        .flatMap(
            found ->
                found == null
                    ? wrong(couponId, caller)
                    : Uni.createFrom()
                        .item(
                            new UnitRequests.Redeem(
                                null, found.userId(), request.orderReference(), found.number())));
  }

  private Uni<UnitRequests.Redeem> wrong(String couponId, String caller) {
    return limits.wrong(caller, couponId).chain(RedeemableCodes::unknown);
  }

  private static Uni<UnitRequests.Redeem> unknown() {
    return Uni.createFrom().failure(Problem.of(ProblemType.UNKNOWN_CODE).asException());
  }

  /** The unit that may be redeemed by this request, or null. */
  private Uni<Found> find(CodeBook book, String couponId, UnitRequests.Redeem request) {
    return rows(
            "SELECT sequence FROM coupon_code WHERE coupon_id = ? AND fingerprint = ?",
            Tuple.of(couponId, book.fingerprint(request.code())))
        .flatMap(
            codes -> {
              // Where there is none, too: it takes as long.
              long number = codes.size() == 0 ? 0 : codes.iterator().next().getLong(0);
              return rows(
                      "SELECT user_id FROM claim WHERE coupon_id = ? AND sequence = ?",
                      Tuple.of(part(book, couponId, number), own(book, number)))
                  .map(claims -> found(claims, number, request));
            });
  }

  private static Found found(RowSet<Row> claims, long number, UnitRequests.Redeem request) {
    if (claims.size() == 0) {
      return null;
    }
    String userId = claims.iterator().next().getString(0);
    boolean isMeant =
        (request.userId() == null || request.userId().equals(userId))
            && (request.sequence() == null || request.sequence() == number);
    return isMeant ? new Found(userId, number) : null;
  }

  private Uni<RowSet<Row>> rows(String sql, Tuple params) {
    return calls.bounded(mysql.preparedQuery(sql).execute(params));
  }

  /** The id that the claim of this number is stored under. */
  private static String part(CodeBook book, String couponId, long number) {
    return book.shards() == 1
        ? couponId
        : Shard.ofNumber(couponId, book.shards(), Math.max(1, number)).id();
  }

  private static long own(CodeBook book, long number) {
    return book.shards() == 1 ? number : (number - 1) / book.shards() + 1;
  }

  /** Waits for what was issued by now, at most for a while. */
  private Uni<Void> drained(CodeBook book, String couponId) {
    List<String> parts =
        book.shards() == 1
            ? List.of(couponId)
            : Shard.all(couponId, book.shards()).stream().map(Shard::id).toList();
    return Multi.createFrom()
        .iterable(parts)
        .onItem()
        .transformToUniAndConcatenate(this::drained)
        .collect()
        .last();
  }

  private Uni<Void> drained(String partId) {
    return coupons
        .readOne(partId)
        .flatMap(
            state -> {
              drainer.wrote(partId);
              return AwaitMySql.await(
                  isDrained(state),
                  FIRST_LOOK,
                  LAST_LOOK,
                  PATIENCE,
                  "The code may be of a unit that is not yet in the database. Retry after"
                      + " 'Retry-After' seconds.");
            });
  }

  /** Whether MySQL has all that was issued by then, or refused it. */
  private Uni<Boolean> isDrained(CouponState state) {
    return redis
        .send(Command.XLEN, Keys.ledger(state.id()))
        .flatMap(
            length ->
                length.toLong() == 0
                    ? Uni.createFrom().item(true)
                    : rows(
                            "SELECT COALESCE(MAX(sequence), 0) FROM claim WHERE coupon_id = ?",
                            Tuple.of(state.id()))
                        .map(rows -> rows.iterator().next().getLong(0) >= state.sequence()));
  }
}

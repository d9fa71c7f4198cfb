package io.firstcome.coupon.lottery;

import com.github.benmanes.caffeine.cache.Cache;
import io.firstcome.coupon.hot.BatchConfig;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.eligibility.Rules;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.work.Caches;
import io.firstcome.work.EventLoop;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;

/** The lotteries that are in use on this replica. */
@Singleton
public class Lotteries {

  private final Pool mysql;
  private final MySqlCalls calls;
  private final Rules rules;
  private final CouponScripts scripts;
  private final Cache<String, Lottery> known;

  Lotteries(Pool mysql, MySqlCalls calls, Rules rules, CouponScripts scripts, BatchConfig config) {
    this.mysql = mysql;
    this.calls = calls;
    this.rules = rules;
    this.scripts = scripts;
    this.known = Caches.untilIdle(config.maxCoupons(), config.idle());
  }

  /** One that is in use; null where it is not known to be a lottery. */
  public Lottery known(String couponId) {
    return known.getIfPresent(couponId);
  }

  /** A lottery; fails with {@code unknown-coupon} or {@code no-draw}. Ends where it was called. */
  public Uni<Lottery> of(String couponId) {
    Lottery here = known.getIfPresent(couponId);
    return here != null ? Uni.createFrom().item(here) : EventLoop.back(load(couponId));
  }

  private Uni<Lottery> load(String couponId) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT d.number, d.salt_key, d.tickets FROM coupon c LEFT JOIN draw d"
                        + " ON d.coupon_id = c.id WHERE c.id = ? ORDER BY d.number DESC LIMIT 1")
                .execute(Tuple.of(couponId)))
        .flatMap(
            rows -> {
              if (rows.size() == 0) {
                throw Problem.of(ProblemType.UNKNOWN_COUPON).asException();
              }
              Row row = rows.iterator().next();
              if (row.getInteger("number") == null) {
                throw Problem.of(ProblemType.NO_DRAW).asException();
              }
              return rules
                  .loadTickets(couponId, row.getString("tickets"))
                  .map(
                      rule ->
                          new Lottery(
                              couponId, row.getInteger("number"), row.getString("salt_key"), rule));
            })
        .invoke(lottery -> known.put(couponId, lottery));
  }

  /**
   * Whether a lottery is over and its coupon is one like any other. Where Redis still has it as one
   * that is not drawn, as from a backup, that is taken away.
   */
  public Uni<Boolean> isDrawn(String couponId) {
    return EventLoop.back(
        calls
            .bounded(
                mysql
                    .preparedQuery("SELECT shards = 1 FROM coupon WHERE id = ?")
                    .execute(Tuple.of(couponId)))
            .map(rows -> rows.size() > 0 && rows.iterator().next().getLong(0) == 1)
            .call(
                drawn -> {
                  if (!drawn) {
                    return Uni.createFrom().voidItem();
                  }
                  known.invalidate(couponId);
                  return scripts.unmark(couponId);
                }));
  }
}

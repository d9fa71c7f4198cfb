package io.firstcome.coupon.lottery;

import io.firstcome.coupon.change.Changes;
import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Draw;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.coupon.model.LotteryEntry.State;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponScripts.UnitChange;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;

/** Entries of lotteries: what became of one, and its withdrawal. */
@ApplicationScoped
class Entries {

  private final Lotteries lotteries;
  private final CouponReader coupons;
  private final CouponScripts scripts;
  private final HotCoupons hot;
  private final Changes changes;
  private final Pool mysql;
  private final MySqlCalls calls;

  Entries(
      Lotteries lotteries,
      CouponReader coupons,
      CouponScripts scripts,
      HotCoupons hot,
      Changes changes,
      Pool mysql,
      MySqlCalls calls) {
    this.lotteries = lotteries;
    this.coupons = coupons;
    this.scripts = scripts;
    this.hot = hot;
    this.changes = changes;
    this.mysql = mysql;
    this.calls = calls;
  }

  /** A user's entry; waits as the answer to the entry does. Fails where there is none. */
  Uni<LotteryEntry> find(String couponId, String userId) {
    return lotteries
        .of(couponId)
        .flatMap(
            lottery ->
                coupons
                    .find(lottery.entriesId(), userId)
                    .flatMap(
                        claim -> {
                          if (claim == null) {
                            throw Problem.of(ProblemType.NOT_ENTERED).asException();
                          }
                          return drawn(lottery, lottery.entry(claim));
                        }));
  }

  private Uni<LotteryEntry> drawn(Lottery lottery, LotteryEntry entry) {
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT d.state, w.place FROM draw d LEFT JOIN draw_winner w"
                        + " ON w.coupon_id = d.coupon_id AND w.draw = d.number AND w.number = ?"
                        + " WHERE d.coupon_id = ? AND d.number = ?")
                .execute(Tuple.of(entry.number(), lottery.couponId(), lottery.draw())))
        .map(
            rows -> {
              Row row = rows.iterator().next();
              return switch (Draw.State.ofStored(row.getString(0))) {
                case DRAWN -> entry.drawn(row.getLong(1));
                case CANCELLED -> entry.drawn(null);
                default -> entry;
              };
            });
  }

  /**
   * Withdraws a user's entry for good; the answer is given once MySQL has it. Again is the same.
   *
   * @param by who withdraws it
   */
  Uni<LotteryEntry> withdraw(String couponId, String userId, String by) {
    return lotteries
        .of(couponId)
        .flatMap(
            lottery ->
                find(couponId, userId)
                    .flatMap(
                        entry ->
                            entry.state() == State.WITHDRAWN
                                ? Uni.createFrom().item(entry)
                                : open(lottery)
                                    .chain(() -> withdraw(lottery, userId, by))
                                    .map(lottery::entry)));
  }

  /** Fails where nobody can enter or withdraw any more. */
  private Uni<Void> open(Lottery lottery) {
    return coupons
        .readOne(lottery.entriesId())
        .invoke(
            state -> {
              if (state.isOver()) {
                throw Problem.of(ProblemType.CLOSED).asException();
              }
            })
        .replaceWithVoid();
  }

  private Uni<Claim> withdraw(Lottery lottery, String userId, String by) {
    return changes
        .units(
            lottery.entriesId(),
            userId,
            id ->
                scripts.changeUnits(
                    id, UnitChange.REVOKE, userId, null, "", by, "withdrawn", hot.seen(id)))
        .map(done -> Claim.of(lottery.entriesId(), userId, done.changed().holding()))
        .onFailure(Entries::isNoClaim)
        .transform(e -> Problem.of(ProblemType.NOT_ENTERED).asException());
  }

  private static boolean isNoClaim(Throwable e) {
    return e instanceof ProblemException known && known.problem().type() == ProblemType.NO_CLAIM;
  }
}

package io.firstcome.coupon.recovery;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.change.CouponArchiver;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.Quotas;
import io.firstcome.coupon.model.UnitRow;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What MySQL answers of coupons that have left Redis, see {@link CouponArchiver}. Fails with {@link
 * NotLoadedException} where the coupon is on its way back.
 */
@ApplicationScoped
public class ArchivedCoupons {

  /** Units that count against each group of a coupon. */
  public static final String GROUPS =
      "SELECT claim_group, COUNT(*) FROM claim WHERE coupon_id = ? AND claim_group IS NOT NULL AND "
          + SequenceWindow.COUNTED
          + " GROUP BY claim_group";

  private final Loader loader;
  private final Pool mysql;
  private final MySqlCalls calls;

  ArchivedCoupons(Loaders loaders, Pool mysql, MySqlCalls calls) {
    this.loader = loaders.of(COUPON);
    this.mysql = mysql;
    this.calls = calls;
  }

  /**
   * What a user holds of one.
   *
   * @param claim null: nothing
   */
  public record Holding(Claim claim, boolean rehearsal, Instant serverTime, boolean hasCodes) {}

  Uni<Holding> holding(String couponId, String userId) {
    return rows(
            couponId,
            "SELECT c.rehearsal, UTC_TIMESTAMP(6), c.codes, k.* FROM coupon c"
                + " LEFT JOIN claim k ON k.coupon_id = c.id AND k.user_id = ?"
                + " WHERE c.id = ? AND c.retired_at IS NOT NULL ORDER BY k.unit",
            Tuple.of(userId, couponId))
        .map(
            rows -> {
              List<ClaimHolding.Unit> units = new ArrayList<>();
              for (Row row : rows) {
                if (row.getLong("sequence") != null) {
                  units.add(UnitRow.unit(row.getDelegate()));
                }
              }
              Row any = rows.iterator().next();
              return new Holding(
                  units.isEmpty() ? null : Claim.of(couponId, userId, ClaimHolding.of(units)),
                  any.getBoolean(0),
                  Micros.toInstant(any.getLocalDateTime(1)),
                  Codes.ofStored(any.getString(2)) != Codes.NONE);
            });
  }

  /** The coupon, as it was when Redis had it last. */
  public Uni<CouponState> state(String couponId) {
    return rows(
            couponId,
            "SELECT UTC_TIMESTAMP(6), audience, version, epoch, rehearsal, lent, retired_issued, "
                + CouponTerms.COLUMNS
                + ", "
                + CouponDefinition.COLUMNS
                + ", "
                + SequenceWindow.LOST_UNITS
                + " AS lost FROM coupon WHERE id = ? AND retired_at IS NOT NULL",
            Tuple.of(couponId))
        .flatMap(
            rows -> {
              Row row = rows.iterator().next();
              return issuedByGroup(couponId, CouponDefinition.of(row.getDelegate()))
                  .map(groups -> state(couponId, row, groups));
            });
  }

  /** What {@link CouponState#issuedByGroup} is of a coupon that Redis does not hold. */
  private Uni<Map<String, Long>> issuedByGroup(String couponId, CouponDefinition definition) {
    return definition.group().isEmpty()
        ? Uni.createFrom().item(Map.of())
        : calls
            .bounded(mysql.preparedQuery(GROUPS).execute(Tuple.of(couponId)))
            .map(
                rows -> {
                  Map<String, Long> counted = new HashMap<>();
                  rows.forEach(row -> counted.put(row.getString(0), row.getLong(1)));
                  return Quotas.ofStored(definition.quotas()).all(counted);
                });
  }

  private static CouponState state(String couponId, Row row, Map<String, Long> groups) {
    long issued = row.getLong("retired_issued");
    return new CouponState(
        couponId,
        Micros.toInstant(row.getLocalDateTime(0)),
        row.getLong("epoch"),
        row.getLong("version"),
        CouponDefinition.of(row.getDelegate()),
        row.getBoolean("audience") ? 0 : -1,
        issued,
        issued,
        issued,
        null,
        row.getBoolean("rehearsal"),
        row.getLong("lost"),
        0,
        row.getLong("lent"),
        "",
        0,
        0,
        CouponTerms.of(row.getDelegate()),
        CouponState.Line.NONE,
        null,
        groups);
  }

  /** At least one row. */
  private Uni<RowSet<Row>> rows(String couponId, String sql, Tuple params) {
    return calls
        .bounded(mysql.preparedQuery(sql).execute(params))
        .invoke(
            rows -> {
              if (rows.size() == 0) {
                loader.notRetired(couponId);
                throw new NotLoadedException(couponId);
              }
            });
  }

  /** Brings one back into Redis, for a change of it. It is retired anew when it is over. */
  public Uni<Void> revive(String couponId) {
    return calls
        .bounded(
            mysql
                .preparedQuery("SELECT 1 FROM coupon WHERE id = ? AND frozen")
                .execute(Tuple.of(couponId)))
        .invoke(
            frozen -> {
              if (frozen.size() > 0) {
                throw Problem.of(ProblemType.DRAW_BEGUN).asException();
              }
            })
        .chain(() -> unmark(couponId))
        .chain(marked -> loader.revived(couponId));
  }

  private Uni<RowSet<Row>> unmark(String couponId) {
    return calls.bounded(
        mysql
            .preparedQuery(
                "UPDATE coupon SET retired_at = NULL, retired_issued = NULL,"
                    + " cleared_at = NULL, over_since = NULL"
                    + " WHERE id = ? AND retired_at IS NOT NULL AND NOT frozen")
            .execute(Tuple.of(couponId)));
  }
}

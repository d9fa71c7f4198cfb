package io.firstcome.coupon.redemption;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What became of the units of a claim, from MySQL, in order. */
@ApplicationScoped
class ClaimHistory {

  /** The key of a page: the last change of the page before, and the unit in it. */
  static final String KEY = "[0-9]{1,18}\\.[0-9]{1,18}";

  static final String START = "0.0";

  private final CouponReader coupons;
  private final Pool mysql;
  private final MySqlCalls calls;

  ClaimHistory(CouponReader coupons, Pool mysql, MySqlCalls calls) {
    this.coupons = coupons;
    this.mysql = mysql;
    this.calls = calls;
  }

  /** What happened to a unit. */
  enum Event {
    ISSUED,
    /** To be handed out in its turn. */
    QUEUED,
    HANDED,
    /** To who waited for it; to be accepted in time. */
    OFFERED,
    ACCEPTED,
    REDEEMED,
    UNREDEEMED,
    /** For good, and the unit is used up. */
    REVOKED,
    /**
     * Revoked, declined or not accepted: for good, and the unit is issued again under another
     * number.
     */
    RETURNED
  }

  /**
   * A step in the life of a unit.
   *
   * @param by who did it
   */
  @Schema(name = "ClaimEvent")
  record Step(
      @Schema(description = "Number of the unit", examples = "1") long sequence,
      Event event,
      @Schema(description = "The time of Redis", examples = "2026-07-03T10:00:00.000123Z")
          Instant at,
      @Schema(description = "Who did it", examples = "shop") String by,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Schema(examples = "order-4711")
          String orderReference,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) @Schema(examples = "Order cancelled")
          String reason) {}

  /**
   * A page of steps in order.
   *
   * @param next ask for what comes after this one, or null: this was the last page
   */
  @Schema(name = "ClaimHistory")
  record Page(List<Step> steps, String next) {}

  /**
   * @param after key of the page before, or {@link #START}, which has the issues too
   */
  Uni<Page> page(String couponId, String userId, String after, int limit) {
    return coupons
        .find(couponId, userId)
        .onItem()
        .ifNull()
        .failWith(() -> Problem.of(ProblemType.NO_CLAIM).asException())
        .flatMap(
            claim ->
                coupons
                    .read(couponId)
                    .flatMap(
                        stored ->
                            page(
                                claim,
                                stored instanceof CampaignMark campaign
                                    ? Shard.ofUser(couponId, campaign.shards(), userId)
                                    : null,
                                after,
                                limit)));
  }

  /**
   * @param shard null: the coupon has none
   */
  private Uni<Page> page(Claim claim, Shard shard, String after, int limit) {
    int dot = after.indexOf('.');
    long change = Long.parseLong(after.substring(0, dot));
    long sequence = Long.parseLong(after.substring(dot + 1));
    return calls
        .bounded(
            mysql
                .preparedQuery(
                    "SELECT change_no, sequence, state, reference, changed_at, changed_by, reason"
                        + " FROM claim_change WHERE coupon_id = ? AND user_id = ?"
                        + " AND (change_no > ? OR change_no = ? AND sequence > ?)"
                        + " ORDER BY change_no, sequence LIMIT ?")
                .execute(
                    Tuple.from(
                        List.of(
                            shard == null ? claim.couponId() : shard.id(),
                            claim.userId(),
                            change,
                            change,
                            sequence,
                            limit))))
        .map(
            rows -> {
              List<Step> steps = new ArrayList<>(after.equals(START) ? issues(claim) : List.of());
              String next = null;
              for (Row row : rows) {
                steps.add(step(row, shard));
                next = row.getLong(0) + "." + row.getLong(1);
              }
              return new Page(steps, rows.size() < limit ? null : next);
            });
  }

  private static List<Step> issues(Claim claim) {
    return claim.units() == null
        ? List.of(issue(claim, claim.sequence(), claim.issuedAt()))
        : claim.units().stream()
            .map(unit -> issue(claim, unit.sequence(), unit.issuedAt()))
            .toList();
  }

  private static Step issue(Claim claim, long sequence, Instant at) {
    return new Step(sequence, Event.ISSUED, at, claim.userId(), null, null);
  }

  private static Step step(Row row, Shard shard) {
    return new Step(
        shard == null ? row.getLong(1) : shard.told(row.getLong(1)),
        Event.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
        Micros.toInstant(row.getLocalDateTime(4)),
        row.getString(5),
        row.getString(3),
        row.getString(6));
  }
}

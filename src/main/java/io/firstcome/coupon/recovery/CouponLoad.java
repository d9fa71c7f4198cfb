package io.firstcome.coupon.recovery;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.Codes;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponTerms;
import io.firstcome.coupon.model.UnitRow;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.mysql.Micros;
import io.firstcome.recovery.Loadable;
import io.firstcome.recovery.Staging;
import io.firstcome.recovery.Staging.Staged;
import io.firstcome.redis.Keys;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Row;
import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/** What is loaded of a coupon: its definition, its claimants, its audience and its line. */
@Singleton
public class CouponLoad implements Loadable {

  /** Users' ids are visible ASCII. */
  private static final String AFTER_EVERY_USER = "\u007f";

  private final CouponScripts coupons;
  private final SequenceWindow lending;
  private final HotCoupons known;

  public CouponLoad(CouponScripts coupons, SequenceWindow lending, HotCoupons known) {
    this.coupons = coupons;
    this.lending = lending;
    this.known = known;
  }

  @Override
  public AggregateType type() {
    return COUPON;
  }

  @Override
  public ProblemType unknown() {
    return ProblemType.UNKNOWN_COUPON;
  }

  @Override
  public Uni<?> read(String couponId) {
    // Of a campaign there is no more than that it is one.
    return coupons.stored(couponId, null, known.seen(couponId));
  }

  @Override
  public String state(String couponId) {
    return Keys.state(couponId);
  }

  @Override
  public String retired() {
    return "retired_at IS NOT NULL";
  }

  @Override
  public boolean retire(Staging staging, long epoch) {
    String couponId = staging.id();
    CouponScripts.Fenced there = staging.await(coupons.fence(couponId, epoch));
    return lending.retire(couponId, epoch, there, known.seen(couponId));
  }

  @Override
  public boolean clear(Staging staging, long epoch) {
    return staging.await(coupons.retire(staging.id(), staging.token(), epoch))
        && staging
                .await(
                    staging.query(
                        "UPDATE coupon SET cleared_at = UTC_TIMESTAMP(6)"
                            + " WHERE id = ? AND epoch = ? AND retired_at IS NOT NULL",
                        staging.id(),
                        epoch))
                .rowCount()
            == 1;
  }

  @Override
  public void fence(Staging staging, long epoch) {
    staging.await(coupons.fence(staging.id(), epoch));
  }

  @Override
  public String verify(Staging staging, long epoch) {
    String couponId = staging.id();
    // Once more: it stays as it is, and tells it.
    CouponScripts.Fenced there = staging.await(coupons.fence(couponId, epoch));
    if (there == null || there.epoch() != epoch) {
      return null;
    }
    SequenceWindow.Sound sound = lending.verify(couponId, there, known.seen(couponId));
    return sound == null
        ? null
        : staging.await(
            coupons.verify(
                couponId, staging.token(), epoch, epoch + 1, sound.ceiling(), sound.fields()));
  }

  @Override
  public boolean raise(Staging staging, long epoch) {
    return lending.lost(staging.id(), epoch, known.seen(staging.id()));
  }

  @Override
  public String publish(Staging staging) {
    String couponId = staging.id();
    Row row =
        staging
            .await(
                staging.query(
                    "SELECT epoch, version, audience, rehearsal, lent, shards, campaign, followed,"
                        + " taken, changes, "
                        + CouponTerms.COLUMNS
                        + ", "
                        + CouponDefinition.COLUMNS
                        + " FROM coupon WHERE id = ?",
                    couponId))
            .iterator()
            .next();
    CouponDefinition definition = CouponDefinition.of(row.getDelegate());
    if (row.getInteger("shards") != 1) {
      staging.await(
          coupons.mark(
              couponId,
              // A lottery that is not drawn yet has a shard for its entries.
              Math.max(1, row.getInteger("shards")),
              definition.quantity(),
              row.getLong("version")));
      return "PUBLISHED";
    }
    CouponTerms terms = CouponTerms.of(row.getDelegate());
    Claimants claimants =
        terms.perUserLimit() == 1 ? claimants(staging) : claimantsOfUnits(staging);
    long audience = row.getBoolean("audience") ? audience(staging).size() : -1;
    Line line = terms.waitlist() + terms.ratePerSecond() > 0 ? line(staging, terms) : Line.NONE;
    SequenceWindow.Gaps gaps = lending.gaps(couponId);
    long ceiling = row.getLong("lent");
    List<String> state =
        new ArrayList<>(
            List.of(
                row.getLong("epoch").toString(),
                row.getLong("version").toString(),
                String.valueOf(audience),
                String.valueOf(Math.max(claimants.last(), gaps.last())),
                String.valueOf(claimants.holders()),
                String.valueOf(ceiling),
                String.valueOf(claimants.issued() - claimants.holders()),
                String.valueOf(line.waiting() + line.queued() + line.offered())));
    state.addAll(
        new SequenceWindow.Sound(ceiling, definition, row.getBoolean("rehearsal"), terms, gaps)
            .fields());
    if (row.getLong("changes") > 0) {
      Collections.addAll(state, "changes", row.getLong("changes").toString());
      Collections.addAll(state, "returned", String.valueOf(claimants.returned()));
    }
    if (terms.codes() == Codes.POOL) {
      Collections.addAll(state, "pool", String.valueOf(lending.pool(couponId)));
    }
    claimants.groups.forEach(
        (group, issued) -> Collections.addAll(state, "g:" + group, issued.toString()));
    if (line.queued() > 0) {
      Collections.addAll(state, "queued", String.valueOf(line.queued()));
    }
    if (line.lastTicket() > 0) {
      Collections.addAll(state, "waiting", String.valueOf(line.waiting()));
      Collections.addAll(state, "ticket", String.valueOf(line.lastTicket()));
    }
    if (row.getString("campaign") != null) {
      Collections.addAll(state, "followed", row.getLong("followed").toString());
      Collections.addAll(state, "granted", row.getLong("taken").toString());
    }
    return staging.await(coupons.publish(couponId, staging.token(), state));
  }

  /** Claimants as they are staged. */
  private static final class Claimants {

    private final LinkedList<ClaimHolding.Unit> units = new LinkedList<>();

    /** Units that count against each group. */
    private final Map<String, Long> groups = new HashMap<>();

    private long holders;
    private long rows;
    private long returned;
    private long last;

    /** Units that count against the quantity. */
    long issued() {
      return rows - returned;
    }

    /** Users in turn, and each user's last unit first: with the first the claim is whole. */
    List<String> next(Row row) {
      ClaimHolding.Unit unit = UnitRow.unit(row.getDelegate());
      units.addFirst(unit);
      rows++;
      last = Math.max(last, unit.sequence());
      if (!unit.isCounted()) {
        returned++;
      } else if (unit.group() != null) {
        groups.merge(unit.group(), 1L, Long::sum);
      }
      if (row.getInteger("unit") > 1) {
        return List.of();
      }
      holders++;
      String text = ClaimHolding.of(units).text();
      units.clear();
      return List.of(row.getString("user_id"), text);
    }

    long holders() {
      return holders;
    }

    long returned() {
      return returned;
    }

    /** The highest number, 0 where there is none. */
    long last() {
      return last;
    }
  }

  private Claimants claimants(Staging staging) {
    Claimants claimants = new Claimants();
    staging.stage(
        last ->
            staging.query(
                "SELECT "
                    + UnitRow.COLUMNS
                    + " FROM claim WHERE coupon_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                staging.id(),
                last == null ? 0L : last.getLong("sequence"),
                staging.chunk()),
        staging.chunk(),
        claimants::next,
        members -> stage(staging, "claimants", members));
    return claimants;
  }

  private Claimants claimantsOfUnits(Staging staging) {
    Claimants claimants = new Claimants();
    staging.stage(
        last -> {
          String user = last == null ? AFTER_EVERY_USER : last.getString("user_id");
          return staging.query(
              "SELECT "
                  + UnitRow.COLUMNS
                  + " FROM claim WHERE coupon_id = ? AND user_id <= ?"
                  + " AND (user_id < ? OR unit < ?) ORDER BY user_id DESC, unit DESC LIMIT ?",
              staging.id(),
              user,
              user,
              last == null ? 0 : last.getInteger("unit"),
              staging.chunk());
        },
        staging.chunk(),
        claimants::next,
        members -> stage(staging, "claimants", members));
    return claimants;
  }

  private Staged audience(Staging staging) {
    return staging.stage(
        last ->
            staging.query(
                "SELECT user_id FROM audience_member"
                    + " WHERE coupon_id = ? AND user_id > ? ORDER BY user_id LIMIT ?",
                staging.id(),
                last == null ? "" : last.getString(0),
                staging.chunk()),
        staging.chunk(),
        row -> List.of(row.getString(0)),
        members -> stage(staging, "audience", members));
  }

  /** The line as it is staged, see {@code coupon-line.lua}. */
  private record Line(long waiting, long queued, long offered, long lastTicket) {
    static final Line NONE = new Line(0, 0, 0, 0);
  }

  private Line line(Staging staging, CouponTerms terms) {
    Staged waiting =
        staging.stage(
            last ->
                staging.query(
                    "SELECT ticket, user_id FROM waiting WHERE coupon_id = ? AND state = ?"
                        + " AND ticket > ? ORDER BY ticket LIMIT ?",
                    staging.id(),
                    Waitlist.WAITING,
                    last == null ? 0L : last.getLong(0),
                    staging.chunk()),
            staging.chunk(),
            row -> List.of(row.getLong(0).toString(), row.getString(1)),
            members -> stage(staging, "line", members));
    Staged offered =
        units(
            staging,
            ClaimHolding.State.OFFERED,
            row -> -Micros.of(row.getLocalDateTime(2)) - acceptMicros(terms));
    Staged queued = units(staging, ClaimHolding.State.QUEUED, row -> row.getLong(0));
    Long last =
        staging
            .await(
                staging.query(
                    "SELECT COALESCE(MAX(ticket), 0) FROM waiting WHERE coupon_id = ?",
                    staging.id()))
            .iterator()
            .next()
            .getLong(0);
    return new Line(waiting.size(), queued.size(), offered.size(), last);
  }

  /** Stages the users of units in a state. */
  private Staged units(Staging staging, String state, ToLongFunction<Row> score) {
    return staging.stage(
        last ->
            staging.query(
                "SELECT sequence, user_id, state_at FROM claim WHERE coupon_id = ?"
                    + " AND sequence > ? AND state = ? ORDER BY sequence LIMIT ?",
                staging.id(),
                last == null ? 0L : last.getLong(0),
                state,
                staging.chunk()),
        staging.chunk(),
        row -> List.of(String.valueOf(score.applyAsLong(row)), row.getString(1)),
        members -> stage(staging, "line", members));
  }

  private static long acceptMicros(CouponTerms terms) {
    return terms.acceptWithinSeconds() == null ? 0 : terms.acceptWithinSeconds() * 1_000_000;
  }

  private Uni<Boolean> stage(Staging staging, String what, List<String> members) {
    return coupons.stage(staging.id(), staging.token(), staging.ttl(), what, members);
  }
}

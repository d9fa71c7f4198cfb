package io.firstcome.coupon.change;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.coupon.hot.HotCoupons;
import io.firstcome.coupon.model.CouponDefinition;
import io.firstcome.coupon.model.CouponDefinition.Field;
import io.firstcome.coupon.model.CouponRequests;
import io.firstcome.coupon.model.Draw;
import io.firstcome.coupon.model.Shard;
import io.firstcome.coupon.recovery.ArchivedCoupons;
import io.firstcome.coupon.recovery.SequenceWindow;
import io.firstcome.coupon.script.CampaignMark;
import io.firstcome.coupon.script.ChangeResult;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.coupon.script.StoredCoupon;
import io.firstcome.durability.SettlingConfig;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.RetiredException;
import io.firstcome.lifecycle.Status;
import io.firstcome.mysql.Micros;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.firstcome.recovery.Parts;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Keeps the shards of a campaign at what it is.
 *
 * <p>What a campaign is stands in its row, and goes from there to the shards, as the units that are
 * granted to them. What shards give back goes to MySQL by their ledgers. A unit is in the quantity
 * of one shard, granted to one, or free: whatever dies in between, each of these is in MySQL, and
 * whoever {@link #settle settles} next goes on. Units are granted under a lock on the campaign's
 * row, and only such that MySQL knows to be free: a shard has given them back before, durably, so
 * that no unit is in two places.
 *
 * <p>Every method blocks, but {@link #parts}, {@link #ask} and {@link #explained}.
 */
@ApplicationScoped
public class ShardCoordinator implements Parts {

  /** For another replica that grants or defines. */
  private static final int LOCK_WAIT_SECONDS = 3;

  private final SqlTransactions mysql;
  private final MySqlCalls calls;
  private final CouponScripts scripts;
  private final Loader loader;
  private final ArchivedCoupons retired;
  private final HotCoupons coupons;
  private final Changes changes;
  private final SequenceWindow lending;
  private final Duration patience;

  ShardCoordinator(
      SqlTransactions mysql,
      MySqlCalls calls,
      CouponScripts scripts,
      Loaders loaders,
      ArchivedCoupons retired,
      HotCoupons coupons,
      Changes changes,
      SequenceWindow lending,
      LedgerConfig ledger,
      SettlingConfig config) {
    this.mysql = mysql;
    this.calls = calls;
    this.scripts = scripts;
    this.loader = loaders.of(COUPON);
    this.retired = retired;
    this.coupons = coupons;
    this.changes = changes;
    this.lending = lending;
    this.patience = ledger.statementTimeout().plus(config.settleTimeout());
  }

  /**
   * A shard as MySQL has it.
   *
   * @param taken units granted to it that its quantity has in it
   */
  private record Part(String id, long quantity, long followed, long granted, long taken) {}

  /** A campaign as MySQL has it. */
  private record Campaign(
      String id, long version, CouponDefinition definition, List<Part> parts, boolean isLottery) {

    long quantity() {
      return definition.quantity();
    }

    /** Units that no shard has or is granted; where it is negative, they have so many too many. */
    long free() {
      // Its shard has the tickets, and the units are those of the draw.
      return isLottery
          ? 0
          : quantity()
              - parts.stream().mapToLong(one -> one.quantity() + one.granted() - one.taken()).sum();
    }
  }

  @Override
  public AggregateType type() {
    return COUPON;
  }

  @Override
  public Uni<List<String>> parts(String couponId) {
    return ask(
        () -> {
          Campaign campaign = inTurn(tx -> read(tx, couponId, false));
          return campaign == null || campaign.parts().isEmpty()
              ? List.of(couponId)
              : campaign.parts().stream().map(Part::id).toList();
        });
  }

  /** Runs blocking work on a worker thread, see {@link #explained}. */
  <T> Uni<T> ask(Supplier<T> work) {
    return explained(
        Uni.createFrom()
            .item(work)
            .runSubscriptionOn(Infrastructure.getDefaultWorkerPool())
            .onFailure(RejectedExecutionException.class)
            .transform(e -> Problem.of(ProblemType.OVERLOADED).asException()));
  }

  /** The same work, failing with problems that a client can be answered with. */
  <T> Uni<T> explained(Uni<T> work) {
    return calls
        .explained(work)
        .onFailure(NotLoadedException.class)
        .transform(e -> Problem.of(((NotLoadedException) e).problem()).asException());
  }

  /** Runs work for the coupon, or for each of its shards in turn, with the users that it serves. */
  public <T> Uni<List<T>> each(
      String couponId, List<String> users, BiFunction<String, List<String>, Uni<T>> work) {
    return parts(couponId)
        .flatMap(
            ids ->
                Multi.createFrom()
                    .iterable(ids)
                    .onItem()
                    .transformToUniAndConcatenate(
                        id ->
                            work.apply(id, ids.size() == 1 ? users : usersOf(Shard.of(id), users)))
                    .collect()
                    .asList());
  }

  private static List<String> usersOf(Shard shard, List<String> users) {
    return users.stream()
        .filter(user -> Shard.ofUser(shard.campaign(), shard.of(), user).equals(shard))
        .toList();
  }

  /** Units that a campaign has in all. */
  long quantity(String campaign) {
    return inTurn(tx -> read(tx, campaign, false)).quantity();
  }

  /** Units that the shards of a campaign have too many; told of its first shard, else 0. */
  public long excess(String couponId) {
    Shard shard = Shard.of(couponId);
    return shard == null || shard.index() > 0 ? 0 : Math.max(0, -free(shard.campaign()));
  }

  /** Units that no shard has; negative: they have so many more than there are. */
  public long free(String campaign) {
    return inTurn(tx -> read(tx, campaign, false)).free();
  }

  /** What Redis has of its shards. */
  List<CouponState> states(String campaign, int shards) {
    List<CouponState> states = new ArrayList<>();
    for (Shard shard : Shard.all(campaign, shards)) {
      String id = shard.id();
      states.add(
          loader
              .whole(id, Uni.createFrom().deferred(() -> scripts.read(id, null, coupons.seen(id))))
              .onFailure(RetiredException.class)
              .recoverWithUni(() -> retired.state(id))
              .await()
              .atMost(patience));
    }
    return states;
  }

  /** What Redis has of the campaign itself. */
  CampaignMark mark(String campaign) {
    StoredCoupon stored =
        loader
            .whole(campaign, Uni.createFrom().deferred(() -> scripts.stored(campaign, null, 0)))
            .await()
            .atMost(patience);
    return (CampaignMark) stored;
  }

  /** Changes these fields of a coupon, see {@code coupon-change.lua}, or of a campaign. */
  public Uni<Void> change(String couponId, Map<Field, String> fields) {
    return changes
        .answered(couponId, scripts.change(couponId, fields))
        .call(
            result ->
                result instanceof ChangeResult.Sharded sharded
                    ? ask(() -> change(couponId, sharded.campaign().shards(), fields))
                    // Whoever claims after the answer gets what was added.
                    : lending.added(couponId).onFailure().recoverWithNull())
        .replaceWithVoid();
  }

  /**
   * Changes a campaign, and its shards after it. A quantity that is less than what is issued is
   * refused; where that shows only when units are taken back, all is as it was before.
   *
   * @param fields those to change
   */
  private Void change(String campaign, int shards, Map<Field, String> fields) {
    String quantity = fields.get(Field.QUANTITY);
    // Of a lottery: the shard has the entries, the draw issues the units.
    if (quantity != null && shards > 1 && gone(campaign, shards) > Long.parseLong(quantity)) {
      throw Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
    }
    Change change = inTurn(tx -> change(tx, campaign, fields));
    // Less than none are free where it was lowered, and some are on their way or were issued.
    if (settle(campaign, List.of()) < 0 && gone(campaign, shards) > quantity(campaign)) {
      if (!inTurn(tx -> undo(tx, campaign, change))) {
        throw Problem.of(ProblemType.CONTENDED).asException();
      }
      settle(campaign, List.of());
      throw Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
    }
    return null;
  }

  /** As it was, and the version that it was changed to. */
  private record Change(CouponDefinition before, long version) {}

  private Change change(SqlTransaction tx, String campaign, Map<Field, String> fields) {
    Campaign now = read(tx, campaign, true);
    CouponDefinition before = now.definition();
    CouponDefinition after = before.with(fields);
    if (now.isLottery() && isBegun(tx, campaign, after)) {
      if (!after.equals(before.with(Map.of(Field.STATUS, after.status().stored())))
          || after.status() != Status.CLOSED) {
        throw Problem.of(ProblemType.DRAW_BEGUN).asException();
      }
      // It is over, whoever has ended it.
      return new Change(before, now.version());
    }
    if (before.status() == Status.CLOSED && after.status() != Status.CLOSED) {
      throw Problem.of(ProblemType.CLOSED).asException();
    }
    if (after.closesAt() != null && Micros.of(after.closesAt()) <= Micros.of(after.opensAt())) {
      throw Problem.malformed("closesAt", "must be after opensAt").asException();
    }
    return new Change(
        before, after.equals(before) ? now.version() : define(tx, campaign, after, now.version()));
  }

  /** Under the lock on the lottery's row, which whoever freezes the entries needs too. */
  private static boolean isBegun(SqlTransaction tx, String lottery, CouponDefinition after) {
    if (after.quantity() > CouponRequests.MAX_WINNERS) {
      throw Problem.malformed(
              "quantity", "must be at most " + CouponRequests.MAX_WINNERS + " for a lottery")
          .asException();
    }
    return tx.query(
                "SELECT 1 FROM draw WHERE coupon_id = ? AND state <> ? LIMIT 1",
                lottery,
                Draw.State.ENTERING.stored())
            .size()
        > 0;
  }

  /** Says whether nobody has changed it meanwhile. */
  private static boolean undo(SqlTransaction tx, String campaign, Change change) {
    long version = read(tx, campaign, true).version();
    if (version == change.version()) {
      define(tx, campaign, change.before(), version);
    }
    return version == change.version();
  }

  private static long define(
      SqlTransaction tx, String campaign, CouponDefinition definition, long version) {
    Map<Field, String> fields = definition.fields();
    List<Object> params = CouponDefinition.values(fields);
    params.add(version + 1);
    params.add(campaign);
    tx.query(
        "UPDATE coupon SET "
            + CouponDefinition.assignments(fields.keySet())
            + ", version = ? WHERE id = ?",
        params.toArray());
    return version + 1;
  }

  /** Units that no shard can give back. */
  private long gone(String campaign, int shards) {
    return Shards.Totals.of(states(campaign, shards)).gone();
  }

  /** Takes units from a shard, as far as it has them; then they are free. */
  void give(String shardId, long units) {
    changes.settled(shardId, scripts.give(shardId, units)).await().atMost(patience);
  }

  /**
   * Brings the shards to what the campaign is: its definition, and neither more units nor fewer
   * than it has.
   *
   * @param wanting the shards that are granted what is free; none: all of them
   * @return what is free now; negative: the shards have issued so many more than it has
   */
  public long settle(String campaign, List<Shard> wanting) {
    Campaign now = inTurn(tx -> read(tx, campaign, false));
    mark(now);
    follow(now);
    if (now.free() < 0) {
      takeBack(campaign, now.parts().size(), -now.free());
    } else if (now.free() > 0) {
      long atMost = unknown(now);
      Campaign granted = inTurn(tx -> grant(tx, campaign, wanting, atMost));
      mark(granted);
      follow(granted);
    }
    return inTurn(tx -> read(tx, campaign, false)).free();
  }

  /** Where somebody has lowered it and died, and more was issued meanwhile, it has what it has. */
  void raise(String campaign) {
    long gone = gone(campaign, inTurn(tx -> read(tx, campaign, false)).parts().size());
    inTurn(
        tx ->
            tx.query(
                "UPDATE coupon SET quantity = ?, version = version + 1 WHERE id = ? AND quantity <"
                    + " ?",
                gone,
                campaign,
                gone));
  }

  /** Tells all who ask for a campaign how many units it has. */
  private void mark(Campaign campaign) {
    scripts
        .mark(campaign.id(), campaign.parts().size(), campaign.quantity(), campaign.version())
        .await()
        .atMost(patience);
  }

  /**
   * Units that no shard has in Redis either. Fewer than are free where MySQL came back from a
   * backup of before they were granted.
   */
  private long unknown(Campaign campaign) {
    long has = Shards.Totals.of(states(campaign.id(), campaign.parts().size())).quantity();
    long granted = campaign.parts().stream().mapToLong(one -> one.granted() - one.taken()).sum();
    return campaign.quantity() - has - granted;
  }

  /** From those that have most left. */
  private void takeBack(String campaign, int shards, long units) {
    long left = units;
    for (CouponState state : byRemaining(states(campaign, shards))) {
      long some = Math.min(left, state.remaining());
      if (some > 0) {
        give(state.id(), some);
        left -= some;
      }
    }
  }

  /** Those with the most units left first. */
  static List<CouponState> byRemaining(List<CouponState> states) {
    return states.stream()
        .sorted(Comparator.comparingLong(CouponState::remaining).reversed())
        .toList();
  }

  /** Grants what is free; answers the campaign as it is then. */
  private static Campaign grant(
      SqlTransaction tx, String campaign, List<Shard> wanting, long atMost) {
    Campaign now = read(tx, campaign, true);
    long free = Math.min(now.free(), atMost);
    if (free <= 0) {
      return now;
    }
    List<String> ids =
        wanting.isEmpty()
            ? now.parts().stream().map(Part::id).toList()
            : wanting.stream().map(Shard::id).toList();
    for (int i = 0; i < ids.size(); i++) {
      long units = free / ids.size() + (i < free % ids.size() ? 1 : 0);
      if (units > 0) {
        tx.query("UPDATE coupon SET granted = granted + ? WHERE id = ?", units, ids.get(i));
      }
    }
    return read(tx, campaign, false);
  }

  /** Each of those that do not have it yet; one that cannot keeps no other from it. */
  private void follow(Campaign campaign) {
    RuntimeException first = null;
    for (Part part : campaign.parts()) {
      if (part.followed() < campaign.version() || part.taken() < part.granted()) {
        try {
          follow(campaign, part);
        } catch (RuntimeException e) {
          first = first == null ? e : first;
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void follow(Campaign campaign, Part part) {
    ChangeResult result =
        changes
            .answered(
                part.id(),
                scripts.follow(
                    part.id(), campaign.version(), part.granted(), campaign.definition()))
            .call(
                done ->
                    done instanceof ChangeResult.Ahead
                        ? Uni.createFrom().voidItem()
                        // Whoever claims after the answer gets what was added.
                        : lending.added(part.id()).onFailure().recoverWithNull())
            .await()
            .atMost(patience);
    if (result instanceof ChangeResult.Ahead ahead
        && !inTurn(tx -> wasFaster(tx, campaign.id(), part.id(), ahead))) {
      throw Problem.of(ProblemType.CONTENDED).asException();
    }
  }

  /**
   * Whether a shard is ahead as somebody else was faster. Otherwise MySQL came back from a backup,
   * and goes on after what the shard has: whoever asks again is followed.
   */
  private static boolean wasFaster(
      SqlTransaction tx, String campaign, String shard, ChangeResult.Ahead ahead) {
    return tx.query(
                    "UPDATE coupon SET version = ? WHERE id = ? AND version < ?",
                    ahead.followed() + 1,
                    campaign,
                    ahead.followed())
                .rowCount()
            + tx.query(
                    "UPDATE coupon SET granted = ? WHERE id = ? AND granted < ?",
                    ahead.granted(),
                    shard,
                    ahead.granted())
                .rowCount()
        == 0;
  }

  /** Each statement sees what is committed: of shards, what was granted before the lock was had. */
  private <T> T inTurn(Function<SqlTransaction, T> work) {
    return mysql.runBriefly(LOCK_WAIT_SECONDS, work);
  }

  /**
   * Reads a campaign; null where there is no such coupon, without parts where it is none.
   *
   * @param lock whether nobody else is to grant or define until this ends
   */
  private static Campaign read(SqlTransaction tx, String campaign, boolean lock) {
    var rows =
        tx.query(
            "SELECT version, shards, "
                + CouponDefinition.COLUMNS
                + " FROM coupon WHERE id = ?"
                + (lock ? " FOR UPDATE" : ""),
            campaign);
    if (rows.size() == 0) {
      return null;
    }
    int shards = rows.iterator().next().getInteger("shards");
    List<Part> parts = new ArrayList<>();
    // A lottery that was drawn is a coupon like any other.
    for (Row row :
        tx.query(
            "SELECT id, quantity, followed, granted, taken FROM coupon WHERE campaign = ?"
                + " AND ? <> 1 ORDER BY id",
            campaign,
            shards)) {
      parts.add(
          new Part(
              row.getString(0), row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)));
    }
    Row row = rows.iterator().next();
    return new Campaign(
        campaign, row.getLong("version"), CouponDefinition.of(row), parts, shards == 0);
  }
}

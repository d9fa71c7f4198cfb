package io.firstcome.coupon;

import io.firstcome.coupon.ShardedException.Mark;
import io.firstcome.ledger.LedgerConfig;
import io.firstcome.ledger.Micros;
import io.firstcome.ledger.MySqlCalls;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.ledger.SqlTransaction;
import io.firstcome.ledger.SqlTransactions;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemType;
import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.sqlclient.Row;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
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
 * <p>Every method blocks, but {@link #parts} and {@link #ask}.
 */
@ApplicationScoped
class Campaigns {

  private final SqlTransactions mysql;
  private final MySqlCalls calls;
  private final CouponScripts scripts;
  private final CouponLoader loader;
  private final Changes changes;
  private final Lending lending;
  private final Duration patience;

  Campaigns(
      SqlTransactions mysql,
      MySqlCalls calls,
      CouponScripts scripts,
      CouponLoader loader,
      Changes changes,
      Lending lending,
      LedgerConfig ledger,
      DefinitionConfig config) {
    this.mysql = mysql;
    this.calls = calls;
    this.scripts = scripts;
    this.loader = loader;
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
  private record Campaign(Row row, List<Part> parts) {

    long version() {
      return row.getLong("version");
    }

    long quantity() {
      return row.getLong("quantity");
    }

    /** Units that no shard has or is granted; where it is negative, they have so many too many. */
    long free() {
      return quantity()
          - parts.stream().mapToLong(one -> one.quantity() + one.granted() - one.taken()).sum();
    }
  }

  /** The coupons that hold what this one has: its shards, or none but itself. */
  Uni<List<String>> parts(String couponId) {
    return ask(
        () -> {
          Campaign campaign = mysql.run(tx -> read(tx, couponId, false));
          return campaign == null || campaign.parts().isEmpty()
              ? List.of(couponId)
              : campaign.parts().stream().map(Part::id).toList();
        });
  }

  /** Has a thread do what blocks. Fails with what a request can be told. */
  <T> Uni<T> ask(Supplier<T> work) {
    return calls
        .explained(
            Uni.createFrom().item(work).runSubscriptionOn(Infrastructure.getDefaultWorkerPool()))
        .onFailure(NotLoadedException.class)
        .transform(e -> Problem.of(((NotLoadedException) e).problem()).asException());
  }

  /** Units that a campaign has in all. */
  long quantity(String campaign) {
    return mysql.run(tx -> read(tx, campaign, false)).quantity();
  }

  /** Units that no shard has; negative: they have so many more than there are. */
  long free(String campaign) {
    return mysql.run(tx -> read(tx, campaign, false)).free();
  }

  /** What Redis has of its shards. */
  List<CouponState> states(String campaign, int shards) {
    List<CouponState> states = new ArrayList<>();
    for (Shard shard : Shard.all(campaign, shards)) {
      String id = shard.id();
      Uni<CouponState> read = Uni.createFrom().deferred(() -> scripts.read(id, null));
      states.add(loader.whole(id, read).await().atMost(patience));
    }
    return states;
  }

  /** What Redis has of the campaign itself. */
  Mark mark(String campaign) {
    return loader
        .whole(campaign, Uni.createFrom().deferred(() -> scripts.read(campaign, null)))
        .map(plain -> (Mark) null)
        .onFailure(ShardedException.class)
        .recoverWithItem(e -> ((ShardedException) e).mark())
        .await()
        .atMost(patience);
  }

  /**
   * Changes a campaign, and its shards after it. A quantity that is less than what is issued is
   * refused, and taken back where that shows only when units are.
   *
   * @param fields as {@code coupon-change.lua} takes them
   */
  void change(String campaign, int shards, Map<String, String> fields) {
    String quantity = fields.get("quantity");
    if (quantity != null && issued(campaign, shards) > Long.parseLong(quantity)) {
      throw Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
    }
    mysql.run(tx -> define(tx, campaign, fields));
    long tooMany = -settle(campaign, null);
    if (tooMany > 0) {
      mysql.run(
          tx ->
              tx.query(
                  "UPDATE coupon SET quantity = quantity + ?, version = version + 1 WHERE id = ?",
                  tooMany,
                  campaign));
      settle(campaign, null);
      throw Problem.of(ProblemType.QUANTITY_BELOW_ISSUED).asException();
    }
  }

  private long issued(String campaign, int shards) {
    return states(campaign, shards).stream().mapToLong(CouponState::issued).sum();
  }

  private Void define(SqlTransaction tx, String campaign, Map<String, String> fields) {
    Row row = read(tx, campaign, true).row();
    String status = fields.getOrDefault("status", row.getString("status"));
    long opens = micros(fields, "opens", row, "opens_at");
    long closes = micros(fields, "closes", row, "closes_at");
    if (row.getString("status").equals(Status.CLOSED.stored())
        && !status.equals(Status.CLOSED.stored())) {
      throw Problem.of(ProblemType.CLOSED).asException();
    }
    if (closes > 0 && closes <= opens) {
      throw Problem.malformed("closesAt", "must be after opensAt").asException();
    }
    List<Object> now =
        Arrays.asList(
            row.getString("name"),
            row.getLong("quantity"),
            row.getLocalDateTime("opens_at"),
            row.getLocalDateTime("closes_at"),
            row.getString("status"),
            row.getString("acknowledge"),
            row.getString("on_loss"));
    List<Object> then =
        Arrays.asList(
            fields.getOrDefault("name", row.getString("name")),
            Long.parseLong(fields.getOrDefault("quantity", row.getLong("quantity").toString())),
            Micros.toDateTime(opens),
            Micros.toDateTime(closes),
            status,
            fields.getOrDefault("acknowledge", row.getString("acknowledge")),
            fields.getOrDefault("onLoss", row.getString("on_loss")));
    if (!then.equals(now)) {
      List<Object> params = new ArrayList<>(then);
      params.add(campaign);
      tx.query(
          "UPDATE coupon SET name = ?, quantity = ?, opens_at = ?, closes_at = ?, status = ?,"
              + " acknowledge = ?, on_loss = ?, version = version + 1 WHERE id = ?",
          params.toArray());
    }
    return null;
  }

  private static long micros(Map<String, String> fields, String field, Row row, String column) {
    String value = fields.get(field);
    return value == null ? Micros.of(row.getLocalDateTime(column)) : Long.parseLong(value);
  }

  /** Takes units from a shard, as far as it has them; then they are free. */
  void give(String shardId, long units) {
    changes.settled(shardId, scripts.give(shardId, units)).await().atMost(patience);
  }

  /**
   * Brings the shards to what the campaign is: its definition, and neither more units nor fewer
   * than it has.
   *
   * @param wanting the shard that is granted what is free; null: all of them in equal parts
   * @return what is free now; negative: the shards have issued so many more than it has
   */
  long settle(String campaign, Shard wanting) {
    Campaign now = mysql.run(tx -> read(tx, campaign, false));
    if (now.free() < 0) {
      takeBack(campaign, now.parts().size(), -now.free());
    }
    now = mysql.run(tx -> grant(tx, campaign, wanting));
    for (Part part : now.parts()) {
      if (part.followed() < now.version() || part.taken() < part.granted()) {
        follow(now, part);
      }
    }
    scripts
        .mark(campaign, now.parts().size(), now.quantity(), now.version())
        .await()
        .atMost(patience);
    return now.free();
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
  private Campaign grant(SqlTransaction tx, String campaign, Shard wanting) {
    Campaign now = read(tx, campaign, true);
    long free = now.free();
    if (free <= 0) {
      return now;
    }
    for (Part part : now.parts()) {
      Shard shard = Shard.of(part.id());
      long units =
          wanting == null ? shard.share(free) : shard.index() == wanting.index() ? free : 0;
      if (units > 0) {
        tx.query("UPDATE coupon SET granted = granted + ? WHERE id = ?", units, part.id());
      }
    }
    return read(tx, campaign, false);
  }

  private void follow(Campaign campaign, Part part) {
    Row row = campaign.row();
    List<String> args =
        List.of(
            String.valueOf(campaign.version()),
            String.valueOf(part.granted()),
            row.getString("name"),
            String.valueOf(Micros.of(row.getLocalDateTime("opens_at"))),
            String.valueOf(Micros.of(row.getLocalDateTime("closes_at"))),
            row.getString("status"),
            row.getString("acknowledge"),
            row.getString("on_loss"));
    changes
        .settled(part.id(), scripts.follow(part.id(), args))
        // Whoever claims after the answer gets what was added.
        .call(() -> lending.added(part.id()).onFailure().recoverWithNull())
        .await()
        .atMost(patience);
  }

  /**
   * Reads a campaign; null where there is no such coupon, without parts where it is none.
   *
   * @param lock whether nobody else is to grant or define until this ends
   */
  private static Campaign read(SqlTransaction tx, String campaign, boolean lock) {
    var rows =
        tx.query(
            "SELECT version, quantity, name, opens_at, closes_at, status, acknowledge, on_loss"
                + " FROM coupon WHERE id = ?"
                + (lock ? " FOR UPDATE" : ""),
            campaign);
    if (rows.size() == 0) {
      return null;
    }
    List<Part> parts = new ArrayList<>();
    for (Row row :
        tx.query(
            "SELECT id, quantity, followed, granted, taken FROM coupon WHERE campaign = ?"
                + " ORDER BY id",
            campaign)) {
      parts.add(
          new Part(
              row.getString(0), row.getLong(1), row.getLong(2), row.getLong(3), row.getLong(4)));
    }
    return new Campaign(rows.iterator().next(), parts);
  }
}

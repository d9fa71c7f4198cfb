package io.firstcome.coupon;

import io.firstcome.ledger.Drainer;
import io.firstcome.ledger.Micros;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.firstcome.redis.Scripts;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * Loads a coupon from MySQL into Redis. A new replica, a coupon just created and a Redis that was
 * flushed all look the same: the state is not there, and is brought once, however many ask.
 *
 * <ol>
 *   <li>A lease keeps other loaders away. It saves work, and nothing is published without it.
 *   <li>What is left of the ledger is drained.
 *   <li>The epoch is raised in MySQL, if it is still the one that was read when the lease was
 *       taken. Every drain transaction compares the epoch of its entries under a lock on that row,
 *       so from here on nothing of the lost state can reach MySQL, and what is read next is all
 *       there is.
 *   <li>Claimants and audience are staged in chunks under names with this loader's token.
 *   <li>One script checks the token, the epoch, the ledger and the staged sizes, and makes it all
 *       appear at once.
 * </ol>
 *
 * A loader that slept through the end of its lease changes nothing: if another has published
 * meanwhile, the epoch is not the one it read; and a lease that ended is never renewed.
 */
final class CouponLoad {

  /** What a load came to. */
  enum Outcome {
    LOADED,
    /** MySQL knows no such coupon. */
    UNKNOWN,
    /** Another replica is at it, or what is left of the ledger could not be drained yet. */
    NOT_YET
  }

  private static final Logger LOG = Logger.getLogger(CouponLoader.class);
  private static final Script LEASE_RELEASE = Script.named("lease-release");

  private final CouponScripts coupons;
  private final Scripts redis;
  private final Drainer drainer;
  private final Pool mysql;
  private final LoadConfig config;
  private final LoadMetrics metrics;

  CouponLoad(
      CouponScripts coupons,
      Scripts redis,
      Drainer drainer,
      Pool mysql,
      LoadConfig config,
      LoadMetrics metrics) {
    this.coupons = coupons;
    this.redis = redis;
    this.drainer = drainer;
    this.mysql = mysql;
    this.config = config;
    this.metrics = metrics;
  }

  /** Loads a coupon. It blocks, for as long as that takes. */
  Outcome run(String couponId) {
    metrics.began();
    try {
      return load(couponId);
    } catch (RuntimeException e) {
      metrics.failed();
      throw e;
    } finally {
      metrics.ended();
    }
  }

  private Outcome load(String couponId) {
    String token = UUID.randomUUID().toString();
    if (!takeLease(couponId, token)) {
      return Outcome.NOT_YET;
    }
    try {
      // Read while the lease is ours and before anything is judged: who publishes must raise the
      // epoch first, so raising it from this very one proves that what is judged here still holds.
      Long epoch = epoch(couponId);
      if (epoch == null) {
        return Outcome.UNKNOWN;
      }
      if (isWhole(couponId)) {
        return Outcome.LOADED;
      }
      if (!drainer.drainNow(couponId, config.drainTimeout())) {
        LOG.warnf("Coupon %s waits: its ledger could not be drained yet", couponId);
        return Outcome.NOT_YET;
      }
      if (!raiseEpoch(couponId, epoch)) {
        return Outcome.NOT_YET;
      }
      Outcome outcome = publish(couponId, token, definition(couponId));
      if (outcome == Outcome.LOADED) {
        metrics.loaded(epoch);
      }
      return outcome;
    } finally {
      releaseLease(couponId, token);
    }
  }

  private boolean isWhole(String couponId) {
    return await(
        coupons
            .read(couponId, null)
            .map(state -> true)
            .onFailure(NotLoadedException.class)
            .recoverWithItem(false));
  }

  private Long epoch(String couponId) {
    RowSet<Row> rows = await(query("SELECT epoch FROM coupon WHERE id = ?", couponId));
    return rows.size() == 0 ? null : rows.iterator().next().getLong(0);
  }

  private boolean raiseEpoch(String couponId, long from) {
    return await(
                query(
                    "UPDATE coupon SET epoch = epoch + 1 WHERE id = ? AND epoch = ?",
                    couponId,
                    from))
            .rowCount()
        == 1;
  }

  private Row definition(String couponId) {
    return await(
            query(
                "SELECT epoch, version, status, name, quantity, opens_at, closes_at, audience"
                    + " FROM coupon WHERE id = ?",
                couponId))
        .iterator()
        .next();
  }

  private Outcome publish(String couponId, String token, Row definition) {
    long startNanos = System.nanoTime();
    Staged claimants =
        stage(
            couponId,
            token,
            "claimants",
            "SELECT sequence, user_id, issued_at FROM claim"
                + " WHERE coupon_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
            0L,
            row ->
                List.of(
                    row.getString(1), row.getLong(0) + ":" + Micros.of(row.getLocalDateTime(2))));
    boolean forAll = !definition.getBoolean("audience");
    Staged audience =
        forAll
            ? new Staged(-1, null)
            : stage(
                couponId,
                token,
                "audience",
                "SELECT user_id FROM audience_member"
                    + " WHERE coupon_id = ? AND user_id > ? ORDER BY user_id LIMIT ?",
                "",
                row -> List.of(row.getString(0)));
    if (claimants == null || audience == null) {
      return Outcome.NOT_YET;
    }
    LocalDateTime opensAt = definition.getLocalDateTime("opens_at");
    LocalDateTime closesAt = definition.getLocalDateTime("closes_at");
    String answer =
        await(
            coupons.publish(
                couponId,
                token,
                List.of(
                    definition.getLong("epoch").toString(),
                    definition.getLong("version").toString(),
                    definition.getString("status"),
                    definition.getString("name"),
                    definition.getLong("quantity").toString(),
                    String.valueOf(Micros.of(opensAt)),
                    String.valueOf(Micros.of(closesAt)),
                    String.valueOf(audience.size()),
                    String.valueOf(claimants.last()),
                    String.valueOf(claimants.size()),
                    String.valueOf(claimants.size()))));
    if (!answer.equals("PUBLISHED")) {
      LOG.warnf("Coupon %s was not published: %s; it is tried again", couponId, answer);
      return Outcome.NOT_YET;
    }
    LOG.infof(
        "Loaded coupon %s from MySQL: epoch %d, %d claims, %d ms",
        couponId,
        definition.getLong("epoch"),
        claimants.size(),
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos));
    return Outcome.LOADED;
  }

  /** How many rows were staged, and the key of the last, or of none. */
  private record Staged(long size, Object last) {}

  /**
   * Stages what a query yields, page after page, and renews the lease with each.
   *
   * @param what claimants or audience
   * @param sql takes the coupon, the key (first column) after which to go on, and the page's size
   * @return null when the lease was lost
   */
  private Staged stage(
      String couponId,
      String token,
      String what,
      String sql,
      Object first,
      Function<Row, List<String>> members) {
    long size = 0;
    Object last = first;
    while (true) {
      RowSet<Row> page = await(query(sql, couponId, last, config.chunk()));
      List<String> staged = new ArrayList<>();
      for (Row row : page) {
        last = row.getValue(0);
        staged.addAll(members.apply(row));
      }
      if (!await(coupons.stage(couponId, token, config.lease(), what, staged))) {
        return null;
      }
      size += page.size();
      if (page.size() < config.chunk()) {
        return new Staged(size, last);
      }
    }
  }

  private boolean takeLease(String couponId, String token) {
    return await(
            redis.send(
                Command.SET,
                Keys.loadLease(couponId),
                token,
                "NX",
                "PX",
                config.lease().toMillis()))
        != null;
  }

  /** What was loaded is loaded: a lease that cannot be given back ends by itself. */
  private void releaseLease(String couponId, String token) {
    try {
      await(redis.run(LEASE_RELEASE, List.of(Keys.loadLease(couponId)), List.of(token)));
    } catch (RuntimeException e) {
      LOG.debugf(e, "The load lease of coupon %s was not given back", couponId);
    }
  }

  private Uni<RowSet<Row>> query(String sql, Object... parameters) {
    return mysql.preparedQuery(sql).execute(Tuple.from(parameters));
  }

  private <T> T await(Uni<T> uni) {
    return uni.await().atMost(config.statementTimeout());
  }
}

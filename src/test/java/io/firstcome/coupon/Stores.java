package io.firstcome.coupon;

import static org.awaitility.Awaitility.await;

import io.firstcome.redis.Keys;
import io.firstcome.redis.Scripts;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What really stands in Redis and in MySQL. */
@Singleton
class Stores {

  static final Duration SOON = Duration.ofSeconds(20);

  private final Scripts redis;
  private final Pool mysql;

  Stores(Scripts redis, Pool mysql) {
    this.redis = redis;
    this.mysql = mysql;
  }

  Response redis(Command command, Object... args) {
    return redis.send(command, args).await().atMost(SOON);
  }

  RowSet<Row> sql(String sql, Object... parameters) {
    return mysql.preparedQuery(sql).execute(Tuple.from(parameters)).await().atMost(SOON);
  }

  /** A coupon's row in MySQL. */
  Row coupon(String couponId) {
    return sql("SELECT * FROM coupon WHERE id = ?", couponId).iterator().next();
  }

  long epoch(String couponId) {
    return coupon(couponId).getLong("epoch");
  }

  long audience(String couponId) {
    return sql("SELECT COUNT(*) FROM audience_member WHERE coupon_id = ?", couponId)
        .iterator()
        .next()
        .getLong(0);
  }

  /** User to {@code sequence:issuedAtMicros}, in MySQL. */
  TreeMap<String, String> claimsInMySql(String couponId) {
    TreeMap<String, String> claims = new TreeMap<>();
    for (Row row :
        sql("SELECT user_id, sequence, issued_at FROM claim WHERE coupon_id = ?", couponId)) {
      claims.put(row.getString(0), row.getLong(1) + ":" + Micros.of(row.getLocalDateTime(2)));
    }
    return claims;
  }

  /** User to {@code sequence:issuedAtMicros}, in Redis. */
  TreeMap<String, String> claimsInRedis(String couponId) {
    Response all = redis(Command.HGETALL, Keys.claimants(couponId));
    TreeMap<String, String> claims = new TreeMap<>();
    for (String user : all.getKeys()) {
      claims.put(user, all.get(user).toString());
    }
    return claims;
  }

  long undrained(String couponId) {
    return redis(Command.XLEN, Keys.ledger(couponId)).toLong();
  }

  void awaitDrained(String couponId) {
    await("ledger of " + couponId + " drained")
        .pollInterval(Duration.ofMillis(5))
        .atMost(SOON)
        .until(() -> undrained(couponId) == 0);
  }

  /** Until it is closed nobody drains this ledger. */
  Hold holdDrain(String couponId) {
    return new Hold(couponId);
  }

  /** The lease of a drainer that does nothing; short, so that others look again soon. */
  final class Hold implements AutoCloseable {

    private final String key;
    private final ScheduledExecutorService renewal = Executors.newSingleThreadScheduledExecutor();

    private Hold(String couponId) {
      this.key = Keys.drainLease(couponId);
      renew();
      renewal.scheduleWithFixedDelay(this::renew, 100, 100, TimeUnit.MILLISECONDS);
    }

    private void renew() {
      redis(Command.SET, key, "a-test", "PX", 2_000);
    }

    /** The lease is left to whoever takes it over, or to its end. */
    void stopRenewing() {
      renewal.shutdown();
      try {
        if (!renewal.awaitTermination(10, TimeUnit.SECONDS)) {
          throw new IllegalStateException("The lease is still being renewed");
        }
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      stopRenewing();
      redis(Command.DEL, key);
    }
  }

  /** Everything that Redis has of a coupon is gone, as after FLUSHALL. */
  void loseAll(String couponId) {
    redis(
        Command.DEL,
        Keys.state(couponId),
        Keys.claimants(couponId),
        Keys.audience(couponId),
        Keys.ledger(couponId),
        Keys.deadLetters(couponId),
        Keys.drainLease(couponId),
        Keys.loadLease(couponId));
  }

  /** The claims that the API told of, as the stores keep them. */
  static String holding(Map<String, Object> claim) {
    return claim.get("sequence") + ":" + Micros.of(Instant.parse(claim.get("issuedAt").toString()));
  }
}

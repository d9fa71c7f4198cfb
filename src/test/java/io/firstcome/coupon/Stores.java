package io.firstcome.coupon;

import static org.awaitility.Awaitility.await;

import io.firstcome.coupon.model.ClaimHolding;
import io.firstcome.coupon.model.UnitRow;
import io.firstcome.coupon.script.CouponScripts;
import io.firstcome.local.ServersUnderTest;
import io.firstcome.mysql.Micros;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.Scripts;
import io.vertx.core.Vertx;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.RowSet;
import io.vertx.mutiny.sqlclient.Tuple;
import io.vertx.mysqlclient.MySQLBuilder;
import io.vertx.mysqlclient.MySQLConnectOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import io.vertx.sqlclient.PoolOptions;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What really stands in Redis and in MySQL. Looks there by clients of its own, so that it is the
 * same whether the application runs inside the test's JVM or as a process of its own.
 */
public final class Stores implements AfterAllCallback {

  public static final Duration SOON = Duration.ofSeconds(20);

  /** As {@code firstcome.ledger.max-undrained} is by default. */
  public static final int MAX_UNDRAINED = 100_000;

  private static final int MAX_USERS = 1_000;

  private Vertx vertx;
  private RealRedis redis;
  private Pool mysql;

  /** Calls scripts as a replica does. */
  public Scripts scripts() {
    connect();
    return redis.scripts();
  }

  public Pool mysql() {
    connect();
    return mysql;
  }

  /** A pool of the test's own. */
  public Pool mysql(int connections) {
    connect();
    return Pool.newInstance(
        MySQLBuilder.pool()
            .with(new PoolOptions().setMaxSize(connections))
            .connectingTo(
                MySQLConnectOptions.fromUri(
                        ServersUnderTest.setting("quarkus.datasource.reactive.url")
                            .replace("vertx-reactive:", ""))
                    .setUser(ServersUnderTest.setting("quarkus.datasource.username"))
                    .setPassword(ServersUnderTest.setting("quarkus.datasource.password")))
            .using(vertx)
            .build());
  }

  /** Not before it is needed: the servers are known when the application has started. */
  private void connect() {
    if (vertx == null) {
      vertx = Vertx.vertx();
      redis = RealRedis.at(ServersUnderTest.setting("quarkus.redis.hosts"));
      mysql = mysql(4);
    }
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (vertx != null) {
      redis.close();
      mysql.closeAndAwait();
      vertx.close().toCompletionStage().toCompletableFuture().join();
      vertx = null;
    }
  }

  public Response redis(Command command, Object... args) {
    return scripts().send(command, args).await().atMost(SOON);
  }

  /** Where this looks in. */
  int redisPort() {
    return URI.create(ServersUnderTest.setting("quarkus.redis.hosts")).getPort();
  }

  /** Claims by the script, as a replica that dies before it tells its drain. */
  public void claim(String couponId, List<String> users) {
    CouponScripts coupons = new CouponScripts(scripts(), MAX_UNDRAINED);
    for (int from = 0; from < users.size(); from += MAX_USERS) {
      List<String> some = users.subList(from, Math.min(users.size(), from + MAX_USERS));
      coupons.claim(couponId, some).await().atMost(SOON);
    }
  }

  public RowSet<Row> sql(String sql, Object... parameters) {
    return mysql().preparedQuery(sql).execute(Tuple.from(parameters)).await().atMost(SOON);
  }

  /** A coupon's row in MySQL. */
  public Row coupon(String couponId) {
    return sql("SELECT * FROM coupon WHERE id = ?", couponId).iterator().next();
  }

  public long epoch(String couponId) {
    return coupon(couponId).getLong("epoch");
  }

  public long audience(String couponId) {
    return sql("SELECT COUNT(*) FROM audience_member WHERE coupon_id = ?", couponId)
        .iterator()
        .next()
        .getLong(0);
  }

  /** User to what the user holds in MySQL, as Redis has it. */
  public TreeMap<String, String> claimsInMySql(String couponId) {
    TreeMap<String, List<ClaimHolding.Unit>> units = new TreeMap<>();
    for (Row row :
        sql(
            "SELECT " + UnitRow.COLUMNS + " FROM claim WHERE coupon_id = ? ORDER BY user_id, unit",
            couponId)) {
      units
          .computeIfAbsent(row.getString(0), user -> new ArrayList<>())
          .add(UnitRow.unit(row.getDelegate()));
    }
    TreeMap<String, String> claims = new TreeMap<>();
    units.forEach((user, own) -> claims.put(user, ClaimHolding.of(own).text()));
    return claims;
  }

  /** User to what the user holds, in Redis. */
  public TreeMap<String, String> claimsInRedis(String couponId) {
    Response all = redis(Command.HGETALL, Keys.claimants(couponId));
    TreeMap<String, String> claims = new TreeMap<>();
    for (String user : all.getKeys()) {
      claims.put(user, all.get(user).toString());
    }
    return claims;
  }

  public long undrained(String couponId) {
    return redis(Command.XLEN, Keys.ledger(couponId)).toLong();
  }

  public void awaitDrained(String couponId) {
    await("ledger of " + couponId + " drained")
        .pollInterval(Duration.ofMillis(5))
        .atMost(SOON)
        .until(() -> undrained(couponId) == 0);
  }

  /** Until it is closed nobody drains this ledger. */
  public Hold holdDrain(String couponId) {
    return new Hold(couponId);
  }

  /** The lease of a drainer that does nothing; short, so that others look again soon. */
  public final class Hold implements AutoCloseable {

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
    public void stopRenewing() {
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
  public void loseAll(String couponId) {
    redis(
        Command.DEL,
        Keys.state(couponId),
        Keys.claimants(couponId),
        Keys.audience(couponId),
        Keys.line(couponId),
        Keys.ledger(couponId),
        Keys.deadLetters(couponId),
        Keys.drainLease(couponId),
        Keys.loadLease(couponId));
  }

  /** The claims that the API told of, as the stores keep them. */
  public static String holding(Map<String, Object> claim) {
    return claim.get("sequence") + ":" + Micros.of(Instant.parse(claim.get("issuedAt").toString()));
  }
}

package io.firstcome.loadtest;

import io.firstcome.local.LocalRedis;
import io.firstcome.sale.Replica;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/** What a team would write instead: loadtest/baselines. */
final class BaselineTarget implements Target {
  private static final long STILL_NANOS = 500_000_000;

  private final LocalRedis redis = LocalRedis.start();
  private final Database database = new Database();
  private final Resp client = new Resp(redis.port());
  private final Replica app;
  private int coupons;

  BaselineTarget() {
    Map<String, String> settings = new HashMap<>();
    settings.put("spring.data.redis.host", "127.0.0.1");
    settings.put("spring.data.redis.port", String.valueOf(redis.port()));
    settings.put("spring.datasource.url", database.server().jdbcUrl());
    settings.put("spring.datasource.username", database.server().username());
    settings.put("spring.datasource.password", database.server().password());
    app = Processes.baselines(settings);
  }

  @Override
  public Load prepare(Variant variant, int seconds) {
    String id = "bench-" + ++coupons;
    client.call("HSET", key(id, "coupon"), "quantity", "1000000000", "issued", "0");
    database.execute(
        "INSERT INTO baseline_coupon (id, quantity, issued) VALUES ('" + id + "', 1000000000, 0)");
    String route = variant.kind().label.substring("spring-".length());
    return Load.byHeader(app.uri(), "/" + route + "/coupons/" + id + "/claims", "none", id);
  }

  private static String key(String id, String part) {
    return "baseline:{" + id + "}:" + part;
  }

  @Override
  public void open(Variant variant, Load load) {
    // It counts nothing but what it issues.
  }

  @Override
  public Books close(Variant variant, Load load) {
    if (variant.kind() == Variant.SPRING_NOOP) {
      return new Books(0, -1, -1);
    }
    boolean mysql = variant.kind() == Variant.SPRING_MYSQL_FOR_UPDATE;
    String id = load.couponId();
    LongSupplier issued =
        mysql
            ? () -> database.number("SELECT issued FROM baseline_coupon WHERE id = '" + id + "'")
            : () -> client.callLong("HGET", key(id, "coupon"), "issued");
    long units = whenStill(issued);
    long claims =
        mysql
            ? database.number("SELECT COUNT(*) FROM baseline_claim WHERE coupon_id = '" + id + "'")
            : client.callLong("HLEN", key(id, "claimants"));
    return new Books(Math.abs(units - claims), units, -1);
  }

  /** Who still waits for a lock when the load ends gets it yet. */
  private static long whenStill(LongSupplier number) {
    long last = -1;
    for (long now = number.getAsLong(); now != last; now = number.getAsLong()) {
      last = now;
      LockSupport.parkNanos(STILL_NANOS);
    }
    return last;
  }

  @Override
  public void clean() {
    client.call("FLUSHALL", "SYNC");
    database.execute("TRUNCATE TABLE baseline_claim", "TRUNCATE TABLE baseline_coupon");
  }

  @Override
  public long appPid() {
    return app.pid();
  }

  @Override
  public long redisPid() {
    return redis.pid();
  }

  @Override
  public long mySqlPid() {
    return database.server().pid();
  }

  @Override
  public void close() {
    app.close();
    client.close();
    database.close();
    redis.close();
  }
}

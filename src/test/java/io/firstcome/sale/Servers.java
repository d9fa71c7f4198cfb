package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.local.LocalMySql;
import io.firstcome.local.LocalRedis;
import io.firstcome.redis.Keys;
import io.firstcome.redis.Script;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A Redis and a MySQL of a test class's own, looked into from beside the application. */
public final class Servers implements AutoCloseable {
  private static final int TIMEOUT_SECONDS = 10;

  private final LocalRedis redis;
  private final LocalMySql mysql;
  private final Vertx vertx = Vertx.vertx();
  private final Redis client;

  private Servers(LocalRedis redis, LocalMySql mysql) {
    this.redis = redis;
    this.mysql = mysql;
    this.client = Redis.createClient(vertx, redis.uri());
  }

  public static Servers start(String... redisArgs) {
    return new Servers(LocalRedis.start(redisArgs), LocalMySql.start());
  }

  LocalRedis redis() {
    return redis;
  }

  LocalMySql mysql() {
    return mysql;
  }

  /** The settings that point a replica here. */
  public Map<String, String> settings() {
    return Map.of(
        "quarkus.redis.hosts", redis.uri(),
        "quarkus.datasource.reactive.url", mysql.reactiveUrl(),
        "quarkus.datasource.jdbc.url", mysql.jdbcUrl(),
        "quarkus.datasource.username", mysql.username(),
        "quarkus.datasource.password", mysql.password());
  }

  void flushAll() {
    send(Command.FLUSHALL);
  }

  void flushScripts() {
    send(Command.SCRIPT, "FLUSH");
  }

  /** So that Redis knows it before it is called. */
  void load(Script script) {
    send(Command.SCRIPT, "LOAD", script.source());
  }

  /** Memory that Redis uses. */
  long redisBytes() {
    String info = send(Command.INFO, "memory").toString();
    return Long.parseLong(info.replaceFirst("(?s).*used_memory:(\\d+).*", "$1"));
  }

  /** Units given out, as Redis counts them. */
  public long issued(String couponId) {
    return send(Command.HGET, Keys.state(couponId), "issued").toLong();
  }

  /** Who holds what, as Redis knows it. */
  Map<String, Holding> claimants(String couponId) {
    Map<String, Holding> holdings = new HashMap<>();
    Response reply = send(Command.HGETALL, Keys.claimants(couponId));
    for (String user : reply.getKeys()) {
      String[] holding = reply.get(user).toString().split(":");
      Instant issuedAt = Instant.EPOCH.plus(Long.parseLong(holding[1]), ChronoUnit.MICROS);
      holdings.put(user, new Holding(Long.parseLong(holding[0]), issuedAt));
    }
    return holdings;
  }

  /** Entries that wait for MySQL. */
  public long ledgerEntries(String couponId) {
    return send(Command.XLEN, Keys.ledger(couponId)).toLong();
  }

  /** Claims in the ledger; an entry holds those that were decided together. */
  long undrainedClaims(String couponId) {
    long claims = 0;
    for (Response entry : send(Command.XRANGE, Keys.ledger(couponId), "-", "+")) {
      Response fields = entry.get(1);
      for (int i = 0; i + 1 < fields.size(); i += 2) {
        if (fields.get(i).toString().equals("users")) {
          claims += fields.get(i + 1).toString().split(" ").length;
        }
      }
    }
    return claims;
  }

  long deadLetters(String couponId) {
    return send(Command.XLEN, Keys.deadLetters(couponId)).toLong();
  }

  /** The token of whoever drains the ledger, or empty. */
  String drainLease(String couponId) {
    Response token = send(Command.GET, Keys.drainLease(couponId));
    return token == null ? "" : token.toString();
  }

  /** Who holds what, as MySQL knows it; nobody twice. */
  Map<String, Holding> claims(String couponId) {
    Map<String, Holding> holdings = new HashMap<>();
    Set<Long> sequences = new HashSet<>();
    query(
        "SELECT user_id, sequence, issued_at FROM claim WHERE coupon_id = ?",
        couponId,
        row -> {
          long sequence = row.getLong(2);
          Instant issuedAt = row.getObject(3, LocalDateTime.class).toInstant(ZoneOffset.UTC);
          Holding before = holdings.put(row.getString(1), new Holding(sequence, issuedAt));
          assertThat(before).as("a second claim of %s", row.getString(1)).isNull();
          assertThat(sequences.add(sequence)).as("the first %d", sequence).isTrue();
        });
    return holdings;
  }

  /** Numbers that Redis may have issued and lost. */
  Set<Long> gaps(String couponId) {
    Set<Long> numbers = new HashSet<>();
    query(
        "SELECT first, last FROM sequence_gap WHERE coupon_id = ?",
        couponId,
        row -> {
          for (long number = row.getLong(1); number <= row.getLong(2); number++) {
            numbers.add(number);
          }
        });
    return numbers;
  }

  /** The number that a query of one parameter yields. */
  long number(String sql, String parameter) {
    long[] number = new long[1];
    query(sql, parameter, row -> number[0] = row.getLong(1));
    return number[0];
  }

  /** The texts that a query of one parameter yields, a row each. */
  List<String> texts(String sql, String parameter) {
    List<String> texts = new ArrayList<>();
    query(sql, parameter, row -> texts.add(row.getString(1)));
    return texts;
  }

  /** How often the coupon was loaded into Redis. */
  long epoch(String couponId) {
    long[] epoch = {-1};
    query("SELECT epoch FROM coupon WHERE id = ?", couponId, row -> epoch[0] = row.getLong(1));
    return epoch[0];
  }

  @Override
  public void close() {
    client.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
    redis.close();
    mysql.close();
  }

  private Response send(Command command, String... args) {
    Request request = Request.cmd(command);
    for (String arg : args) {
      request.arg(arg);
    }
    return client
        .send(request)
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private interface RowReader {
    void read(ResultSet row) throws SQLException;
  }

  private void query(String sql, String parameter, RowReader reader) {
    try (Connection connection =
            DriverManager.getConnection(mysql.jdbcUrl(), mysql.username(), mysql.password());
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, parameter);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          reader.read(rows);
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}

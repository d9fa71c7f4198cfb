package io.firstcome.redis;

import io.firstcome.local.LocalRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;

/** A real Redis and {@link Scripts} on it, without the rest of the application. */
public final class RealRedis implements AutoCloseable {

  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static RealRedis shared;

  private final LocalRedis server;
  private final Vertx vertx = Vertx.vertx();
  private final Redis client;
  private final Scripts scripts;

  private RealRedis(LocalRedis server, String uri) {
    this.server = server;
    this.client =
        Redis.createClient(
            vertx,
            new RedisOptions()
                .setConnectionString(uri)
                .setMaxPoolSize(8)
                .setMaxPoolWaiting(10_000));
    this.scripts = new Scripts(client, () -> TIMEOUT, new SimpleMeterRegistry());
  }

  /** The one that all tests of this JVM share; it is never stopped. */
  public static synchronized RealRedis shared() {
    if (shared == null) {
      shared = start();
    }
    return shared;
  }

  /** One of the test's own, to be stopped and flushed at will. */
  public static RealRedis start() {
    LocalRedis server = LocalRedis.start();
    return new RealRedis(server, server.uri());
  }

  /** One that somebody else runs. */
  public static RealRedis at(String uri) {
    return new RealRedis(null, uri);
  }

  /** A hash tag that no other test has. */
  public static String freshTag() {
    return "t-" + UUID.randomUUID();
  }

  public LocalRedis server() {
    return server;
  }

  public Redis client() {
    return client;
  }

  public Scripts scripts() {
    return scripts;
  }

  public Response send(Command command, Object... args) {
    return scripts.send(command, args).await().atMost(TIMEOUT.multipliedBy(2));
  }

  public Response run(String script, List<String> keys, List<String> args) {
    return scripts.run(Script.named(script), keys, args).await().atMost(TIMEOUT.multipliedBy(2));
  }

  /** Everything under a hash tag: key to its value as Redis itself would save it. */
  public TreeMap<String, String> dump(String tag) {
    TreeMap<String, String> all = new TreeMap<>();
    List<String> keys = new ArrayList<>();
    send(Command.KEYS, "fc:{" + tag + "}:*").forEach(key -> keys.add(key.toString()));
    for (String key : keys) {
      all.put(key, HexFormat.of().formatHex(send(Command.DUMP, key).toBytes()));
    }
    return all;
  }

  @Override
  public void close() {
    client.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
    if (server != null) {
      server.close();
    }
  }
}

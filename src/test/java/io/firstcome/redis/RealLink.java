package io.firstcome.redis;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.impl.ContextInternal;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import java.time.Duration;

/** A {@link RedisLink} to a real Redis, on an event loop of its own. */
public final class RealLink implements AutoCloseable {

  public static final int MAX_CALLS = 16;

  private final Vertx vertx = Vertx.vertx();
  private final ContextInternal context = (ContextInternal) vertx.getOrCreateContext();
  private final RedisLink link;

  public RealLink(RealRedis redis, Duration timeout) {
    RedisOptions options = new RedisOptions().setConnectionString(redis.server().uri());
    this.link =
        new RedisLink(
            0,
            context,
            () -> Redis.createClient(vertx, options),
            new Scripts(redis.client(), () -> timeout, new SimpleMeterRegistry()),
            () -> MAX_CALLS,
            true,
            () -> {});
  }

  public RedisLink link() {
    return link;
  }

  /** On its event loop. */
  public void run(Runnable task) {
    context.runOnContext(v -> task.run());
  }

  @Override
  public void close() {
    link.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}

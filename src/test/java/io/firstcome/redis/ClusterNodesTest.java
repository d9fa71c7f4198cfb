package io.firstcome.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.smallrye.mutiny.TimeoutException;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that hang. That they make a cluster does not matter here. */
class ClusterNodesTest {

  private static final Duration TIMEOUT = Duration.ofMillis(300);

  private final Vertx vertx = Vertx.vertx();
  private final RealRedis one = RealRedis.start();
  private final RealRedis other = RealRedis.start();
  private final ClusterNodes nodes = nodes();

  @AfterEach
  void stop() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
    one.close();
    other.close();
  }

  @Test
  void oneThatHangsIsWaitedForOnceAndNotByAllAndAskedAgainWhenItIsBack() {
    assertThat(ping(one)).hasToString("PONG");
    one.server().suspend();
    try {
      assertThatThrownBy(() -> ping(one)).hasCauseInstanceOf(TimeoutException.class);

      long untilNanos = System.nanoTime() + 20 * TIMEOUT.toNanos();
      int refused = 0;
      // But for the one that looks whether it is back, now and then.
      while (refused < 100 && System.nanoTime() < untilNanos) {
        try {
          ping(one);
        } catch (CompletionException e) {
          refused += e.getCause() instanceof RedisLink.NoConnectionException ? 1 : 0;
        }
      }
      assertThat(refused).isEqualTo(100);
      assertThat(ping(other)).hasToString("PONG");
    } finally {
      one.server().resume();
    }

    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .ignoreExceptions()
        .until(() -> ping(one).toString().equals("PONG"));
  }

  @Test
  void whatAnyNodeCanTellIsAskedOfOneThatAnswers() {
    one.server().kill();
    for (int i = 0; i < 20; i++) {
      assertThat(await(nodes.send(null, Request.cmd(Command.TIME))).size()).isEqualTo(2);
    }
  }

  private Response ping(RealRedis node) {
    return await(nodes.sendTo(node.server().uri(), Request.cmd(Command.PING)));
  }

  private static Response await(io.vertx.core.Future<Response> reply) {
    return reply.toCompletionStage().toCompletableFuture().join();
  }

  private ClusterNodes nodes() {
    RedisConfig config = () -> TIMEOUT;
    Settings settings = new Settings(config);
    RedisOptions options =
        new RedisOptions()
            .setType(RedisClientType.CLUSTER)
            .addConnectionString(one.server().uri())
            .addConnectionString(other.server().uri());
    settings.customize("<default>", options);
    return new ClusterNodes(vertx, Redis.createClient(vertx, one.server().uri()), settings, config);
  }
}

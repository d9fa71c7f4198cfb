package io.firstcome.durability;

import io.firstcome.redis.Barrier;
import io.firstcome.redis.Lease;
import io.firstcome.redis.RedisLinks;
import io.firstcome.redis.Scripts;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jboss.logging.Logger;

/**
 * Whether a Redis is still the primary that its replicas follow. One that is cut off from them goes
 * on deciding while another has taken its place, and loads what MySQL refuses it: that raises the
 * epoch, and takes away from the other what was told at {@link Acknowledge#REPLICA}.
 */
@ApplicationScoped
public class ReplicaCheck {

  private static final Logger LOG = Logger.getLogger(ReplicaCheck.class);

  /** How long they may take to say so. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  private final RedisLinks links;
  private final Scripts redis;
  private final AcknowledgeConfig config;

  ReplicaCheck(RedisLinks links, Scripts redis, AcknowledgeConfig config) {
    this.links = links;
    this.redis = redis;
    this.config = config;
  }

  /**
   * Whether as many replicas as must have what is told have, just now, followed the server on which
   * this lease is held. It blocks, and renews the lease.
   *
   * @param lease of what carries this tag
   */
  public boolean follow(String tag, Lease lease) {
    Redis client = links.clientOf(tag);
    try {
      return client
          .connect()
          .flatMap(connection -> follow(connection, lease))
          .toCompletionStage()
          .toCompletableFuture()
          .get(redis.timeout().plus(PATIENCE).toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      LOG.debugf(
          e,
          "Could not check whether replicas follow the Redis server that %s is loaded into",
          tag);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      client.close();
    }
  }

  private Future<Boolean> follow(RedisConnection connection, Lease lease) {
    return connection
        .batch(
            List.of(
                Request.cmd(Command.GET).arg(lease.key()),
                Request.cmd(Command.INFO).arg("replication"),
                // What they are to have.
                Request.cmd(Command.PEXPIRE).arg(lease.key()).arg(lease.ttl().toMillis())))
        .flatMap(
            replies -> {
              Response holder = replies.get(0);
              if (holder == null || !holder.toString().equals(lease.token())) {
                return Future.succeededFuture(false);
              }
              String info = replies.get(1).toString();
              long needed = Barrier.needed(config.replicas(), info);
              if (Barrier.online(info) < needed) {
                return Future.succeededFuture(false);
              }
              return connection
                  .send(Request.cmd(Command.WAIT).arg(needed).arg(PATIENCE.toMillis()))
                  .map(there -> there.toLong() >= needed);
            });
  }
}

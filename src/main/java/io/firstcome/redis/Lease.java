package io.firstcome.redis;

import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.List;

/**
 * The right to do something alone for a while: a key with the token of its holder, which Redis
 * deletes when the time is up.
 *
 * <p>It saves work and proves nothing, as a holder may be paused past its end. So one that ended is
 * never renewed, and whatever must not happen twice is fenced by an epoch.
 *
 * @param token the holder's, and no one else's
 * @param ttl from when it is taken or renewed
 */
public record Lease(Scripts redis, String key, String token, Duration ttl) {

  private static final Script RENEW = Script.named("lease-renew");
  private static final Script RELEASE = Script.named("lease-release");

  /** Takes it where nobody holds it; returns whether it was taken. */
  public Uni<Boolean> take() {
    return redis
        .send(Command.SET, key, token, "NX", "PX", ttl.toMillis())
        .map(reply -> reply != null);
  }

  /** Takes it from whoever holds it. */
  public Uni<Void> seize() {
    return redis.send(Command.SET, key, token, "PX", ttl.toMillis()).replaceWithVoid();
  }

  /** Renews it; returns whether it is still held. */
  public Uni<Boolean> renew() {
    return redis
        .run(RENEW, List.of(key), List.of(token, String.valueOf(ttl.toMillis())))
        .map(reply -> reply.toInteger() == 1);
  }

  /** Releases it; returns whether it was still held. */
  public Uni<Boolean> release() {
    return redis.run(RELEASE, List.of(key), List.of(token)).map(reply -> reply.toInteger() == 1);
  }
}

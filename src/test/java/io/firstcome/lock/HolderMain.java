package io.firstcome.lock;

import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * A process that holds a lock, works under another, and writes when it is told to: the address of
 * Redis, the lock's name and the resource's tag are its arguments.
 */
final class HolderMain {

  static final String WORK = "-work";
  static final String WROTE = "wrote ";
  static final String REFUSED = "refused";
  static final String LOST = "lost";

  /** Long enough to be frozen within it. */
  static final Duration LEASE = Duration.ofSeconds(3);

  private HolderMain() {}

  public static void main(String[] args) throws Exception {
    RealRedis redis = RealRedis.at(args[0]);
    Locks locks =
        new Locks(
            Vertx.vertx(),
            new RedisLockStore(redis.scripts(), listener -> null),
            new LockSettings(1),
            new SimpleMeterRegistry());
    Resource resource = Resource.inRedis(redis, args[2]);
    String token = UUID.randomUUID().toString();
    Grant grant =
        locks
            .tryLock(new LockRequest(args[1], token, false, LEASE, 0, 0), Duration.ZERO)
            .await()
            .indefinitely();
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Object> work =
        locks
            .withLock(
                args[1] + WORK,
                Duration.ZERO,
                LEASE,
                held -> {
                  begun.complete(null);
                  return Uni.createFrom().nothing();
                })
            .subscribeAsCompletionStage();
    begun.join();
    write(resource, "early", grant);
    System.in.read();
    try {
      work.join();
    } catch (CompletionException e) {
      System.out.println(e.getCause() instanceof LockLostException ? LOST : e.toString());
    }
    write(resource, "late", grant);
    System.exit(0);
  }

  private static void write(Resource resource, String content, Grant grant) {
    System.out.println(resource.write(content, grant.fence()) ? WROTE + content : REFUSED);
  }
}

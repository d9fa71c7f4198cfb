package io.firstcome.durability;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.redis.Fsync;
import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import org.junit.jupiter.api.Test;

class FsyncPromiseTest {

  @Test
  void whatIsPromisedOfDisksIsSaid() {
    try (RealRedis redis = RealRedis.start()) {
      FsyncPromise promise = promise(redis, Fsync.AUTO);
      assertThat(promise.promise()).contains("(WAIT)", "no append-only file");
      assertThat(promise.call().getData().get()).containsEntry("replica-waits-for", "memory");

      redis.send(Command.CONFIG, "SET", "appendonly", "yes");
      redis.send(Command.CONFIG, "SET", "appendfsync", "everysec");
      assertThat(promise.promise()).contains("(WAIT)", "appendfsync of Redis is not always");

      redis.send(Command.CONFIG, "SET", "appendfsync", "always");
      boolean hasIt = redis.send(Command.COMMAND, "INFO", "waitaof").get(0) != null;
      assertThat(promise.promise())
          .contains(hasIt ? "(WAITAOF)" : "WAITAOF of Redis cannot be used");
      assertThat(promise(redis, Fsync.NEVER).promise()).contains("(WAIT)", "fsync is never");
      assertThat(promise(redis, Fsync.ALWAYS).promise()).contains("(WAITAOF)");

      redis.send(Command.ACL, "SETUSER", "default", "-config");
      assertThat(promise.promise()).contains("(WAIT)", "could not be read");
    }
  }

  private static FsyncPromise promise(RealRedis redis, Fsync fsync) {
    return new FsyncPromise(redis.scripts(), fsync, Acknowledge.REPLICA);
  }
}

package io.firstcome.lock;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.Subscription;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A process that is frozen past its lease (SIGSTOP), and does not know it when it wakes. */
class FrozenHolderTest {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @Test
  void itIsToldWhenItWakesAndItsLateWriteIsRefused() throws Exception {
    RealRedis redis = RealRedis.shared();
    String name = "frozen-" + UUID.randomUUID();
    String tag = RealRedis.freshTag();
    Vertx vertx = Vertx.vertx();
    Locks other =
        new Locks(
            vertx,
            new RedisLockStore(
                redis.scripts(),
                listener ->
                    new Subscription(
                        vertx,
                        () -> Redis.createClient(vertx, redis.server().uri()),
                        PATIENCE,
                        Keys.freeLocks(),
                        listener)),
            new LockSettings(1),
            new SimpleMeterRegistry());
    Resource resource = Resource.inRedis(redis, tag);
    Process holder = holder(redis.server().uri(), name, tag);
    try {
      BufferedReader output = holder.inputReader();
      assertThat(next(output)).isEqualTo(HolderMain.WROTE + "early");
      signal("STOP", holder);

      Grant grant = take(other, name);
      assertThat(take(other, name + HolderMain.WORK)).isNotNull();
      assertThat(resource.write("next", grant.fence())).isTrue();
      signal("CONT", holder);
      holder.getOutputStream().write('\n');
      holder.getOutputStream().flush();

      assertThat(next(output)).isEqualTo(HolderMain.LOST);
      assertThat(next(output)).isEqualTo(HolderMain.REFUSED);
      assertThat(resource.read()).isEqualTo("next");
    } finally {
      holder.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  private static Grant take(Locks locks, String name) {
    LockRequest request =
        new LockRequest(name, UUID.randomUUID().toString(), false, PATIENCE, 0, 0);
    return locks.tryLock(request, PATIENCE).await().atMost(PATIENCE);
  }

  private static Process holder(String redis, String name, String tag) throws Exception {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            classPath,
            HolderMain.class.getName(),
            redis,
            name,
            tag)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** What the holder says next; others write to its output, too. */
  private static String next(BufferedReader output) throws Exception {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(HolderMain.WROTE)
          || line.equals(HolderMain.REFUSED)
          || line.equals(HolderMain.LOST)) {
        return line;
      }
    }
    return "it has ended";
  }

  private static void signal(String signal, Process process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid())).start();
    assertThat(kill.waitFor()).isZero();
  }
}

package io.firstcome.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.Script;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A bucket of tokens in a real Redis. */
class RateLimitScriptTest {

  private static final long HOUR_MICROS = Duration.ofHours(1).toNanos() / 1_000;

  private final RealRedis redis = RealRedis.shared();
  private final String bucket = Keys.bucket("user", RealRedis.freshTag());

  @Test
  void aFullBucketGivesAsManyAsItHoldsAndSaysWhenThereIsTheNext() {
    for (int i = 0; i < 3; i++) {
      assertThat(take(HOUR_MICROS, 3)).isZero();
    }

    assertThat(take(HOUR_MICROS, 3)).isBetween(3_500_000L, 3_600_000L);
    assertThat(take(HOUR_MICROS, 3)).as("asking takes nothing").isLessThanOrEqualTo(3_600_000L);
  }

  @Test
  void aTokenComesBackInItsTime() {
    assertThat(take(20_000, 1)).isZero();

    await().pollInterval(Duration.ofMillis(5)).until(() -> take(20_000, 1) == 0);
  }

  /** Tokens come one after the other, not a bucketful at once. */
  @Test
  void inTheLongRunThereAreAsManyAsTheRateSays() {
    long micros = 50_000;
    long start = System.nanoTime();
    int taken = 0;
    while (System.nanoTime() - start < 500_000_000) {
      taken += take(micros, 2) == 0 ? 1 : 0;
    }
    long passedMicros = (System.nanoTime() - start) / 1_000;

    assertThat(taken).isBetween(2 + 5, (int) (2 + passedMicros / micros + 1));
  }

  @Test
  void manyAtOnceGetNoMoreThanItHolds() {
    List<Uni<Response>> takes = Stream.generate(() -> call(HOUR_MICROS, 50)).limit(200).toList();

    List<Response> replies =
        Uni.join().all(takes).andFailFast().await().atMost(Duration.ofSeconds(10));

    assertThat(replies).filteredOn(reply -> reply.toLong() == 0).hasSize(50);
  }

  @Test
  void aBucketIsForgottenWhenItIsFull() {
    take(2_000_000, 10);
    assertThat(redis.send(Command.PTTL, bucket).toLong()).isBetween(1L, 2_000L);
    take(2_000_000, 10);
    assertThat(redis.send(Command.PTTL, bucket).toLong()).isBetween(2_001L, 4_000L);
  }

  @Test
  void aBucketOfAClockThatWasAheadIsEmptyAtWorst() {
    long now = redis.send(Command.TIME).get(0).toLong() * 1_000_000;
    redis.send(Command.SET, bucket, String.valueOf(now + 1_000 * HOUR_MICROS));

    assertThat(take(1_000_000, 5)).isEqualTo(1_000);
  }

  @Test
  void whatIsNoBucketIsLeftAlone() {
    redis.send(Command.HSET, bucket, "a", "b");

    assertThat(call(1_000, 5).map(reply -> "a reply").onFailure().recoverWithItem("refused"))
        .extracting(answer -> answer.await().atMost(Duration.ofSeconds(5)))
        .isEqualTo("refused");
    assertThat(redis.send(Command.HGET, bucket, "a")).hasToString("b");
  }

  private long take(long intervalMicros, int burst) {
    return call(intervalMicros, burst).await().atMost(Duration.ofSeconds(5)).toLong();
  }

  private Uni<Response> call(long intervalMicros, int burst) {
    return redis
        .scripts()
        .run(
            Script.named("rate-limit"),
            List.of(bucket),
            List.of(String.valueOf(intervalMicros), String.valueOf(burst)));
  }
}

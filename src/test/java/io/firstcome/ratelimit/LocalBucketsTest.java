package io.firstcome.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What one replica lets pass, by a clock that the test moves. */
class LocalBucketsTest {

  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final LocalBuckets buckets = LocalBuckets.of(10, 3);

  @Test
  void aBurstPassesThenOneForEachTokenThatComes() {
    for (int i = 0; i < 3; i++) {
      assertThat(buckets.take("alice", SECOND)).isZero();
    }
    assertThat(buckets.take("alice", SECOND)).isEqualTo(SECOND / 10);
    assertThat(buckets.take("alice", SECOND + SECOND / 10)).isZero();
    assertThat(buckets.take("alice", SECOND + SECOND / 10)).isPositive();
    assertThat(IntStream.range(0, 4).mapToLong(i -> buckets.take("alice", 9 * SECOND)))
        .containsExactly(0L, 0L, 0L, SECOND / 10);
  }

  @Test
  void whoLooksTakesNothing() {
    for (int i = 0; i < 3; i++) {
      assertThat(buckets.look("alice", SECOND)).isZero();
      assertThat(buckets.take("alice", SECOND)).isZero();
    }
    assertThat(buckets.look("alice", SECOND)).isEqualTo(SECOND / 10);
    assertThat(buckets.look("alice", SECOND + SECOND / 10)).isZero();
  }

  @Test
  void aTokenThatIsGivenBackCanBeTakenAgain() {
    for (int i = 0; i < 10; i++) {
      assertThat(buckets.take("alice", SECOND)).isZero();
      buckets.giveBack("alice");
    }
    assertThat(IntStream.range(0, 4).mapToLong(i -> buckets.take("alice", SECOND)))
        .containsExactly(0L, 0L, 0L, SECOND / 10);
  }

  @Test
  void othersAreNotRefusedForOneWhoIsGreedy() {
    for (int i = 0; i < 1_000; i++) {
      buckets.take("mallory", SECOND);
    }

    assertThat(IntStream.range(0, 20_000).mapToLong(i -> buckets.take("user-" + i, SECOND)))
        .containsOnly(0L);
  }

  @Test
  void anOpeningWithAHundredThousandUsersRefusesNobody() {
    LocalBuckets usual = LocalBuckets.of(20, 200);

    assertThat(IntStream.range(0, 100_000).mapToLong(i -> usual.take("user-" + i, SECOND)))
        .containsOnly(0L);
  }
}

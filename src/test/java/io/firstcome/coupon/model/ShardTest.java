package io.firstcome.coupon.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.redis.Keys;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ShardTest {

  @Test
  void anIdTellsWhichShardItIs() {
    Shard shard = new Shard("noon-2026", 3, 12);

    assertThat(shard.id()).isEqualTo("noon-2026~03of12");
    assertThat(Shard.of("noon-2026~03of12")).isEqualTo(shard);
    assertThat(Keys.campaignOf("noon-2026~03of12")).isEqualTo("noon-2026");
    assertThat(Shard.of("noon-2026")).isNull();
    assertThat(Keys.campaignOf("noon-2026")).isEqualTo("noon-2026");
  }

  @Test
  void aUserMeetsTheSameShardInEveryRelease() {
    assertThat(IntStream.range(0, 8).map(i -> Shard.ofUser("noon", 8, "user" + i).index()))
        .containsExactly(EXPECTED);
    assertThat(Shard.ofUser("another", 8, "user0").index()).isEqualTo(EXPECTED[0]);
  }

  /** Of user0 to user7: changing them would have users claim again. */
  private static final Integer[] EXPECTED = {3, 5, 7, 1, 2, 4, 6, 0};

  @Test
  void usersAreSpreadEvenly() {
    int[] users = new int[8];
    IntStream.range(0, 80_000).forEach(i -> users[Shard.ofUser("noon", 8, "u" + i).index()]++);

    assertThat(IntStream.of(users).boxed())
        .allSatisfy(some -> assertThat(some).isBetween(9_500, 10_500));
  }

  @Property
  void sharesAddUp(
      @ForAll @LongRange(min = 0) long units, @ForAll @IntRange(min = 2, max = 64) int of) {
    long sum = Shard.all("noon", of).stream().mapToLong(shard -> shard.share(units)).sum();
    assertThat(sum).isEqualTo(units);
  }

  @Property
  void numbersAreGivenOnceAndListedFromAnyOfThem(
      @ForAll @IntRange(min = 2, max = 9) int of, @ForAll @IntRange(min = 0, max = 40) int after) {
    Set<Long> numbers = new HashSet<>();
    List<Shard> shards = Shard.all("noon", of);
    for (Shard shard : shards) {
      for (long own = 1; own <= 5; own++) {
        Claim told = shard.told(new Claim(shard.id(), "alice", own, Instant.EPOCH));
        assertThat(numbers.add(told.sequence())).isTrue();
        assertThat(own > shard.upTo(after)).isEqualTo(told.sequence() > after);
      }
    }
    assertThat(numbers).hasSize(5 * of).allSatisfy(n -> assertThat(n).isBetween(1L, 5L * of));
  }
}

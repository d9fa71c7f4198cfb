package io.firstcome.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealLink;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of those who ask for a token, whatever becomes of Redis. */
class RateLimiterTest {

  private static final Duration TIMEOUT = Duration.ofMillis(500);

  /** Told to who has a token. */
  private static final Problem PASSED = null;

  private RealRedis redis;
  private RealLink link;
  private RateLimiter buckets;
  private Counter refused;
  private Counter notAsked;

  @BeforeEach
  void start() {
    redis = RealRedis.start();
    link = new RealLink(redis, TIMEOUT);
    SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    refused = metrics.counter("refused");
    notAsked = metrics.counter("not-asked");
    // None comes back while the test runs.
    Limit limit = Limit.of("user", 0.000_1, 2);
    buckets = new RateLimiter(limit, link.link(), RealLink.MAX_CALLS, refused, notAsked);
  }

  @AfterEach
  void stop() {
    link.close();
    redis.close();
  }

  @Test
  void eachHasABucketOfTheirOwn() throws Exception {
    assertThat(take("alice")).isEqualTo(PASSED);
    assertThat(take("alice")).isEqualTo(PASSED);
    assertThat(take("alice").type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
    assertThat(take("bob")).isEqualTo(PASSED);
    assertThat(refused.count()).isOne();
  }

  @Test
  void whoGoesOnAskingIsRefusedWithoutRedis() throws Exception {
    take("alice");
    take("alice");
    take("alice");
    long before = calls();

    for (int i = 0; i < 50; i++) {
      assertThat(take("alice").type()).isEqualTo(ProblemType.TOO_MANY_REQUESTS);
    }

    assertThat(calls()).isEqualTo(before);
    assertThat(refused.count()).isEqualTo(51);
  }

  @Test
  void moreThanMayBeOnTheirWayWaitTheirTurn() throws Exception {
    List<CompletableFuture<Problem>> all = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      all.add(ask("user-" + i));
    }
    for (CompletableFuture<Problem> one : all) {
      assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(PASSED);
    }
  }

  @Test
  void aRedisThatIsNotThereRefusesNobody() throws Exception {
    redis.server().kill();
    List<CompletableFuture<Problem>> all = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      all.add(ask("alice"));
    }
    for (CompletableFuture<Problem> one : all) {
      assertThat(one.get(10, TimeUnit.SECONDS)).isEqualTo(PASSED);
    }
    assertThat(notAsked.count()).isEqualTo(5_000);
  }

  @Test
  void aBucketThatIsSomethingElseRefusesNobody() throws Exception {
    redis.send(Command.HSET, Keys.bucket("user", "alice"), "a", "b");
    for (int i = 0; i < 5; i++) {
      assertThat(take("alice")).isEqualTo(PASSED);
    }
  }

  @Test
  void moreThanMayWaitAreRefusedAtOnce() throws Exception {
    take("alice");
    redis.server().suspend();
    try {
      List<CompletableFuture<Problem>> all = new ArrayList<>();
      // Some more than wait are on their way.
      for (int i = 0; i < RateLimiter.MAX_WAITING + RealLink.MAX_CALLS; i++) {
        all.add(ask("user-" + i));
      }
      CompletableFuture<Problem> last = all.get(all.size() - 1);
      assertThat(last.get(10, TimeUnit.SECONDS).type()).isEqualTo(ProblemType.OVERLOADED);
      // And nobody is left hanging: what was on its way fails, what waited did so for too long.
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> all.stream().allMatch(CompletableFuture::isDone));
    } finally {
      redis.server().resume();
    }
  }

  /** Calls of scripts that Redis has run. */
  private long calls() {
    return redis
        .send(Command.INFO, "commandstats")
        .toString()
        .lines()
        .filter(line -> line.startsWith("cmdstat_evalsha:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=(\\d+),.*", "$1")))
        .findFirst()
        .orElseThrow();
  }

  private Problem take(String whose) throws Exception {
    return ask(whose).get(10, TimeUnit.SECONDS);
  }

  private CompletableFuture<Problem> ask(String whose) {
    CompletableFuture<Problem> told = new CompletableFuture<>();
    link.run(
        () ->
            buckets.take(
                whose,
                new RateLimits.Answer() {
                  @Override
                  public void passed() {
                    once(told.complete(PASSED));
                  }

                  @Override
                  public void refused(Problem why) {
                    once(told.complete(why));
                  }
                }));
    return told;
  }

  private static void once(boolean first) {
    assertThat(first).as("told once").isTrue();
  }
}

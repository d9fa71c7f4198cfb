package io.firstcome.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.firstcome.redis.StallingProxy;
import io.firstcome.redis.Subscription;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Locks in Redis. */
class RedisLocksTest extends AbstractLocksTest {

  /** Its commands are counted. */
  private static RealRedis redis;

  @BeforeAll
  static void start() {
    redis = RealRedis.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
  }

  @Override
  LockStore store() {
    return store(redis, redis.server().uri());
  }

  private LockStore store(RealRedis way, String uri) {
    return new RedisLockStore(
        way.scripts(),
        listener ->
            new Subscription(
                vertx, () -> Redis.createClient(vertx, uri), LONG, Keys.freeLocks(), listener));
  }

  @Override
  void forget() {
    redis.send(Command.FLUSHALL);
  }

  @Override
  int alreadyHeld() {
    return redis.send(Command.ZCARD, Keys.lock("names")).toInteger();
  }

  @Test
  void aHundredWaitersAreWokenWithoutPolling() {
    // Both listen before anything is counted.
    Grant first = take(one, Duration.ZERO, LONG);
    assertThat(take(one, Duration.ofSeconds(1), LONG)).isNull();
    assertThat(take(other, Duration.ofSeconds(1), LONG)).isNull();
    long before = scriptCalls();
    List<CompletableFuture<Integer>> waiters =
        IntStream.range(0, 100)
            .mapToObj(
                i ->
                    (i % 2 == 0 ? one : other)
                        .withLock(name, LONG, LEASE, held -> Uni.createFrom().item(i))
                        .subscribeAsCompletionStage())
            .toList();

    await().pollDelay(Duration.ofSeconds(2)).atMost(LONG).until(() -> scriptCalls() - before <= 2);
    get(one.release(name, first.token()));
    waiters.forEach(waiter -> waiter.orTimeout(20, TimeUnit.SECONDS).join());

    // A release, an attempt that succeeds, and one of the other client that does not.
    assertThat(scriptCalls() - before).isBetween(200L, 310L);
  }

  private static long scriptCalls() {
    Matcher calls =
        Pattern.compile("cmdstat_eval(?:sha)?:calls=(\\d+)")
            .matcher(redis.send(Command.INFO, "commandstats").toString());
    long sum = 0;
    while (calls.find()) {
      sum += Long.parseLong(calls.group(1));
    }
    return sum;
  }

  @Test
  void aHolderThatCannotReachRedisIsToldWhenItsLeaseEnds() {
    try (StallingProxy proxy = new StallingProxy(redis.server().port());
        RealRedis way = RealRedis.at(proxy.uri())) {
      Locks far =
          new Locks(
              vertx, store(way, proxy.uri()), new LockSettings(10), new SimpleMeterRegistry());
      AtomicBoolean begun = new AtomicBoolean();
      CompletableFuture<Object> work =
          far.withLock(
                  name,
                  Duration.ZERO,
                  LEASE,
                  held -> {
                    begun.set(true);
                    return Uni.createFrom().nothing();
                  })
              .subscribeAsCompletionStage();
      await().atMost(LONG).until(begun::get);
      proxy.stall();

      // Told no later than somebody else may have it.
      Grant next = take(other, LONG, LONG);

      assertThat(next).isNotNull();
      assertThat(work).isDone();
      assertThatThrownBy(work::join).hasCauseInstanceOf(LockLostException.class);
    }
  }

  @Test
  void aWaiterIsServedThoughNoMessageArrives() {
    try (StallingProxy proxy = new StallingProxy(redis.server().port())) {
      proxy.stall();
      Locks deaf =
          new Locks(
              vertx, store(redis, proxy.uri()), new LockSettings(10), new SimpleMeterRegistry());
      Grant first = take(one, Duration.ZERO, LONG);
      CompletableFuture<Grant> waiter =
          deaf.tryLock(request(LONG), LONG).subscribeAsCompletionStage();
      get(one.release(name, first.token()));

      assertThat(waiter.orTimeout(5, TimeUnit.SECONDS).join()).isNotNull();
    }
  }

  private LockRequest permit(int permits, Duration lease) {
    return new LockRequest(name, UUID.randomUUID().toString(), false, lease, permits, 0);
  }

  @Test
  void permitsAreGivenInOrderOfArrivalAndNoMoreThanThereAre() {
    int permits = 3;
    AtomicInteger held = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    List<LockRequest> requests =
        IntStream.range(0, 30).mapToObj(i -> permit(permits, LONG)).toList();
    List<Grant> first =
        requests.subList(0, permits).stream()
            .map(request -> get(one.tryLock(request, Duration.ZERO)))
            .toList();
    List<CompletableFuture<Void>> waiters = new ArrayList<>();
    for (int i = permits; i < requests.size(); i++) {
      int number = i;
      Locks client = i % 2 == 0 ? one : other;
      waiters.add(
          client
              .tryLock(requests.get(i), LONG)
              .chain(
                  grant -> {
                    order.add(number);
                    most.accumulateAndGet(held.incrementAndGet(), Math::max);
                    return Uni.createFrom()
                        .item(grant)
                        .onItem()
                        .delayIt()
                        .by(Duration.ofMillis(5))
                        .invoke(held::decrementAndGet)
                        .chain(() -> client.release(name, grant.token()));
                  })
              .replaceWithVoid()
              .subscribeAsCompletionStage());
      int inLine = i - permits + 1;
      await()
          .atMost(LONG)
          .until(() -> redis.send(Command.ZCARD, Keys.lock("line:" + name)).toInteger() == inLine);
    }
    first.forEach(grant -> get(one.release(name, grant.token())));
    waiters.forEach(waiter -> waiter.orTimeout(20, TimeUnit.SECONDS).join());

    assertThat(most.get()).isBetween(2, permits);
    // Those who are inside together may be told in another order.
    for (int i = 0; i < order.size(); i++) {
      assertThat(order.get(i) - permits).as("%s", order).isBetween(i - permits, i + permits);
    }
    assertThat(redis.send(Command.EXISTS, Keys.lock("line:" + name)).toInteger()).isZero();
    assertThat(redis.send(Command.EXISTS, Keys.lock("permits:" + name)).toInteger()).isZero();
  }

  @Test
  void oneFairPermitIsFencedAndExcludesTheLock() {
    Grant fair = get(one.tryLock(permit(1, LONG), Duration.ZERO));
    assertThat(take(other, Duration.ZERO, LONG)).isNull();
    assertThat(get(other.extend(name, fair.token(), LONG)).fence()).isEqualTo(fair.fence());
    assertThat(get(other.release(name, fair.token()))).isTrue();

    Grant lock = take(other, Duration.ZERO, LONG);

    assertThat(lock.fence()).isGreaterThan(fair.fence());
    assertThat(get(one.tryLock(permit(1, LONG), Duration.ZERO))).isNull();
  }

  @Test
  void aPermitWhoseLeaseEndedGoesToTheNext() {
    Grant first = get(one.tryLock(permit(1, LEASE), Duration.ZERO));

    Grant second = get(other.tryLock(permit(1, LONG), LONG));

    assertThat(second.fence()).isGreaterThan(first.fence());
    assertThat(get(one.extend(name, first.token(), LONG))).isNull();
    assertThat(get(one.release(name, first.token()))).isFalse();
  }

  @Test
  void aWaiterThatDiedHoldsUpTheLineForAWhileOnly() {
    Grant first = get(one.tryLock(permit(1, LONG), Duration.ZERO));
    // Asks once, as a replica that dies then.
    get(store().take(permit(1, LONG), true));
    CompletableFuture<Grant> next =
        other.tryLock(permit(1, LONG), LONG).subscribeAsCompletionStage();
    await()
        .atMost(LONG)
        .until(() -> redis.send(Command.ZCARD, Keys.lock("line:" + name)).toInteger() == 2);

    get(one.release(name, first.token()));

    assertThat(next.orTimeout(10, TimeUnit.SECONDS).join()).isNotNull();
  }

  @Test
  void whoHasWaitedInVainLeavesTheLine() {
    get(one.tryLock(permit(1, LONG), Duration.ZERO));

    assertThat(get(other.tryLock(permit(1, LONG), Duration.ofMillis(300)))).isNull();

    assertThat(redis.send(Command.EXISTS, Keys.lock("line:" + name)).toInteger()).isZero();
  }
}

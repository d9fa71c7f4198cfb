package io.firstcome.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store of locks must do. */
abstract class AbstractLocksTest {

  static final Duration LONG = Duration.ofSeconds(30);
  static final Duration LEASE = Duration.ofMillis(1_500);
  private static final int WAITERS = 25;

  final Vertx vertx = Vertx.vertx();
  final String name = "lock-" + UUID.randomUUID();
  Locks one;
  Locks other;

  /** A client's own way to the store. */
  abstract LockStore store();

  /** Whether the store gives fencing tokens. */
  boolean isFenced() {
    return true;
  }

  /** Has the store lose all that it knows of the lock, its fencing token too. */
  abstract void forget();

  @BeforeEach
  void twoClients() {
    one = client(1_000);
    other = client(1_000);
  }

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  Locks client(int maxWaiting) {
    return new Locks(vertx, store(), new LockSettings(maxWaiting), new SimpleMeterRegistry());
  }

  static <T> T get(Uni<T> uni) {
    return uni.await().atMost(LONG);
  }

  LockRequest request(Duration lease) {
    return new LockRequest(name, UUID.randomUUID().toString(), false, lease, 0, 0);
  }

  Grant take(Locks locks, Duration wait, Duration lease) {
    return get(locks.tryLock(request(lease), wait));
  }

  @Test
  void oneOfManyWaitersHoldsIt() {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    List<Long> fences = Collections.synchronizedList(new ArrayList<>());
    List<CompletableFuture<Boolean>> all =
        IntStream.range(0, 2 * WAITERS)
            .mapToObj(i -> i % 2 == 0 ? one : other)
            .map(
                client ->
                    client
                        .tryLock(request(LONG), LONG)
                        .call(
                            grant -> {
                              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                              fences.add(grant.fence());
                              return Uni.createFrom()
                                  .item(grant)
                                  .onItem()
                                  .delayIt()
                                  .by(Duration.ofMillis(2))
                                  .invoke(inside::decrementAndGet);
                            })
                        .chain(grant -> client.release(name, grant.token()))
                        .subscribeAsCompletionStage())
            .toList();

    assertThat(all).allMatch(CompletableFuture::join);
    assertThat(most).hasValue(1);
    assertThat(fences).hasSize(2 * WAITERS).isSorted();
    assertThat(Set.copyOf(fences)).hasSize(isFenced() ? 2 * WAITERS : 1);
  }

  @Test
  void aLeaseEndsByItselfAndItsHolderIsTold() {
    Grant first = take(one, Duration.ZERO, LEASE);
    assertThat(take(other, Duration.ZERO, LEASE)).isNull();

    Grant second = take(other, LONG, LONG);

    assertThat(second.fence() > first.fence()).isEqualTo(isFenced());
    // By the clock of this process it ended before.
    assertThat(System.nanoTime() - first.endsNanos()).isPositive();
    assertThat(get(one.extend(name, first.token(), LONG))).isNull();
    assertThat(get(one.release(name, first.token()))).isFalse();
    assertThat(get(other.release(name, second.token()))).isTrue();
  }

  @Test
  void anExtendedLeaseLasts() {
    Grant first = take(one, Duration.ZERO, LEASE);
    assertThat(get(one.extend(name, first.token(), LONG)).fence()).isEqualTo(first.fence());

    assertThat(take(other, LEASE.plusMillis(300), LEASE)).isNull();

    assertThat(get(one.release(name, first.token()))).isTrue();
    assertThat(take(other, Duration.ZERO, LEASE)).isNotNull();
  }

  @Test
  void theSameTokenGetsTheSameAnswer() {
    LockRequest request = request(LONG);
    Grant first = get(one.tryLock(request, Duration.ZERO));

    Grant again = get(other.tryLock(request, Duration.ZERO));

    assertThat(again.fence()).isEqualTo(first.fence());
    assertThat(get(other.release(name, first.token()))).isTrue();
  }

  @Test
  void workIsRenewedForAsLongAsItLasts() {
    AtomicBoolean begun = new AtomicBoolean();
    AtomicBoolean wasHeld = new AtomicBoolean();
    CompletableFuture<Void> end = new CompletableFuture<>();
    CompletableFuture<String> work =
        one.withLock(
                name,
                Duration.ZERO,
                LEASE,
                held -> {
                  begun.set(true);
                  return Uni.createFrom()
                      .completionStage(end)
                      .invoke(() -> wasHeld.set(held.isHeld()))
                      .map(done -> "done");
                })
            .subscribeAsCompletionStage();
    await().atMost(LONG).until(begun::get);

    assertThat(take(other, LEASE.multipliedBy(3), LEASE)).isNull();
    end.complete(null);

    assertThat(work.join()).isEqualTo("done");
    assertThat(wasHeld).isTrue();
    assertThat(take(other, Duration.ZERO, LEASE)).as("it was released").isNotNull();
  }

  @Test
  void lossIsToldAtOnce() {
    AtomicBoolean isCancelled = new AtomicBoolean();
    List<Held> holders = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<Object> work =
        one.withLock(
                name,
                Duration.ZERO,
                LEASE,
                held -> {
                  holders.add(held);
                  return Uni.createFrom()
                      .nothing()
                      .onCancellation()
                      .invoke(() -> isCancelled.set(true));
                })
            .subscribeAsCompletionStage();
    await().atMost(LONG).until(() -> !holders.isEmpty());
    long since = System.nanoTime();
    forget();

    assertThatThrownBy(work::join).hasCauseInstanceOf(LockLostException.class);

    // Only the watchdog can have noticed before.
    assertThat(Duration.ofNanos(System.nanoTime() - since)).isLessThan(LEASE);
    assertThat(isCancelled).isTrue();
    assertThat(holders.get(0).isHeld()).isFalse();
  }

  @Test
  void aFencingTokenGrowsThoughTheStoreLostTheLast() {
    assumeTrue(isFenced());
    Grant first = take(one, Duration.ZERO, LONG);
    forget();

    Grant second = take(other, Duration.ZERO, LONG);

    assertThat(second.fence()).isGreaterThan(first.fence());
  }

  @Test
  void theLateWriteOfAHolderThatWasFrozenIsRefused() {
    assumeTrue(isFenced());
    for (Resource resource : List.of(Resource.inMySql(), Resource.inRedis())) {
      Grant frozen = take(one, LONG, LEASE);
      assertThat(resource.write("early", frozen.fence())).isTrue();
      Grant next = take(other, LONG, LEASE);
      assertThat(resource.write("next", next.fence())).isTrue();
      assertThat(resource.write("next again", next.fence())).isTrue();

      assertThat(resource.write("late", frozen.fence())).isFalse();

      assertThat(resource.read()).isEqualTo("next again");
    }
  }

  @Test
  void whoLeavesIsNotGivenIt() {
    Grant first = take(one, Duration.ZERO, LONG);
    CompletableFuture<Grant> leaver =
        other.tryLock(request(LONG), LONG).subscribeAsCompletionStage();
    CompletableFuture<Grant> next = other.tryLock(request(LONG), LONG).subscribeAsCompletionStage();
    leaver.cancel(true);

    get(one.release(name, first.token()));

    assertThat(next.orTimeout(10, TimeUnit.SECONDS).join()).isNotNull();
  }

  @Test
  void noMoreThanTheLimitMayWait() {
    Locks small = client(2);
    Grant first = take(one, Duration.ZERO, LONG);
    List<CompletableFuture<Grant>> waiters =
        IntStream.range(0, 2)
            .mapToObj(i -> small.tryLock(request(LONG), LONG).subscribeAsCompletionStage())
            .toList();

    assertThatThrownBy(() -> take(small, LONG, LONG))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().type()).isEqualTo(ProblemType.OVERLOADED));

    waiters.get(0).cancel(true);
    get(one.release(name, first.token()));
    assertThat(waiters.get(1).orTimeout(10, TimeUnit.SECONDS).join()).isNotNull();
  }

  @Test
  void noMoreThanTheLimitAreHeld() {
    List<Grant> held =
        IntStream.range(0, 2)
            .mapToObj(i -> get(one.tryLock(counted(name + i), Duration.ZERO)))
            .toList();

    assertThatThrownBy(() -> get(one.tryLock(counted(name + 2), Duration.ZERO)))
        .isInstanceOfSatisfying(
            ProblemException.class,
            e -> assertThat(e.problem().type()).isEqualTo(ProblemType.TOO_MANY_LOCKS));

    LockRequest own = new LockRequest("own:" + name, "token", false, LONG, 0, 0);
    assertThat(get(one.tryLock(own, Duration.ZERO))).as("not counted").isNotNull();
    get(one.release(held.get(0).name(), held.get(0).token()));
    assertThat(get(one.tryLock(counted(name + 2), Duration.ZERO))).isNotNull();
  }

  /** How many locks the store has, with two more. */
  abstract int alreadyHeld();

  private int limit;

  private LockRequest counted(String lock) {
    limit = limit == 0 ? alreadyHeld() + 2 : limit;
    return new LockRequest(lock, UUID.randomUUID().toString(), false, LONG, 0, limit);
  }
}

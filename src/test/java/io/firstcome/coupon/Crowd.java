package io.firstcome.coupon;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * Users who want a unit of a coupon, and ask until they have an answer that lasts. So many that all
 * units are taken come only when they are let: until then the sale is not over, however slow the
 * test is.
 */
final class Crowd {

  private static final int THREADS = 8;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** User to number. */
  final Map<String, Integer> held = new ConcurrentHashMap<>();

  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
  private final String couponId;
  private final int users;
  private final CountDownLatch letIn = new CountDownLatch(1);

  /**
   * @param users all of them
   * @param first those who come at once
   */
  Crowd(String couponId, int users, int first) {
    this.couponId = couponId;
    this.users = users;
    for (int i = 0; i < users; i++) {
      String user = "u" + i;
      boolean waits = i >= first;
      threads.submit(
          () -> {
            if (waits) {
              letIn.await();
            }
            settle(user);
            return null;
          });
    }
    threads.shutdown();
  }

  private void settle(String user) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(
            () -> {
              var answer = Api.put(couponId, user).extract();
              switch (answer.statusCode()) {
                case 200, 201 -> held.put(user, answer.path("sequence"));
                case 409 -> refused.add(user);
                case 503 -> {
                  return false;
                }
                default -> throw new AssertionError(answer.asString());
              }
              return true;
            });
  }

  void awaitHolders(int number) {
    await()
        .atMost(Stores.SOON)
        .pollInterval(Duration.ofMillis(2))
        .until(() -> held.size() >= number);
  }

  void letIn() {
    letIn.countDown();
  }

  void awaitEnd() throws InterruptedException {
    boolean ended = threads.awaitTermination(PATIENCE.toSeconds() * 2, TimeUnit.SECONDS);
    assertThat(ended).as("everybody has an answer").isTrue();
    assertThat(held.size() + refused.size()).isEqualTo(users);
  }

  /**
   * What was told is what is remembered, but for what a server took with it that is gone; no number
   * is given twice, and no unit is left but what is withheld for that.
   *
   * @param redis where the coupon is now
   * @return how many are withheld
   */
  int assertExactly(int units, Stores stores, String redis) {
    assertThat(new HashSet<>(held.values())).as("no number twice").hasSameSizeAs(held.values());
    try (RealRedis server = RealRedis.at(redis)) {
      await()
          .atMost(Stores.SOON)
          .until(() -> server.send(Command.XLEN, Keys.ledger(couponId)).toLong() == 0);
      assertThat(server.send(Command.XLEN, Keys.deadLetters(couponId)).toLong()).isZero();
    }
    Map<String, Integer> inMySql =
        stores.claimsInMySql(couponId).entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, e -> Integer.valueOf(e.getValue().split(":")[0])));
    assertThat(held).containsAllEntriesOf(inMySql);
    Set<Integer> lost = new HashSet<>(held.values());
    lost.removeAll(inMySql.values());
    Map<String, Object> coupon = Api.read(couponId).extract().path("");
    int withheld = ((Number) coupon.getOrDefault("withheld", 0)).intValue();
    assertThat(lost).hasSizeLessThanOrEqualTo(withheld);
    assertThat(inMySql.size() + withheld).isEqualTo(units);
    return withheld;
  }

  /** Where servers are killed the client of Redis fails assertions that only tests switch on. */
  static ConditionFactory await() {
    return Awaitility.await().dontCatchUncaughtExceptions();
  }

  /** Ends a server without a word. */
  static void kill(long pid) {
    ProcessHandle.of(pid).orElseThrow().destroyForcibly();
  }

  /** The process of a server. */
  static long pid(String uri) {
    try (RealRedis redis = RealRedis.at(uri)) {
      return redis
          .send(Command.INFO, "server")
          .toString()
          .lines()
          .filter(line -> line.startsWith("process_id:"))
          .mapToLong(line -> Long.parseLong(line.substring("process_id:".length())))
          .findFirst()
          .orElseThrow();
    }
  }
}

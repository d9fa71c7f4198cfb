package io.firstcome.decision;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HotSetTest {

  private static final int MOST = 8;

  private final HotSet<Hot<Pending<String>>> set = new HotSet<>(MOST);

  @Test
  void holdsNoMoreThanItsLimitHoweverManyAddAtOnce() throws InterruptedException {
    int threads = 16;
    CountDownLatch start = new CountDownLatch(1);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    for (int i = 0; i < threads; i++) {
      String id = "c" + i;
      pool.execute(
          () -> {
            try {
              start.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            set.add(id, Hot::new);
          });
    }
    start.countDown();
    pool.shutdown();
    assertThat(pool.awaitTermination(10, TimeUnit.SECONDS)).isTrue();

    assertThat(set.all()).hasSize(MOST);
    assertThat(set.add("another", Hot::new)).isNull();
  }

  @Test
  void aKnownOneIsReturnedThoughTheSetIsFull() {
    Hot<Pending<String>> first = set.add("c0", Hot::new);
    for (int i = 1; i < MOST; i++) {
      set.add("c" + i, Hot::new);
    }

    assertThat(set.add("c0", Hot::new)).isSameAs(first).isSameAs(set.get("c0"));
  }

  @Test
  void dropsWhatIsIdleAndNothingElse() {
    set.add("idle", Hot::new).usedAt(System.nanoTime() - Duration.ofMinutes(2).toNanos());
    set.add("used", Hot::new).usedAt(System.nanoTime());

    set.dropIdle(Duration.ofMinutes(1));

    assertThat(set.get("idle")).isNull();
    assertThat(set.get("used")).isNotNull();
  }
}

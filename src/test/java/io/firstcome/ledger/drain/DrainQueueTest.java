package io.firstcome.ledger.drain;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.ledger.Ledger;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrainQueueTest {

  private static final long AN_HOUR = TimeUnit.HOURS.toNanos(1);

  private final DrainQueue agenda = new DrainQueue(128, Duration.ofSeconds(3));

  @Test
  void theOneThatIsDueFirstComesFirst() throws InterruptedException {
    agenda.add("later", TimeUnit.MILLISECONDS.toNanos(20));
    agenda.add("sooner", TimeUnit.MILLISECONDS.toNanos(10));
    agenda.wake("now");

    assertThat(agenda.take().tag).isEqualTo("now");
    assertThat(agenda.take().tag).isEqualTo("sooner");
    assertThat(agenda.take().tag).isEqualTo("later");
  }

  @Test
  void wakingEndsAPause() throws InterruptedException {
    agenda.wake("a");
    agenda.again(agenda.take(), AN_HOUR);

    agenda.wake("a");

    assertThat(agenda.take().tag).isEqualTo("a");
  }

  @Test
  void wakingWhileItIsLookedAtHasItLookedAtOnceMore() throws InterruptedException {
    agenda.wake("a");
    Ledger a = agenda.take();
    agenda.wake("a");
    agenda.again(a, AN_HOUR);

    assertThat(agenda.take()).isSameAs(a);
  }

  @Test
  void wakingDoesNotShortenABackOff() throws InterruptedException {
    agenda.wake("a");
    Ledger a = agenda.take();
    agenda.wake("a");
    agenda.putOff(a, AN_HOUR);
    agenda.wake("a");
    agenda.wake("b");

    assertThat(agenda.take().tag).isEqualTo("b");
    assertThat(a.due).isGreaterThan(AN_HOUR / 2);
  }

  @Test
  void whatWasWokenMeanwhileIsNotForgotten() throws InterruptedException {
    agenda.wake("a");
    Ledger a = agenda.take();
    agenda.wake("a");
    agenda.retire(a);

    assertThat(agenda.take()).isSameAs(a);
  }

  @Test
  void whatWasForgottenIsTakenUpAnew() throws InterruptedException {
    agenda.wake("a");
    Ledger a = agenda.take();
    agenda.retire(a);
    assertThat(agenda.known("a")).isNull();

    agenda.wake("a");

    assertThat(agenda.take()).isNotSameAs(a).extracting(ledger -> ledger.tag).isEqualTo("a");
  }

  /**
   * What was there before a wake-up is always seen afterwards, though ledgers are forgotten all the
   * time, and no ledger is with two threads.
   */
  @Test
  void noWakeUpIsLost() throws Exception {
    AtomicLong written = new AtomicLong();
    AtomicLong seen = new AtomicLong();
    AtomicReference<Thread> owner = new AtomicReference<>();
    ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
    Runnable work =
        () -> {
          try {
            for (Ledger ledger = agenda.take(); ledger != null; ledger = agenda.take()) {
              if (!owner.compareAndSet(null, Thread.currentThread())) {
                wrong.add(new AssertionError("with two threads"));
              }
              long now = written.get();
              seen.accumulateAndGet(now, Math::max);
              owner.set(null);
              if (ThreadLocalRandom.current().nextBoolean()) {
                agenda.retire(ledger);
              } else {
                agenda.again(ledger, AN_HOUR);
              }
            }
          } catch (Throwable e) {
            wrong.add(e);
          }
        };
    CompletableFuture<Void> workers =
        CompletableFuture.allOf(
            CompletableFuture.runAsync(work, DrainQueueTest::start),
            CompletableFuture.runAsync(work, DrainQueueTest::start));

    for (int i = 0; i < 50_000 && wrong.isEmpty(); i++) {
      long mine = written.incrementAndGet();
      agenda.wake("a");
      if (i % 4 == 0) {
        while (seen.get() < mine && wrong.isEmpty()) {
          Thread.onSpinWait();
        }
      }
    }
    agenda.close();
    workers.get();

    assertThat(wrong).isEmpty();
  }

  private static void start(Runnable run) {
    new Thread(run).start();
  }
}

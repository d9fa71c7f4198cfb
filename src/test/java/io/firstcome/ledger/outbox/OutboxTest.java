package io.firstcome.ledger.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.ledger.Peer;
import io.firstcome.ledger.outbox.Outbox.Entry;
import io.firstcome.mysql.RealMySql;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.RealRedis;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * The outbox on a real MariaDB; a reader that is passed by hand ends where the test wants it to.
 */
class OutboxTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final RealMySql mysql = RealMySql.shared();
  private final SqlTransactions transactions = mysql.transactions();
  private final MeterRegistry metrics = new SimpleMeterRegistry();
  private final List<Outbox> started = new ArrayList<>();
  private final List<OutboxReader> readers = new ArrayList<>();
  private final Taking subscriber = new Taking();

  @AfterEach
  void stop() {
    started.forEach(outbox -> outbox.stop(null));
    readers.forEach(OutboxReader::stop);
    mysql.sql("DELETE FROM outbox WHERE subscriber LIKE CONCAT('%', ?)", subscriber.name());
  }

  /** Keeps what it takes. */
  private static class Taking implements OutboxSubscriber {

    final String name = "t-" + UUID.randomUUID().toString().substring(0, 20);
    final List<OutboxRow> taken = new CopyOnWriteArrayList<>();

    @Override
    public String name() {
      return name;
    }

    @Override
    public void take(List<OutboxRow> rows) {
      taken.addAll(rows);
    }

    List<String> bodies() {
      return taken.stream().map(OutboxRow::body).toList();
    }
  }

  private static OutboxConfig config(String... settings) {
    Map<String, String> set =
        IntStream.range(0, settings.length / 2)
            .boxed()
            .collect(
                Collectors.toMap(
                    i -> "firstcome.outbox." + settings[2 * i], i -> settings[2 * i + 1]));
    return Peer.settings(OutboxConfig.class, set);
  }

  private Outbox outbox(OutboxConfig config, OutboxSubscriber... subscribers) {
    Outbox outbox =
        new Outbox(
            config,
            Peer.settings(io.firstcome.ledger.LedgerConfig.class),
            transactions,
            RealRedis.shared().scripts(),
            List.of(subscribers),
            metrics);
    started.add(outbox);
    return outbox;
  }

  private Outbox running(OutboxConfig config, OutboxSubscriber... subscribers) {
    Outbox outbox = outbox(config, subscribers);
    outbox.start((StartupEvent) null);
    return outbox;
  }

  private OutboxReader reader(OutboxConfig config) {
    OutboxReader reader =
        new OutboxReader(
            config,
            transactions,
            RealRedis.shared().scripts(),
            subscriber,
            new SimpleMeterRegistry());
    readers.add(reader);
    return reader;
  }

  private void write(Outbox outbox, String ledger, String... bodies) {
    transactions.run(
        tx -> {
          outbox.write(
              tx, ledger, List.of(bodies).stream().map(body -> new Entry("note", body)).toList());
          return null;
        });
  }

  private long rows() {
    return mysql
        .sql("SELECT COUNT(*) FROM outbox WHERE subscriber = ?", subscriber.name())
        .get(0)
        .getLong(0);
  }

  private double counted(String name) {
    return metrics.get(name).tag("subscriber", subscriber.name()).counter().count();
  }

  @Test
  void rowsOfALedgerAreHandedOverInOrderAndPruned() {
    Outbox outbox = running(config("batch-rows", "7"), subscriber);
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (String ledger : List.of("a", "b", "c")) {
      writers.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < 50; i += 2) {
                  write(outbox, ledger, String.valueOf(i), String.valueOf(i + 1));
                }
              }));
    }
    writers.forEach(CompletableFuture::join);

    Awaitility.await().atMost(SOON).until(() -> rows() == 0);
    Map<String, List<OutboxRow>> byLedger =
        subscriber.taken.stream().collect(Collectors.groupingBy(OutboxRow::ledger));
    assertThat(byLedger).containsOnlyKeys("a", "b", "c");
    assertThat(byLedger.values())
        .allSatisfy(
            rows -> {
              assertThat(rows)
                  .extracting(OutboxRow::body)
                  .containsExactlyElementsOf(
                      IntStream.range(0, 50).mapToObj(String::valueOf).toList());
              assertThat(rows).extracting(OutboxRow::id).isSorted();
            });
    assertThat(counted("firstcome.outbox.handed")).isEqualTo(150);
  }

  @Test
  void aRowThatIsCommittedAfterOneWithAHigherIdIsNotPassedOver() {
    Outbox outbox = outbox(config(), subscriber);
    OutboxReader reader = reader(config());
    CountDownLatch written = new CountDownLatch(1);
    CountDownLatch commit = new CountDownLatch(1);
    CompletableFuture<Void> slow =
        CompletableFuture.runAsync(
            () ->
                transactions.run(
                    tx -> {
                      outbox.write(tx, "slow", List.of(new Entry("note", "lower")));
                      written.countDown();
                      await(commit);
                      return null;
                    }));
    await(written);
    write(outbox, "fast", "higher");
    reader.pass();
    reader.pass();
    assertThat(subscriber.bodies()).containsExactly("higher");

    commit.countDown();
    slow.join();
    reader.pass();
    reader.pass();

    assertThat(subscriber.bodies()).containsExactly("higher", "lower");
    assertThat(subscriber.taken.get(1).id()).isLessThan(subscriber.taken.get(0).id());
    assertThat(rows()).isZero();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(SOON.toSeconds(), java.util.concurrent.TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatWasHandedOverBeforeACrashIsHandedOverAgainByTheNextReader() {
    OutboxConfig config = config("lease", "100ms", "batch-rows", "2");
    write(outbox(config, subscriber), "a", "1", "2", "3");
    OutboxReader crashes = reader(config);
    OutboxReader next = reader(config);

    crashes.pass();
    assertThat(subscriber.bodies()).containsExactly("1", "2");
    Awaitility.await()
        .atMost(SOON)
        .until(
            () -> {
              next.pass();
              return rows() == 0;
            });

    assertThat(subscriber.bodies()).containsExactly("1", "2", "1", "2", "3");
  }

  @Test
  void oneReaderReadsAtATimeAndTheNextGoesOnWhereItStopped() {
    OutboxConfig config = config("batch-rows", "1", "lease", "1m");
    write(outbox(config, subscriber), "a", "1", "2", "3");
    OutboxReader first = reader(config);
    OutboxReader second = reader(config);

    first.pass();
    second.pass();
    first.pass();
    assertThat(subscriber.bodies()).containsExactly("1", "2");

    first.start();
    first.stop();
    for (int i = 0; i < 3; i++) {
      second.pass();
    }
    assertThat(subscriber.bodies()).containsExactly("1", "2", "3");
    assertThat(rows()).isZero();
  }

  @Test
  void aSubscriberThatFailsIsHandedTheSameRowsAgainAndHoldsUpNoOther() {
    Taking failing =
        new Taking() {
          @Override
          public void take(List<OutboxRow> rows) {
            super.take(rows);
            if (taken.size() < 4) {
              throw new IllegalStateException("away");
            }
          }
        };
    Outbox outbox = running(config("poll", "10ms"), subscriber, failing);
    write(outbox, "a", "1");

    Awaitility.await().atMost(SOON).until(() -> failing.taken.size() == 4 && rows() == 0);
    assertThat(failing.bodies()).containsOnly("1");
    assertThat(subscriber.bodies()).containsExactly("1");
    assertThat(
            metrics
                .get("firstcome.outbox.failures")
                .tag("subscriber", failing.name())
                .counter()
                .count())
        .isEqualTo(3);
  }

  @Test
  void aRolledBackTransactionLeavesNoRow() {
    Outbox outbox = outbox(config(), subscriber);

    assertThatThrownBy(
            () ->
                transactions.run(
                    tx -> {
                      outbox.write(tx, "a", List.of(new Entry("note", "never")));
                      throw new IllegalStateException("back");
                    }))
        .hasMessage("back");

    assertThat(rows()).isZero();
  }

  @Test
  void rowsAboveTheLimitAreDroppedAndCountedAndTheTransactionGoesOn() {
    CountDownLatch goOn = new CountDownLatch(1);
    Taking slow =
        new Taking() {
          @Override
          public String name() {
            return subscriber.name();
          }

          @Override
          public void take(List<OutboxRow> rows) {
            OutboxTest.await(goOn);
            subscriber.take(rows);
          }
        };
    write(outbox(config(), subscriber), "a", "1", "2", "3");
    Outbox outbox = running(config("max-rows", "3", "lease", "1m"), slow);

    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              write(outbox, "a", "more");
              assertThat(
                      metrics.find("firstcome.outbox.dropped").counters().stream()
                          .mapToDouble(c -> c.count())
                          .sum())
                  .isPositive();
            });
    long full = rows();
    write(outbox, "a", "dropped");
    assertThat(rows()).isEqualTo(full);

    write(outbox, "b", "dropped");
    write(outbox, "b", "dropped");
    goOn.countDown();
    Awaitility.await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              write(outbox, "a", "again");
              assertThat(subscriber.bodies()).contains("again");
            });
    assertThat(subscriber.bodies()).startsWith("1", "2", "3").doesNotContain("dropped");
    List<OutboxRow> holes =
        subscriber.taken.stream().filter(row -> row.kind().equals(OutboxRow.HOLE)).toList();
    assertThat(holes).extracting(OutboxRow::ledger).containsExactly("a", "b");
    assertThat(subscriber.taken.indexOf(holes.get(0)))
        .isLessThan(subscriber.bodies().indexOf("again"));
  }

  /** Refuses what contains this. */
  private OutboxSubscriber refusing(String poison) {
    return new OutboxSubscriber() {
      @Override
      public String name() {
        return subscriber.name();
      }

      @Override
      public void take(List<OutboxRow> rows) {
        if (rows.stream().anyMatch(row -> row.body().contains(poison))) {
          throw new IllegalStateException("unreadable");
        }
        subscriber.take(rows);
      }
    };
  }

  @Test
  void aRowThatIsAlwaysRefusedIsPutAsideAndTheOthersAreHandedOver() {
    OutboxConfig config = config("poll", "10ms", "attempts", "3", "max-aside", "1");
    Outbox outbox = running(config, refusing("poison"));
    write(outbox, "a", "1", "poison 1", "poison 2", "2", "3");

    Awaitility.await().atMost(SOON).until(() -> rows() == 0);

    assertThat(subscriber.bodies()).containsExactly("1", "2", "3");
    assertThat(counted("firstcome.outbox.aside")).isEqualTo(2);
    assertThat(
            mysql.sql(
                "SELECT body FROM outbox WHERE subscriber = ?",
                OutboxSubscriber.ASIDE + subscriber.name()))
        .singleElement()
        .satisfies(row -> assertThat(row.getString(0)).isEqualTo("poison 2"));
  }

  @Test
  void whileTheSubscriberIsAwayNoRowIsPutAside() {
    CountDownLatch back = new CountDownLatch(30);
    OutboxSubscriber away =
        new OutboxSubscriber() {
          @Override
          public String name() {
            return subscriber.name();
          }

          @Override
          public void take(List<OutboxRow> rows) {
            if (back.getCount() > 0) {
              back.countDown();
              throw new IllegalStateException("away");
            }
            subscriber.take(rows);
          }
        };
    Outbox outbox = running(config("poll", "10ms", "attempts", "2"), away);
    write(outbox, "a", "1", "2", "3", "4", "5", "6");

    Awaitility.await().atMost(SOON).until(() -> rows() == 0);

    assertThat(subscriber.bodies()).contains("1", "2", "3", "4", "5", "6").hasSize(6);
    assertThat(counted("firstcome.outbox.aside")).isZero();
  }

  @Test
  void withoutASubscriberNothingIsWrittenMeasuredOrStarted() {
    Outbox outbox = running(config());

    outbox.write(null, "a", List.of(new Entry("note", "nobody reads it")));

    assertThat(outbox.isOn()).isFalse();
    assertThat(metrics.getMeters()).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("firstcome-outbox"));
  }
}

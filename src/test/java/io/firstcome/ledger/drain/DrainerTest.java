package io.firstcome.ledger.drain;

import static io.firstcome.ledger.LedgerFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.hamcrest.Matchers.is;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.DeadLetter;
import io.firstcome.ledger.DeadLetters;
import io.firstcome.ledger.LedgerApplier;
import io.firstcome.ledger.LedgerEntry;
import io.firstcome.ledger.LedgerFixture;
import io.firstcome.ledger.MySqlBehindException;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.redis.Keys;
import io.firstcome.redis.RealRedis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DrainerTest {

  private final LedgerFixture fixture = new LedgerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void keepsTheOrder() {
    fixture.settings.put("batch-entries", "16");
    List<String> ids = new ArrayList<>();
    for (int i = 1; i <= 200; i++) {
      ids.add(fixture.append(i, "w" + i));
    }
    LedgerFixture.Notes notes = fixture.notes();

    fixture.started(notes).wrote(fixture.tag);
    awaitDrained();

    assertThat(notes.batches.stream().flatMap(List::stream)).containsExactlyElementsOf(ids);
    assertThat(notes.batches).hasSizeLessThan(20);
    assertThat(fixture.written()).hasSize(200);
    assertThat(fixture.counted("firstcome.drained.entries")).isEqualTo(200);
  }

  @Test
  void runsOfOneApplierAreAppliedTogetherAndInOrder() {
    List<String> calls = new ArrayList<>();
    LedgerApplier words = recorder(Set.of("a", "b"), calls);
    LedgerApplier numbers = recorder(Set.of("1"), calls);
    for (String kind : "a b a 1 1 b".split(" ")) {
      fixture.appendRaw("format", 1, "kind", kind, "epoch", 1, "at", 1);
    }

    fixture.started(words, numbers).wrote(fixture.tag);
    awaitDrained();

    assertThat(calls).containsExactly("a b a", "1 1", "b");
  }

  @Test
  void whatIsAppliedTwiceIsThereOnceAndALostLeaseSettlesNothing() {
    List<Integer> writtenBefore = new CopyOnWriteArrayList<>();
    LedgerApplier robbed =
        before(
            () -> {
              writtenBefore.add(fixture.written().size());
              if (writtenBefore.size() <= 2) {
                // As after a pause of this drainer: somebody else has taken over meanwhile.
                fixture.redis.send(
                    Command.SET, Keys.drainLease(fixture.tag), "somebody", "PX", 100);
              }
            });
    fixture.append(1, "a", "b", "c");
    fixture.append(4, "d");

    fixture.started(robbed).wrote(fixture.tag);
    awaitDrained();

    assertThat(writtenBefore).startsWith(0, 4).hasSizeGreaterThanOrEqualTo(3);
    assertThat(fixture.written()).containsExactly("1:a", "2:b", "3:c", "4:d");
    assertThat(fixture.deadLetters()).isEmpty();
    assertThat(fixture.counted("firstcome.drain.failures", "reason", "lease-lost")).isEqualTo(2);
  }

  @Test
  void theNextEntriesAreReadWhileTheseAreWritten() {
    try (RealRedis redis = RealRedis.start();
        LedgerFixture own = new LedgerFixture(redis, LedgerFixture.sharedMySql())) {
      own.settings.put("batch-entries", "2");
      List<String> ids = new ArrayList<>();
      for (int i = 1; i <= 6; i++) {
        ids.add(own.append(i, "w" + i));
      }
      AtomicInteger begun = new AtomicInteger();
      LedgerFixture.Notes notes =
          own.new Notes() {
            @Override
            public List<DeadLetter> apply(
                SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
              long readings = Math.min(3, begun.incrementAndGet() + 1);
              await().atMost(SOON).until(() -> readings(redis), is(readings));
              return super.apply(tx, ledger, entries);
            }
          };

      own.started(notes).wrote(own.tag);
      await().atMost(SOON).until(() -> own.undrained() == 0);

      assertThat(notes.batches)
          .containsExactly(ids.subList(0, 2), ids.subList(2, 4), ids.subList(4, 6));
    }
  }

  /** How often a ledger was read. */
  private static long readings(RealRedis redis) {
    return redis
        .send(Command.INFO, "commandstats")
        .toString()
        .lines()
        .filter(line -> line.startsWith("cmdstat_xrange:calls="))
        .mapToLong(line -> Long.parseLong(line.replaceAll("^.*?calls=([0-9]+).*", "$1")))
        .findFirst()
        .orElse(0);
  }

  @Test
  void whatWasReadAheadIsForgottenWhenTheLeaseIsLost() {
    fixture.settings.put("batch-entries", "1");
    String first = fixture.append(1, "a");
    String second = fixture.append(2, "b");
    AtomicBoolean robbed = new AtomicBoolean();
    LedgerFixture.Notes notes =
        fixture.new Notes() {
          @Override
          public List<DeadLetter> apply(
              SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
            List<DeadLetter> refused = super.apply(tx, ledger, entries);
            if (!robbed.getAndSet(true)) {
              fixture.redis.send(Command.SET, Keys.drainLease(fixture.tag), "somebody", "PX", 100);
            }
            return refused;
          }
        };

    fixture.started(notes).wrote(fixture.tag);
    awaitDrained();

    assertThat(notes.batches).containsExactly(List.of(first), List.of(first), List.of(second));
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
  }

  @Test
  void ledgersTakeTurnsThoughOneHasMuch() {
    fixture.settings.put("batch-entries", "1");
    fixture.settings.put("threads", "1");
    String other = fixture.tag + "-other";
    List<String> turns = new CopyOnWriteArrayList<>();
    CountDownLatch bothAreWoken = new CountDownLatch(1);
    for (int i = 0; i < 10; i++) {
      fixture.append(i, "w" + i);
      fixture.appendTo(other, "format", 1, "kind", "notes", "epoch", 1, "at", 1);
    }
    Drainer drainer =
        fixture.started(
            fixture.new Notes() {
              @Override
              public List<DeadLetter> apply(
                  SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
                join(bothAreWoken);
                turns.add(ledger);
                return List.of();
              }
            });
    drainer.wrote(fixture.tag);
    await().atMost(SOON).until(() -> drainer.held().contains(fixture.tag));
    drainer.wrote(other);
    bothAreWoken.countDown();
    await().atMost(SOON).until(() -> turns.size() == 20);

    // The second reading may have been on its way already when the other ledger came.
    assertThat(turns.subList(0, 6)).contains(other);
    assertThat(turns.subList(4, 10)).contains(fixture.tag, other);
  }

  @Test
  void nothingLeavesTheLedgerBeforeTheCommit() {
    AtomicBoolean refuse = new AtomicBoolean(true);
    fixture.append(1, "a");
    Drainer drainer =
        fixture.started(
            fixture.new Notes() {
              @Override
              public List<DeadLetter> apply(
                  SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
                List<DeadLetter> refused = super.apply(tx, ledger, entries);
                if (refuse.get()) {
                  throw new IllegalStateException("after it was written, before the commit");
                }
                return refused;
              }
            });
    drainer.wrote(fixture.tag);

    await()
        .atMost(SOON)
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", "internal") >= 3);
    assertThat(fixture.undrained()).isEqualTo(1);
    assertThat(fixture.written()).isEmpty();
    assertThat(drainer.lag(fixture.tag).orElseThrow().entries()).isEqualTo(1);

    refuse.set(false);
    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a");
  }

  static Stream<Throwable> defects() {
    return Stream.of(
        new ArithmeticException("/ by zero"),
        new StackOverflowError(),
        new NoClassDefFoundError("Could not initialize class Curse"),
        new ExceptionInInitializerError());
  }

  /** A defect that one entry meets stopped all that came after it for ever. */
  @ParameterizedTest
  @MethodSource("defects")
  void anEntryThatItsApplierCannotBearDoesNotBlockItsLedger(Throwable defect) {
    fixture.settings.put("max-retry-backoff", "20ms");
    fixture.append(1, "a");
    fixture.append(2, "cursed");
    fixture.append(3, "c");

    fixture.started(cursed(defect)).wrote(fixture.tag);

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "3:c");
    assertThat(fixture.deadReasons()).containsExactly("refused");
    assertThat(fixture.deadLetters().get(0).toString()).contains(defect.toString());
    assertThat(fixture.counted("firstcome.drain.failures", "reason", "internal"))
        .isGreaterThanOrEqualTo(20);
  }

  /** It says nothing about the entry, which is applied when there is memory again. */
  @Test
  void anEntryIsKeptWhileTheMemoryIsFull() {
    fixture.settings.put("max-retry-backoff", "20ms");
    fixture.append(1, "cursed");
    fixture.started(cursed(new OutOfMemoryError("Java heap space"))).wrote(fixture.tag);

    await()
        .untilAsserted(
            () ->
                assertThat(fixture.counted("firstcome.drain.failures", "reason", "internal"))
                    .isGreaterThan(40));
    assertThat(fixture.deadReasons()).isEmpty();
    assertThat(fixture.written()).isEmpty();
  }

  /** An applier that one entry has fail. */
  private LedgerApplier cursed(Throwable defect) {
    return fixture.new Notes() {
      @Override
      public List<DeadLetter> apply(SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
        if (entries.stream().anyMatch(e -> e.words("words").contains("cursed"))) {
          throw DrainerTest.<RuntimeException>sneaky(defect);
        }
        return super.apply(tx, ledger, entries);
      }
    };
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> T sneaky(Throwable e) throws T {
    throw (T) e;
  }

  /** An old backup was restored: its entries are all that has what was decided since. */
  @Test
  void aMySqlThatIsBehindRedisIsWaitedForAndNoEntryIsAtFault() {
    fixture.settings.put("max-retry-backoff", "10ms");
    AtomicBoolean behind = new AtomicBoolean(true);
    fixture.append(1, "a");
    fixture
        .started(
            before(
                () -> {
                  if (behind.get()) {
                    throw new MySqlBehindException("a test", 2, 1);
                  }
                }))
        .wrote(fixture.tag);
    await()
        .atMost(SOON)
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", "internal") >= 30);

    behind.set(false);
    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(fixture.deadLetters()).isEmpty();
  }

  @Test
  void aConflictIsADeadLetterAndTheRestIsWritten() {
    fixture.append(1, "a", "b");
    fixture.append(3, "a", "c");
    fixture.append(5, "d");

    fixture.started().wrote(fixture.tag);
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a", "2:b", "4:c", "5:d");
    List<List<String>> letters = fixture.deadLetters();
    assertThat(letters).hasSize(1);
    assertThat(letters.get(0))
        .startsWith("reason", "conflict", "detail")
        .containsSequence("first", "3", "words", "a");
    assertThat(letters.get(0).get(3)).contains("n=1");
    assertThat(fixture.counted("firstcome.dead.lettered", "reason", "conflict")).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "much-too-long, 1, , data-too-long",
    "ok, 1000, , out-of-range",
    "ü, 1, , wrong-value",
    "ok, 1, no-such-book, foreign-key"
  })
  void whatMySqlRefusesForGoodIsADeadLetterAndTheRestIsWritten(
      String word, int small, String book, String reason) {
    fixture.append(1, "a");
    fixture.appendRaw(
        "format",
        1,
        "kind",
        "notes",
        "epoch",
        1,
        "at",
        1,
        "first",
        2,
        "words",
        word,
        "small",
        small,
        "book",
        book == null ? fixture.tag : book);
    fixture.append(3, "c");

    fixture.started().wrote(fixture.tag);
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a", "3:c");
    assertThat(fixture.deadReasons()).containsExactly(reason);
  }

  @Test
  void aFinalErrorThatAnApplierLetsThroughIsFoundAmongItsEntries() {
    LedgerApplier careless =
        applier(
            Set.of("notes"),
            (tx, entries) -> {
              for (LedgerEntry entry : entries) {
                tx.query(
                    "INSERT INTO " + fixture.table + " VALUES (?, ?, ?, 1, '2030-01-01')",
                    fixture.tag,
                    entry.number("first"),
                    entry.text("words"));
              }
            });
    fixture.append(1, "a");
    fixture.append(2, "much-too-long");
    fixture.append(3, "c");
    fixture.append(4, "also-much-too-long");

    fixture.started(careless).wrote(fixture.tag);
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a", "3:c");
    assertThat(fixture.deadReasons()).containsExactly("data-too-long", "data-too-long");
  }

  @Test
  void malformedEntriesAreDeadLettersAndTheRestIsWritten() {
    fixture.append(1, "a");
    fixture.appendRaw("anything", "at all");
    fixture.appendRaw("format", "two", "kind", "notes", "epoch", 1, "at", 1);
    fixture.appendRaw("format", 1, "kind", "notes", "epoch", "one", "at", 1);
    fixture.appendRaw("format", 1, "kind", "notes", "epoch", 1, "at", 1, "words", "x");
    fixture.appendRaw(
        "format", 1, "kind", "notes", "epoch", 1, "at", 1, "first", 7, "words", "x  y");
    fixture.append(9, "i");

    fixture.started().wrote(fixture.tag);
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a", "9:i");
    assertThat(fixture.deadReasons()).hasSize(5).containsOnly("malformed");
  }

  @Test
  void anEntryOfANewerFormatIsLeftToANewerRelease() {
    fixture.append(1, "a");
    fixture.appendRaw("format", 2, "kind", "notes", "epoch", 1, "at", 1);
    fixture.started().wrote(fixture.tag);

    await()
        .atMost(SOON)
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", "unknown-kind") >= 1);
    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(fixture.undrained()).isEqualTo(1);
    assertThat(fixture.deadLetters()).isEmpty();
  }

  @Test
  void anUnknownKindIsLeftToANewerReleaseWithAllThatFollows() {
    fixture.settings.put("lease", "200ms");
    fixture.append(1, "a");
    fixture.appendRaw("format", 1, "kind", "new", "epoch", 1, "at", 1);
    fixture.append(2, "b");
    Drainer old = fixture.started();
    old.wrote(fixture.tag);

    await()
        .atMost(SOON)
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", "unknown-kind") >= 2);
    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(fixture.undrained()).isEqualTo(2);
    assertThat(fixture.deadLetters()).isEmpty();
    await().atMost(SOON).until(() -> old.held().isEmpty());

    fixture.started(fixture.notes(), recorder(Set.of("new"), new ArrayList<>())).wrote(fixture.tag);
    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
  }

  @Test
  void atTheLimitOfDeadLettersTheDrainStopsAndLosesNothing() {
    fixture.settings.put("max-dead-letters", "2");
    fixture.settings.put("batch-entries", "1");
    fixture.settings.put("lease", "150ms");
    for (int i = 0; i < 4; i++) {
      fixture.appendRaw("nonsense", i);
    }
    fixture.append(1, "a");
    fixture.started().wrote(fixture.tag);

    await()
        .atMost(SOON)
        .until(
            () ->
                fixture.counted("firstcome.drain.failures", "reason", "too-many-dead-letters")
                    >= 3);
    assertThat(fixture.deadLetters()).hasSize(2);
    assertThat(fixture.undrained()).isEqualTo(3);

    fixture.redis.send(Command.DEL, Keys.deadLetters(fixture.tag));
    await().atMost(SOON).until(() -> fixture.deadLetters().size() == 2);
    fixture.redis.send(Command.DEL, Keys.deadLetters(fixture.tag));
    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a");
  }

  @Test
  void aDeadLetterIsListedAndReplayed() {
    DeadLetters deadLetters = new DeadLetters(fixture.redis.scripts());
    fixture.sql(
        "INSERT INTO " + fixture.table + " VALUES (?, 1, 'in-the-way', 1, '2030-01-01')",
        fixture.tag);
    fixture.append(1, "a", "b");
    Drainer drainer = fixture.started();
    drainer.wrote(fixture.tag);
    awaitDrained();
    List<DeadLetters.Waiting> waiting =
        deadLetters.list(fixture.tag, null, 10).await().atMost(SOON);
    assertThat(waiting).hasSize(1);
    assertThat(waiting.get(0).reason()).isEqualTo(DeadLetter.Reason.CONFLICT.slug());
    assertThat(waiting.get(0).entry())
        .containsEntry("words", "a")
        .containsEntry("first", "1")
        .doesNotContainKey("reason");
    assertThat(deadLetters.list(fixture.tag, waiting.get(0).id(), 10).await().atMost(SOON))
        .isEmpty();

    fixture.sql("DELETE FROM " + fixture.table + " WHERE n = 1 AND book = ?", fixture.tag);
    int replayed =
        deadLetters.replay(fixture.tag, List.of(waiting.get(0).id(), "1-1")).await().atMost(SOON);
    drainer.wrote(fixture.tag);
    awaitDrained();

    assertThat(replayed).isEqualTo(1);
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
    assertThat(fixture.deadLetters()).isEmpty();
  }

  @Test
  void aDeadlockIsTriedAgain() throws Exception {
    CountDownLatch drainHasX = new CountDownLatch(1);
    CountDownLatch otherHasY = new CountDownLatch(1);
    AtomicInteger tries = new AtomicInteger();
    String lock = "SELECT id FROM " + fixture.table + "_book WHERE id = ? FOR UPDATE";
    fixture.sql("INSERT INTO " + fixture.table + "_book VALUES ('x'), ('y')");
    LedgerFixture.Notes notes =
        fixture.new Notes() {
          @Override
          public List<DeadLetter> apply(
              SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
            if (tries.incrementAndGet() == 1) {
              tx.query(lock, "x");
              drainHasX.countDown();
              join(otherHasY);
              tx.query(lock, "y");
            }
            return super.apply(tx, ledger, entries);
          }
        };
    fixture.append(1, "a");
    fixture.started(notes).wrote(fixture.tag);
    CompletableFuture<Void> other =
        CompletableFuture.runAsync(
            () ->
                fixture
                    .transactions()
                    .run(
                        tx -> {
                          // The one that has written more is spared.
                          for (int i = 0; i < 50; i++) {
                            tx.query(
                                "INSERT INTO " + fixture.table + "_book VALUES (?)", "weight" + i);
                          }
                          tx.query(lock, "y");
                          otherHasY.countDown();
                          join(drainHasX);
                          return tx.query(lock, "x");
                        }));

    awaitDrained();
    other.get(10, TimeUnit.SECONDS);

    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(fixture.counted("firstcome.mysql.errors", "code", "1213")).isEqualTo(1);
    assertThat(tries).hasValue(2);
  }

  @Test
  void aLostConnectionIsTriedAgain() {
    AtomicInteger tries = new AtomicInteger();
    LedgerFixture.Notes notes =
        fixture.new Notes() {
          @Override
          public List<DeadLetter> apply(
              SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
            List<DeadLetter> refused = super.apply(tx, ledger, entries);
            if (tries.incrementAndGet() <= 2) {
              long id = tx.query("SELECT CONNECTION_ID()").iterator().next().getLong(0);
              tx.query("KILL " + id);
            }
            return refused;
          }
        };
    fixture.append(1, "a");

    fixture.started(notes).wrote(fixture.tag);
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(tries).hasValue(3);
  }

  @Test
  void oneOfTwoDrainersApplies() {
    fixture.live.add(fixture.tag);
    fixture.settings.put("sweep", "50ms");
    LedgerFixture.Notes first = fixture.notes();
    LedgerFixture.Notes second = fixture.notes();
    Drainer one = fixture.started(first);
    Drainer two = fixture.started(second);

    for (int i = 1; i <= 50; i++) {
      fixture.append(i, "w" + i);
      one.wrote(fixture.tag);
      two.wrote(fixture.tag);
    }
    awaitDrained();

    assertThat(List.of(first.batches.isEmpty(), second.batches.isEmpty()))
        .containsExactlyInAnyOrder(true, false);
    assertThat(one.held().size() + two.held().size()).isEqualTo(1);
    assertThat(fixture.written()).hasSize(50);
  }

  @Test
  void theLedgerOfADeadReplicaIsTakenOverWhenItsLeaseEnds() {
    fixture.append(1, "a");
    fixture.redis.send(Command.SET, Keys.drainLease(fixture.tag), "dead", "PX", 1_000);
    long died = System.nanoTime();

    fixture.started().wrote(fixture.tag);
    awaitDrained();

    assertThat(Duration.ofNanos(System.nanoTime() - died))
        .isBetween(Duration.ofMillis(900), Duration.ofMillis(1_500));
  }

  @Test
  void aTransactionThatTakesLongerThanTheLeaseIsSettled() {
    fixture.settings.put("lease", "1s");
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    AtomicInteger tries = new AtomicInteger();
    fixture.append(1, "a");
    Drainer drainer =
        fixture.started(
            before(
                () -> {
                  tries.incrementAndGet();
                  begun.countDown();
                  join(goOn);
                }));
    // Looks at the ledger as often as it can, to take it over.
    Drainer other = fixture.started();
    drainer.wrote(fixture.tag);
    join(begun);
    Object token = lease();
    other.wrote(fixture.tag);

    await()
        .during(Duration.ofMillis(2_300))
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(20))
        .failFast("the lease was lost", () -> !token.equals(lease()))
        .until(() -> drainer.held().contains(fixture.tag));
    assertThat(other.held()).isEmpty();
    assertThat(fixture.undrained()).isEqualTo(1);
    goOn.countDown();
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(tries).hasValue(1);
    assertThat(fixture.metrics.find("firstcome.drain.failures").counters())
        .allMatch(counter -> counter.count() == 0);
  }

  /** The drainer cannot renew its lease and must take it for ended, as others will. */
  @Test
  void whatCannotBeRenewedIsNotHeld() {
    try (RealRedis redis = RealRedis.start();
        LedgerFixture own = new LedgerFixture(redis, LedgerFixture.sharedMySql())) {
      own.settings.put("sweep", "50ms");
      own.settings.put("lease", "300ms");
      own.live.add(own.tag);
      Drainer drainer = own.started();
      await().atMost(SOON).until(() -> drainer.held().contains(own.tag));
      assertThat(drainer.lag(own.tag)).isPresent();

      redis.server().suspend();
      try {
        await().atMost(SOON).until(() -> drainer.held().isEmpty());
        assertThat(drainer.lag(own.tag)).isEmpty();
      } finally {
        redis.server().resume();
      }
      await().atMost(SOON).until(() -> drainer.held().contains(own.tag));
    }
  }

  @Test
  void orphansAreFoundByTheSweep() {
    fixture.settings.put("sweep", "50ms");
    fixture.all.addAll(List.of("aaa", fixture.tag, "zzz"));
    fixture.append(1, "a");

    fixture.started();
    awaitDrained();

    assertThat(fixture.written()).containsExactly("1:a");
  }

  @Test
  void whatIsLiveHasADrainerAndWhatIsQuietIsGivenBack() {
    fixture.settings.put("sweep", "50ms");
    fixture.settings.put("lease", "100ms");
    fixture.live.add(fixture.tag);
    Drainer drainer = fixture.started();

    await().atMost(SOON).until(() -> drainer.held().equals(Set.of(fixture.tag)));
    assertThat(gauges()).isEqualTo(3);
    assertThat(drainer.lag(fixture.tag).orElseThrow().entries()).isZero();

    fixture.live.clear();
    await().atMost(SOON).until(() -> drainer.held().isEmpty());
    assertThat(gauges()).isZero();
    assertThat(drainer.lag(fixture.tag)).isEmpty();
    assertThat(fixture.redis.send(Command.EXISTS, Keys.drainLease(fixture.tag)).toInteger())
        .isZero();
  }

  @Test
  void whatIsWrittenDuringAPassIsDrainedAtOnce() {
    sleepLong();
    AtomicBoolean first = new AtomicBoolean(true);
    Drainer[] drainer = new Drainer[1];
    drainer[0] =
        fixture.drainer(
            before(
                () -> {
                  if (first.getAndSet(false)) {
                    fixture.append(2, "b");
                    drainer[0].wrote(fixture.tag);
                  }
                }));
    drainer[0].start();
    fixture.append(1, "a");
    drainer[0].wrote(fixture.tag);

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
  }

  @Test
  void whateverTheMomentItIsWrittenNoEntryWaitsForThePoll() {
    sleepLong();
    Drainer drainer = fixture.started();
    for (int i = 1; i <= 300; i++) {
      fixture.append(i, "w" + i);
      drainer.wrote(fixture.tag);
      LockSupport.parkNanos(ThreadLocalRandom.current().nextInt(3_000_000));
      if (i % 25 == 0) {
        awaitDrained();
      }
    }
    assertThat(fixture.written()).hasSize(300);
  }

  @Test
  void drainNowWaitsUntilItIsEmpty() {
    sleepLong();
    Drainer drainer = fixture.started();
    fixture.append(1, "a");

    assertThat(drainer.drainNow(fixture.tag, SOON)).isTrue();
    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(drainer.drainNow(fixture.tag, Duration.ZERO)).isTrue();
  }

  @Test
  void drainNowSaysWhenItWasNotEmptyInTime() {
    fixture.settings.put("flush-timeout", "0s");
    Drainer drainer = fixture.started(failing());
    fixture.append(1, "a");

    assertThat(drainer.drainNow(fixture.tag, Duration.ofMillis(300))).isFalse();
  }

  @Test
  void stoppingDrainsWhatIsThereAndGivesBackTheLeases() {
    sleepLong();
    fixture.settings.put("batch-entries", "8");
    Drainer drainer = fixture.started();
    for (int i = 1; i <= 300; i++) {
      fixture.append(i, "w" + i);
      drainer.wrote(fixture.tag);
    }

    long began = System.nanoTime();
    drainer.stop();

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    assertThat(fixture.undrained()).isZero();
    assertThat(fixture.written()).hasSize(300);
    assertThat(fixture.redis.send(Command.EXISTS, Keys.drainLease(fixture.tag)).toInteger())
        .isZero();
  }

  @Test
  void stoppingEndsInTimeThoughItCannotDrain() {
    fixture.settings.put("flush-timeout", "200ms");
    Drainer drainer = fixture.started(failing());
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    await().atMost(SOON).until(() -> drainer.held().contains(fixture.tag));

    long began = System.nanoTime();
    drainer.stop();

    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(3));
    assertThat(fixture.undrained()).isEqualTo(1);
    assertThat(fixture.redis.send(Command.EXISTS, Keys.drainLease(fixture.tag)).toInteger())
        .isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ledger", "drain-lease", "dead-letters"})
  void aKeyOfTheWrongTypeStopsThatLedgerAlone(String key) {
    String broken = fixture.tag + "-broken";
    fixture.redis.send(Command.SADD, "fc:{" + broken + "}:" + key, "nonsense");
    Drainer drainer = fixture.started();
    drainer.wrote(broken);
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);

    awaitDrained();
    await()
        .atMost(SOON)
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", "redis") >= 3);
    assertThat(drainer.held()).containsExactly(fixture.tag);
    fixture.redis.send(Command.DEL, "fc:{" + broken + "}:" + key);
  }

  /** The token of who has the lease, or null. */
  private Object lease() {
    Response token = fixture.redis.send(Command.GET, Keys.drainLease(fixture.tag));
    return token == null ? null : token.toString();
  }

  private void awaitDrained() {
    await().pollInterval(Duration.ofMillis(5)).atMost(SOON).until(() -> fixture.undrained() == 0);
  }

  /** From now on only wrote() has anything looked at. */
  private void sleepLong() {
    fixture.settings.putAll(Map.of("poll", "60s", "idle-poll", "60s", "lease", "5m"));
  }

  private long gauges() {
    return fixture.metrics.getMeters().stream()
        .filter(meter -> fixture.tag.equals(meter.getId().getTag("ledger")))
        .count();
  }

  private LedgerApplier failing() {
    return before(
        () -> {
          throw new IllegalStateException("no");
        });
  }

  private LedgerApplier before(Runnable first) {
    return fixture.new Notes() {
      @Override
      public List<DeadLetter> apply(SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
        first.run();
        return super.apply(tx, ledger, entries);
      }
    };
  }

  private static LedgerApplier recorder(Set<String> kinds, List<String> calls) {
    return applier(
        kinds,
        (tx, entries) ->
            calls.add(String.join(" ", entries.stream().map(LedgerEntry::kind).toList())));
  }

  private interface Work {
    void apply(SqlTransaction tx, List<LedgerEntry> entries);
  }

  private static LedgerApplier applier(Set<String> kinds, Work work) {
    return new LedgerApplier() {
      @Override
      public AggregateType type() {
        return LedgerFixture.NOTE;
      }

      @Override
      public Set<String> kinds() {
        return kinds;
      }

      @Override
      public List<DeadLetter> apply(SqlTransaction tx, String ledger, List<LedgerEntry> entries) {
        work.apply(tx, entries);
        return List.of();
      }
    };
  }

  private static void join(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

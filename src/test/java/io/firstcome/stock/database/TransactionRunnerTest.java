package io.firstcome.stock.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.mysql.RealMySql;
import io.firstcome.mysql.RetryableConflictException;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.mysql.TransactionRunner;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.Strategy;
import io.smallrye.mutiny.Uni;
import io.vertx.mysqlclient.MySQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A decision is made, or it is clear soon that it was not. */
class TransactionRunnerTest {

  private static final Duration SOON = Duration.ofSeconds(20);

  private final RealMySql mysql = RealMySql.shared();
  private final List<DatabaseReplica> replicas = new ArrayList<>();
  private final String table = "row_" + UUID.randomUUID().toString().substring(0, 8);

  @BeforeEach
  void createTable() {
    mysql.sql("CREATE TABLE " + table + " (id INT PRIMARY KEY, n INT NOT NULL) ENGINE = InnoDB");
    mysql.sql("INSERT INTO " + table + " VALUES (1, 0), (2, 0)");
  }

  @AfterEach
  void close() {
    replicas.forEach(DatabaseReplica::close);
    mysql.sql("DROP TABLE " + table);
  }

  private TransactionRunner decisions(Map<String, String> settings) {
    DatabaseReplica replica = new DatabaseReplica(mysql, settings);
    replicas.add(replica);
    return replica.decisions;
  }

  @Test
  void ofTwoThatWaitForEachOtherBothDecideInTheEnd() {
    TransactionRunner decisions = decisions(Map.of("patience", "15s", "lock-wait-seconds", "10"));
    CyclicBarrier bothHaveOne = new CyclicBarrier(2);
    AtomicInteger attempts = new AtomicInteger();

    List<Uni<Integer>> both =
        List.of(
            decisions.decide(tx -> inOrder(tx, 1, 2, attempts, bothHaveOne)),
            decisions.decide(tx -> inOrder(tx, 2, 1, attempts, bothHaveOne)));
    Uni.join().all(both).andFailFast().await().atMost(SOON);

    assertThat(attempts.get()).isGreaterThan(2);
    assertThat(mysql.sql("SELECT n FROM " + table))
        .extracting(row -> row.getInteger(0))
        .containsExactly(2, 2);
  }

  private Integer inOrder(
      SqlTransaction tx, int first, int second, AtomicInteger attempts, CyclicBarrier bothHaveOne) {
    String add = "UPDATE " + table + " SET n = n + 1 WHERE id = ?";
    tx.query(add, first);
    if (attempts.incrementAndGet() <= 2) {
      try {
        bothHaveOne.await(SOON.toSeconds(), TimeUnit.SECONDS);
      } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
        throw new IllegalStateException(e);
      }
    }
    return tx.query(add, second).rowCount();
  }

  @Test
  void whatOthersAreAlwaysInTheWayOfIsGivenUp() {
    TransactionRunner decisions = decisions(Map.of("max-attempts", "3"));
    AtomicInteger attempts = new AtomicInteger();

    assertProblem(
        ProblemType.CONTENDED,
        () ->
            decisions
                .decide(
                    tx -> {
                      tx.query("UPDATE " + table + " SET n = n + 1");
                      attempts.incrementAndGet();
                      throw new RetryableConflictException("always");
                    })
                .await()
                .atMost(SOON));

    assertThat(attempts).hasValue(3);
    assertThat(mysql.sql("SELECT n FROM " + table))
        .extracting(row -> row.getInteger(0))
        .containsOnly(0);
  }

  @Test
  void itIsGivenUpWhenItsTimeIsUp() {
    TransactionRunner decisions =
        decisions(Map.of("max-attempts", "1000", "patience", "200ms", "retry-backoff", "1s"));

    assertProblem(
        ProblemType.CONTENDED,
        () ->
            decisions
                .decide(
                    tx -> {
                      throw new RetryableConflictException("always");
                    })
                .await()
                .atMost(SOON));
  }

  @Test
  void whatClearsTheWayIsDoneBeforeTheNextTry() {
    TransactionRunner decisions = decisions(Map.of());
    AtomicInteger cleared = new AtomicInteger();

    int result =
        decisions
            .decide(
                tx -> {
                  if (cleared.get() < 2) {
                    throw new RetryableConflictException(
                        "not yet", () -> cleared.incrementAndGet() > 0);
                  }
                  return 7;
                })
            .await()
            .atMost(SOON);

    assertThat(result).isEqualTo(7);
  }

  @Test
  void moreThanMayWaitIsRefusedAtOnce() {
    TransactionRunner decisions =
        decisions(Map.of("threads", "1", "max-waiting", "1", "patience", "15s"));
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch enough = new CountDownLatch(1);
    CompletableFuture<Boolean> first =
        decisions
            .decide(
                tx -> {
                  running.countDown();
                  return await(enough);
                })
            .subscribeAsCompletionStage();
    await(running);
    CompletableFuture<Integer> second = decisions.decide(tx -> 2).subscribeAsCompletionStage();
    try {
      assertProblem(ProblemType.OVERLOADED, () -> decisions.decide(tx -> 3).await().atMost(SOON));
    } finally {
      enough.countDown();
    }
    assertThat(first).succeedsWithin(SOON);
    assertThat(second).succeedsWithin(SOON);
  }

  @Test
  void whoHasWaitedTooLongForAThreadIsRefusedAndNothingIsDone() {
    TransactionRunner decisions = decisions(Map.of("threads", "1", "patience", "50ms"));
    AtomicInteger begun = new AtomicInteger();
    CountDownLatch enough = new CountDownLatch(1);
    CompletableFuture<Boolean> first =
        decisions.decide(tx -> await(enough)).subscribeAsCompletionStage();
    long asked = System.nanoTime();
    CompletableFuture<Integer> second =
        decisions.decide(tx -> begun.incrementAndGet()).subscribeAsCompletionStage();
    Awaitility.await().until(() -> System.nanoTime() - asked > Duration.ofMillis(60).toNanos());
    enough.countDown();

    assertThat(first).succeedsWithin(SOON);
    assertProblem(
        ProblemType.OVERLOADED,
        () -> Uni.createFrom().completionStage(second).await().atMost(SOON));
    assertThat(begun).hasValue(0);
  }

  @Test
  void whatMySqlCannotDoNowIsAProblemAndWhatItRefusesForGoodIsSeenAsIs() {
    TransactionRunner decisions = decisions(Map.of());

    assertProblem(
        ProblemType.DATABASE_UNAVAILABLE,
        () ->
            decisions
                .decide(
                    tx -> {
                      throw new MySQLException("read-only", 1290, "HY000");
                    })
                .await()
                .atMost(SOON));
    assertThatThrownBy(() -> decisions.decide(tx -> tx.query("no SQL")).await().atMost(SOON))
        .isInstanceOf(MySQLException.class);
  }

  @Test
  void withoutMySqlNothingIsDoneAndToldSo() {
    try (RealMySql own = RealMySql.start();
        DatabaseReplica replica = new DatabaseReplica(own, Map.of())) {
      own.server().close();

      assertProblem(
          ProblemType.DATABASE_UNAVAILABLE,
          () -> replica.decisions.decide(tx -> 1).await().atMost(SOON));
      assertProblem(
          ProblemType.DATABASE_UNAVAILABLE,
          () ->
              replica
                  .stock(Strategy.CONDITIONAL)
                  .find("s", ReservationIds.next(Strategy.CONDITIONAL), null)
                  .await()
                  .atMost(SOON));
    }
  }

  private static boolean await(CountDownLatch latch) {
    try {
      return latch.await(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void assertProblem(ProblemType type, ThrowingCallable asked) {
    assertThatThrownBy(asked)
        .isInstanceOfSatisfying(
            ProblemException.class, e -> assertThat(e.problem().type()).isEqualTo(type));
  }
}

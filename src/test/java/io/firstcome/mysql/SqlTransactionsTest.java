package io.firstcome.mysql;

import static io.firstcome.ledger.LedgerFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.firstcome.ledger.LedgerFixture;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SqlTransactionsTest {

  private static final String INSERT = "INSERT INTO %s VALUES (?, 1, 'a', 1, '2030-01-01')";

  private final LedgerFixture fixture = new LedgerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void whatIsThrownRollsBackAndIsThrownOn() {
    IllegalStateException thrown = new IllegalStateException("no");

    assertThatThrownBy(
            () ->
                fixture
                    .transactions()
                    .run(
                        tx -> {
                          tx.query(INSERT.formatted(fixture.table), fixture.tag);
                          throw thrown;
                        }))
        .isSameAs(thrown);

    assertThat(fixture.written()).isEmpty();
  }

  @Test
  void whatFollowsACommitComesWhenOthersSeeIt() {
    List<List<String>> seen = new ArrayList<>();
    fixture
        .transactions()
        .run(
            tx -> {
              tx.query(INSERT.formatted(fixture.table), fixture.tag);
              tx.afterCommit(
                  () -> {
                    throw new IllegalStateException("is the fault of nobody behind it");
                  });
              tx.afterCommit(() -> seen.add(fixture.written()));
              return null;
            });

    assertThat(seen).containsExactly(List.of("1:a"));
  }

  @Test
  void nothingFollowsWhatIsRolledBack() {
    List<String> seen = new ArrayList<>();
    assertThatThrownBy(
            () ->
                fixture
                    .transactions()
                    .run(
                        tx -> {
                          tx.afterCommit(() -> seen.add("committed"));
                          throw new IllegalStateException("no");
                        }))
        .isInstanceOf(IllegalStateException.class);

    assertThat(seen).isEmpty();
  }

  @Test
  void theConnectionOfAStatementThatHangsIsNotUsedAgainAndItsTransactionEnds() {
    fixture.settings.put("statement-timeout", "300ms");
    AtomicLong hanging = new AtomicLong();
    assertThatThrownBy(
            () ->
                fixture
                    .transactions()
                    .run(
                        tx -> {
                          hanging.set(
                              tx.query("SELECT CONNECTION_ID()").iterator().next().getLong(0));
                          tx.query(INSERT.formatted(fixture.table), fixture.tag);
                          return tx.query("SELECT SLEEP(3)");
                        }))
        .isInstanceOf(SqlTimeoutException.class);

    // The pool may hand it out once more before it has seen the end of it; nothing is done on it
    // then.
    List<Long> others = new ArrayList<>();
    await()
        .atMost(SOON)
        .ignoreException(SqlUnavailableException.class)
        .until(
            () ->
                others.add(fixture.sql("SELECT CONNECTION_ID()").get(0).getLong(0))
                    && others.size() == 10);
    assertThat(others).doesNotContain(hanging.get());
    // The row it has locked is free when it has gone; till then this waits, and is tried again.
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .untilAsserted(() -> fixture.sql(INSERT.formatted(fixture.table), fixture.tag));
    assertThat(fixture.written()).containsExactly("1:a");
  }

  @Test
  void whoWaitsBrieflyForALockLeavesTheConnectionAsItWas() {
    String settings = "SELECT CONNECTION_ID(), @@innodb_lock_wait_timeout";
    long usual = fixture.sql(settings).get(0).getLong(1);
    List<Long> brief = new ArrayList<>();
    for (RuntimeException thrown : Arrays.asList(null, new IllegalStateException("no"))) {
      try {
        fixture
            .transactions()
            .runBriefly(
                (int) usual + 1,
                tx -> {
                  Row row = tx.query(settings).iterator().next();
                  brief.add(row.getLong(1));
                  if (thrown != null) {
                    throw thrown;
                  }
                  return row;
                });
      } catch (IllegalStateException e) {
        assertThat(e).isSameAs(thrown);
      }
    }

    assertThat(brief).containsExactly(usual + 1, usual + 1);
    for (int i = 0; i < 10; i++) {
      assertThat(fixture.sql(settings).get(0).getLong(1)).isEqualTo(usual);
    }
  }

  @Test
  void aLockThatIsNotToBeHadSoonIsRefused() {
    fixture.sql(INSERT.formatted(fixture.table), fixture.tag);
    String locking = "SELECT * FROM " + fixture.table + " WHERE book = ? FOR UPDATE";

    fixture
        .transactions()
        .run(
            tx -> {
              tx.query(locking, fixture.tag);
              assertThatThrownBy(
                      () ->
                          fixture
                              .transactions()
                              .runBriefly(1, brief -> brief.query(locking, fixture.tag)))
                  .isInstanceOfSatisfying(
                      MySQLException.class, e -> assertThat(SqlErrors.isLockWait(e)).isTrue());
              return null;
            });
  }
}

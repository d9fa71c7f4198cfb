package io.firstcome.ledger;

import static io.firstcome.ledger.LedgerFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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

    for (int i = 0; i < 10; i++) {
      assertThat(fixture.sql("SELECT CONNECTION_ID()").get(0).getLong(0))
          .isNotEqualTo(hanging.get());
    }
    // The row it has locked is free when it has gone; till then this waits, and is tried again.
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .untilAsserted(() -> fixture.sql(INSERT.formatted(fixture.table), fixture.tag));
    assertThat(fixture.written()).containsExactly("1:a");
  }
}

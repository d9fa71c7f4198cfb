package io.firstcome.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.ledger.LedgerFixture;
import io.firstcome.mysql.RowInsert.Outcome;
import io.firstcome.mysql.RowInsert.Status;
import io.vertx.mysqlclient.MySQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowInsertTest {

  private final LedgerFixture fixture = new LedgerFixture();

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void writesInChunks() {
    fixture.settings.put("rows-per-insert", "7");

    List<Outcome> outcomes = insert(rows(1, 100));

    assertThat(outcomes).hasSize(100).containsOnly(Outcome.WRITTEN);
    assertThat(fixture.written()).hasSize(100);
  }

  @Test
  void theSameAgainIsAReplayAndChangesNothing() {
    insert(rows(1, 50));
    List<String> before = fixture.written();

    assertThat(insert(rows(1, 50))).containsOnly(Outcome.REPLAY);
    assertThat(fixture.written()).isEqualTo(before);
  }

  @Test
  void aReplayedBatchIsFollowedByNewRows() {
    insert(rows(1, 30));

    List<Outcome> outcomes = insert(rows(1, 60));

    assertThat(outcomes.subList(0, 30)).containsOnly(Outcome.REPLAY);
    assertThat(outcomes.subList(30, 60)).containsOnly(Outcome.WRITTEN);
    assertThat(fixture.written()).hasSize(60);
  }

  @Test
  void aDifferentRowUnderTheSamePrimaryKeyIsAConflictAndTheRestIsWritten() {
    insert(List.of(row(5, "other")));

    List<Outcome> outcomes = insert(rows(1, 9));

    assertThat(outcomes.get(4).status()).isEqualTo(Status.CONFLICT);
    assertThat(outcomes.get(4).detail()).contains("[book, n]").contains("word=other");
    assertThat(fixture.written()).hasSize(9).contains("5:other", "1:w1", "9:w9");
  }

  @Test
  void aDifferentRowUnderTheSecondKeyIsAConflictAndTheRestIsWritten() {
    insert(List.of(row(100, "w5")));

    List<Outcome> outcomes = insert(rows(1, 9));

    assertThat(outcomes.get(4).reason()).isEqualTo(Refusal.CONFLICT);
    assertThat(outcomes.get(4).detail()).contains("[book, word]").contains("n=100");
    assertThat(fixture.written()).hasSize(9).contains("100:w5").doesNotContain("5:w5");
  }

  @Test
  void aRowThatDiffersInAnotherColumnOnlyIsAConflict() {
    insert(List.of(List.of(fixture.tag, 1L, "w1", 2L, LedgerFixture.time(1))));

    assertThat(insert(rows(1, 1)).get(0).status()).isEqualTo(Status.CONFLICT);
  }

  @Test
  void ofTwoRowsOfOneBatchTheFirstWins() {
    List<List<Object>> rows =
        List.of(row(1, "a"), row(2, "b"), row(3, "a"), row(2, "b"), row(1, "c"), row(4, "d"));

    List<Outcome> outcomes = insert(rows);

    assertThat(outcomes)
        .extracting(Outcome::status)
        .containsExactly(
            Status.WRITTEN,
            Status.WRITTEN,
            Status.CONFLICT,
            Status.REPLAY,
            Status.CONFLICT,
            Status.WRITTEN);
    assertThat(fixture.written()).containsExactly("1:a", "2:b", "4:d");
  }

  @Test
  void upperAndLowerCaseAreDifferent() {
    insert(List.of(row(1, "alice")));

    assertThat(insert(List.of(row(1, "alice"), row(2, "Alice"))))
        .extracting(Outcome::status)
        .containsExactly(Status.REPLAY, Status.WRITTEN);
  }

  @Test
  void seesWhatWasCommittedAfterTheTransactionBegan() {
    List<Outcome> outcomes =
        fixture
            .transactions()
            .run(
                tx -> {
                  // From here on a plain SELECT of this transaction sees the past only.
                  tx.query("SELECT COUNT(*) FROM " + fixture.table);
                  insert(rows(1, 3));
                  return fixture.insert().insert(tx, rows(1, 3));
                });

    assertThat(outcomes).containsOnly(Outcome.REPLAY);
  }

  @Test
  void aUniqueKeyThatWasNotDeclaredIsAConflictNotAnEndlessTry() {
    insert(List.of(row(1, "a")));

    List<Outcome> outcomes =
        fixture
            .transactions()
            .run(
                tx ->
                    RowInsert.into(fixture.table, 10, "book", "n", "word", "small", "at")
                        .unique("book", "n")
                        .insert(tx, List.of(row(2, "a"), row(3, "b"))));

    assertThat(outcomes)
        .extracting(Outcome::status)
        .containsExactly(Status.CONFLICT, Status.WRITTEN);
  }

  @ParameterizedTest
  @CsvSource({
    "n12345678901, 1, , DATA_TOO_LONG",
    "ok, 1000, , OUT_OF_RANGE",
    "ü, 1, , WRONG_VALUE",
    "ok, 1, no-such-book, FOREIGN_KEY"
  })
  void whatIsRefusedForGoodIsFoundAndTheRestIsWritten(
      String word, long small, String book, Refusal reason) {
    List<List<Object>> rows = new ArrayList<>(rows(1, 20));
    rows.set(
        13, List.of(book == null ? fixture.tag : book, 14L, word, small, LedgerFixture.time(14)));

    List<Outcome> outcomes = insert(rows);

    assertThat(outcomes.get(13).reason()).isEqualTo(reason);
    assertThat(outcomes.get(13).detail()).isNotBlank();
    assertThat(outcomes).filteredOn(Outcome.WRITTEN::equals).hasSize(19);
    assertThat(fixture.written()).hasSize(19);
  }

  @Test
  void everythingAtOnceIsTakenApart() {
    insert(rows(1, 10));
    insert(List.of(row(300, "w20")));
    List<List<Object>> rows = new ArrayList<>(rows(1, 40));
    rows.set(24, row(25, "much-too-long"));
    rows.set(30, List.of("no-such-book", 31L, "x", 1L, LedgerFixture.time(31)));

    List<Outcome> outcomes = insert(rows);

    assertThat(outcomes.subList(0, 10)).containsOnly(Outcome.REPLAY);
    assertThat(IntStream.range(0, 40).filter(i -> outcomes.get(i).refused()).boxed())
        .containsExactly(19, 24, 30);
    assertThat(outcomes.get(19).reason()).isEqualTo(Refusal.CONFLICT);
    assertThat(outcomes.get(24).reason()).isEqualTo(Refusal.DATA_TOO_LONG);
    assertThat(outcomes.get(30).reason()).isEqualTo(Refusal.FOREIGN_KEY);
    assertThat(fixture.written()).hasSize(38);
  }

  @Test
  void anErrorThatIsNotFinalIsThrownOn() {
    fixture.sql("DROP TABLE " + fixture.table);

    assertThatThrownBy(() -> insert(rows(1, 2)))
        .isInstanceOfSatisfying(
            MySQLException.class, e -> assertThat(e.getErrorCode()).isEqualTo(1146));
  }

  private List<Outcome> insert(List<List<Object>> rows) {
    return fixture.transactions().run(tx -> fixture.insert().insert(tx, rows));
  }

  private List<List<Object>> rows(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(n -> row(n, "w" + n)).toList();
  }

  private List<Object> row(long n, String word) {
    return List.of(fixture.tag, n, word, 1L, LedgerFixture.time(n));
  }
}

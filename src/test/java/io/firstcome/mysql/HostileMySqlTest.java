package io.firstcome.mysql;

import static io.firstcome.ledger.LedgerFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.firstcome.ledger.LedgerFixture;
import io.firstcome.ledger.drain.Drainer;
import io.firstcome.local.LocalMySql;
import io.firstcome.mysql.MySqlProbe.Answer;
import io.firstcome.redis.RealRedis;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.vertx.mysqlclient.MySQLException;
import io.vertx.sqlclient.PoolOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A MySQL with other settings than its defaults, which change while it is used. */
@Timeout(120)
class HostileMySqlTest {

  private static final int CONNECTIONS = LedgerFixture.CONNECTIONS;

  private static LocalMySql mysql;

  private final LedgerFixture fixture = new LedgerFixture(RealRedis.shared(), mysql);

  @BeforeAll
  static void start() {
    mysql = LocalMySql.start("--log-bin=binlog", "--server-id=1", "--autocommit=0");
  }

  @AfterAll
  static void stop() {
    mysql.close();
  }

  @AfterEach
  void restore() {
    fixture.close();
    mysql.administer(
        "SET GLOBAL read_only = OFF",
        "SET GLOBAL binlog_format = 'ROW'",
        "SET GLOBAL max_allowed_packet = 16777216",
        "SET GLOBAL max_prepared_stmt_count = 16382");
  }

  @Test
  void withAutocommitOffWhatIsWrittenOutsideATransactionStays() {
    String row = "INSERT INTO %s VALUES ('%s', 1, 'a', 1, '2030-01-01')";
    fixture.pooled(row.formatted(fixture.table, fixture.tag));

    // By another connection: its own sees it in any case.
    assertThat(mysql.administered("SELECT COUNT(*) FROM firstcome." + fixture.table))
        .containsExactly(1L);
  }

  @Test
  void statementBasedReplicationIsRefusedAtTheStart() {
    fixture.server().check();

    mysql.administer("SET GLOBAL binlog_format = 'STATEMENT'");

    refused("MySQL has binlog_format STATEMENT");
  }

  @Test
  void aSmallPacketIsRefusedAtTheStart() {
    mysql.administer("SET GLOBAL max_allowed_packet = 65536");

    refused("MySQL has max_allowed_packet 65536. Set it to 1048576 (1M) or more");
  }

  private void refused(String why) {
    try (LedgerFixture another = new LedgerFixture(RealRedis.shared(), mysql)) {
      assertThatThrownBy(() -> another.server().check())
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining(why);
    }
  }

  /** The old primary keeps the connections open: Aurora, Cloud SQL, Orchestrator. */
  @Test
  void afterASwitchoverTheConnectionsToTheOldPrimaryAreLeft() {
    Drainer drainer = fixture.started();
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    awaitDrained();
    assertThat(probed(fixture)).isNotEqualTo(Answer.AWAY);
    List<Long> before = connections();

    mysql.administer("SET GLOBAL read_only = ON");
    fixture.append(2, "b");
    drainer.wrote(fixture.tag);

    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(connections()).isNotEmpty().doesNotContainAnyElementsOf(before);
              assertThat(errors()).isPositive();
            });
    mysql.administer("SET GLOBAL read_only = OFF");
    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
    assertThat(fixture.deadLetters()).isEmpty();
  }

  @Test
  void aServerThatMayNotBeWrittenToIsNotUp() {
    fixture.sql("CREATE TABLE IF NOT EXISTS coupon (version INT)");
    assertThat(probed(fixture)).isEqualTo(Answer.WRITES);

    mysql.administer("SET GLOBAL read_only = ON");
    assertThat(probed(fixture)).isEqualTo(Answer.READ_ONLY);
    mysql.administer("SET GLOBAL read_only = OFF");

    await().atMost(SOON).until(() -> probed(fixture) == Answer.WRITES);
  }

  @Test
  void batchesOfAllSizesPrepareFewStatements() {
    int sizes = 70;
    // The powers of two, at most once on each connection.
    int most = CONNECTIONS * 7;
    long before = preparedUntilNow();
    int next = 1;
    for (int round = 0; round < 2; round++) {
      for (int rows = 1; rows <= sizes; rows++) {
        List<List<Object>> batch = LongStream.range(next, next + rows).mapToObj(this::row).toList();
        List<RowInsert.Outcome> outcomes =
            fixture.transactions().run(tx -> fixture.insert().insert(tx, batch));
        assertThat(outcomes).containsOnly(RowInsert.Outcome.WRITTEN);
        next += rows;
      }
    }
    assertThat(preparedUntilNow() - before).isBetween(7L, (long) most);
    List<String> statements = new ArrayList<>();
    for (int values = 1; values <= 512; values++) {
      statements.add(In.of(IntStream.range(0, values).boxed().toList()).marks());
    }
    assertThat(statements.stream().distinct()).hasSize(10);
  }

  /** By all who are connected; statements that are only sent to it as text are not among them. */
  private static long preparedUntilNow() {
    return mysql.administeredStatus("Com_stmt_prepare");
  }

  /** So that they follow a name that leads elsewhere, and no server keeps them for ever. */
  @Test
  void aConnectionIsReplacedWhenItHasLivedAsLongAsItMay() {
    try (LedgerFixture brief =
        new LedgerFixture(
            RealRedis.shared(),
            mysql,
            new PoolOptions()
                .setMaxSize(1)
                .setPoolCleanerPeriod(20)
                .setMaxLifetime(100)
                .setMaxLifetimeUnit(TimeUnit.MILLISECONDS))) {
      long first = brief.connectionId();
      await().atMost(SOON).until(() -> brief.connectionId() != first);
    }
  }

  @Test
  void whereNoMoreStatementsArePreparedTheDrainGoesOnOnceTheyAre() {
    Drainer drainer = fixture.started();
    mysql.administer("SET GLOBAL max_prepared_stmt_count = 0");
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    await()
        .atMost(SOON)
        .ignoreExceptions()
        .until(() -> fixture.counted("firstcome.mysql.errors", "code", "1461") >= 3);

    mysql.administer("SET GLOBAL max_prepared_stmt_count = 16382");

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a");
  }

  @Test
  void anEntryLargerThanThePacketDoesNotBlockItsLedger() {
    mysql.administer("SET GLOBAL max_allowed_packet = 16384");
    try (LedgerFixture small = new LedgerFixture(RealRedis.shared(), mysql)) {
      Drainer drainer = small.started();
      small.append(1, "a");
      small.append(2, "b".repeat(100_000));
      small.append(3, "c");
      drainer.wrote(small.tag);

      await().atMost(SOON).until(() -> small.undrained() == 0);
      assertThat(small.written()).containsExactly("1:a", "3:c");
      assertThat(small.deadReasons()).containsExactly("data-too-long");
    }
  }

  @Test
  void rowsAreWrittenInStatementsBoundedInBytes() {
    fixture.sql(
        "ALTER TABLE %s ADD COLUMN large MEDIUMTEXT CHARACTER SET utf8mb4 NULL"
            .formatted(fixture.table));
    mysql.administer("SET GLOBAL max_allowed_packet = 1048576");
    try (LedgerFixture small = new LedgerFixture(RealRedis.shared(), mysql)) {
      RowInsert insert =
          RowInsert.into(fixture.table, 256, "book", "n", "word", "small", "at", "large")
              .unique("book", "n");
      List<List<Object>> rows =
          LongStream.rangeClosed(1, 50)
              .mapToObj(
                  n -> {
                    List<Object> row = new ArrayList<>(row(n));
                    row.add("é".repeat(25_000));
                    return row;
                  })
              .toList();

      List<RowInsert.Outcome> outcomes = small.transactions().run(tx -> insert.insert(tx, rows));
      assertThat(outcomes).containsOnly(RowInsert.Outcome.WRITTEN);
    }
  }

  /** An error of a kind that nobody has listed, as a trigger may raise any. */
  @Test
  void anEntryThatIsRefusedEveryTimeDoesNotBlockItsLedger() {
    mysql.administer(
        ("CREATE TRIGGER firstcome.cursed BEFORE INSERT ON firstcome.%s FOR EACH ROW IF NEW.word ="
                + " 'cursed' THEN SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 9999; END IF")
            .formatted(fixture.table));
    Drainer drainer = fixture.started();
    fixture.append(1, "a");
    fixture.append(2, "cursed");
    fixture.append(3, "c");
    drainer.wrote(fixture.tag);

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "3:c");
    assertThat(fixture.deadReasons()).containsExactly("refused");
  }

  @Test
  void whatTheSchemaLacksIsNotTheFaultOfAnEntry() {
    Drainer drainer = fixture.started();
    fixture.sql("RENAME TABLE %1$s TO %1$s_away".formatted(fixture.table));
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", "mysql") >= 30);

    fixture.sql("RENAME TABLE %1$s_away TO %1$s".formatted(fixture.table));

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a");
    assertThat(fixture.deadLetters()).isEmpty();
  }

  @Test
  void whatIsNotListedIsFinalByItsClass() {
    for (String state : List.of("22999", "23999")) {
      assertThat(SqlErrors.finalReason(new MySQLException("?", 9999, state))).isPresent();
    }
    for (String state : List.of("HY000", "08S01", "40001", "42S02", "45000")) {
      assertThat(SqlErrors.finalReason(new MySQLException("?", 9999, state))).isEmpty();
    }
  }

  /** MySQL froze: "Result is already complete", 67 times, with as many stack traces. */
  @Test
  void whatFailsWhenNobodyWaitsAnyMoreIsLoggedOnceAMinute() {
    DroppedResults results = new DroppedResults();
    results.start(null);
    List<Boolean> logged = new ArrayList<>();
    for (int i = 0; i < 67; i++) {
      logged.add(results.dropped(new IllegalStateException("Result is already complete")));
    }
    Infrastructure.resetDroppedExceptionHandler();

    assertThat(logged).startsWith(true).containsOnlyOnce(true);
  }

  private double errors() {
    return fixture.counted("firstcome.mysql.errors", "code", "1290");
  }

  private static Answer probed(LedgerFixture fixture) {
    return fixture.probe().ask().await().atMost(SOON);
  }

  /** Ids of connections, those of the fixture among them. */
  private static List<Long> connections() {
    return mysql.administered(
        "SELECT id FROM information_schema.processlist WHERE user = '" + mysql.username() + "'");
  }

  private List<Object> row(long n) {
    return List.of(fixture.tag, n, "w" + n, 1L, LedgerFixture.time(n));
  }

  private void awaitDrained() {
    await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> fixture.undrained() == 0);
  }
}

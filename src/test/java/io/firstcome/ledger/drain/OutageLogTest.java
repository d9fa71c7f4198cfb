package io.firstcome.ledger.drain;

import static io.firstcome.ledger.LedgerFixture.SOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.firstcome.ledger.LedgerFixture;
import io.firstcome.local.LocalMySql;
import io.firstcome.redis.RealRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Servers of its own, which go away and come back. */
@Timeout(120)
class OutageLogTest {

  private static RealRedis redis;
  private static LocalMySql mysql;

  private LedgerFixture fixture;

  @BeforeAll
  static void start() {
    redis = RealRedis.start();
    mysql = LocalMySql.start();
  }

  @AfterAll
  static void stop() {
    redis.close();
    mysql.close();
  }

  @BeforeEach
  void open() {
    fixture = new LedgerFixture(redis, mysql);
    fixture.settings.put("statement-timeout", "300ms");
    fixture.settings.put("flush-timeout", "300ms");
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  @Test
  void whileMySqlIsStoppedTheLedgerWaits() {
    Drainer drainer = fixture.started();
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    awaitDrained();

    mysql.stop();
    fixture.append(2, "b");
    drainer.wrote(fixture.tag);
    awaitFailures("mysql", 3);
    assertThat(fixture.undrained()).isEqualTo(1);
    Duration lag = drainer.lag(fixture.tag).orElseThrow().oldest();
    await().until(() -> drainer.lag(fixture.tag).orElseThrow().oldest().compareTo(lag) > 0);
    mysql.startAgain();

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
    assertThat(fixture.deadLetters()).isEmpty();
  }

  @Test
  void mySqlMayBeAwayAtTheStart() {
    mysql.stop();
    Drainer drainer = fixture.started();
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    awaitFailures("mysql", 2);
    mysql.startAgain();

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a");
  }

  @Test
  void aMySqlThatHangsIsGivenUpAndAskedAgain() {
    fixture.settings.put("lease", "200ms");
    Drainer drainer = fixture.started();
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    awaitDrained();

    mysql.suspend();
    try {
      fixture.append(2, "b");
      drainer.wrote(fixture.tag);
      // More often than the pool has connections: those that hang do not keep their places.
      awaitFailures("mysql", 8);
      assertThat(fixture.counted("firstcome.mysql.errors", "code", "timeout")).isPositive();
      assertThat(fixture.undrained()).isEqualTo(1);
    } finally {
      mysql.resume();
    }

    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
  }

  @Test
  void redisMayGoAwayAndComeBack() {
    Drainer drainer = fixture.started();
    fixture.append(1, "a");
    drainer.wrote(fixture.tag);
    awaitDrained();

    redis.server().kill();
    drainer.wrote(fixture.tag);
    awaitFailures("redis", 3);
    redis.server().startAgain();

    await().atMost(SOON).ignoreExceptions().until(() -> fixture.append(2, "b") != null);
    drainer.wrote(fixture.tag);
    awaitDrained();
    assertThat(fixture.written()).containsExactly("1:a", "2:b");
  }

  private void awaitFailures(String reason, int atLeast) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> fixture.counted("firstcome.drain.failures", "reason", reason) >= atLeast);
  }

  private void awaitDrained() {
    await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> fixture.undrained() == 0);
  }
}

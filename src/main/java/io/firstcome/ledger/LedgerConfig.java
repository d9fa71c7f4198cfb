package io.firstcome.ledger;

import io.firstcome.mysql.MySqlConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How ledgers are drained to MySQL. */
@ConfigMapping(prefix = "firstcome.ledger")
public interface LedgerConfig extends MySqlConfig {

  /** How many entries a ledger may hold before claims are refused. */
  @WithDefault("100000")
  @Min(1)
  @Max(100_000_000)
  int maxUndrained();

  /** How many entries one transaction applies at most; each may pack many decisions. */
  @WithDefault("128")
  @Min(1)
  @Max(1_000)
  int batchEntries();

  /** How many rows one INSERT carries at most. MySQL takes 65,535 placeholders. */
  @WithDefault("256")
  @Min(1)
  @Max(4_000)
  int rowsPerInsert();

  /** How many threads drain: ledgers that are drained at the same time. */
  @WithDefault("2")
  @Min(1)
  @Max(64)
  int threads();

  /** How long after its last sign of life a drainer is taken for dead and replaced. */
  @WithDefault("3s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 5)
  Duration lease();

  /** How long after an entry the drainer looks for the next; doubles while there is none. */
  @WithDefault("50ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 60)
  Duration poll();

  /** How often a ledger where nothing happens is looked at; also how often its lease is renewed. */
  @WithDefault("500ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 60)
  Duration idlePoll();

  /** How often a replica looks for ledgers that nobody drains. */
  @WithDefault("2s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration sweep();

  /** How many ledgers of what is open now always have a drainer; the rest when written to. */
  @WithDefault("1000")
  @Min(1)
  @Max(10_000)
  int maxLive();

  /** How many dead letters of a ledger are kept; at that number its drain stops, losing nothing. */
  @WithDefault("10000")
  @Min(1)
  @Max(1_000_000)
  int maxDeadLetters();

  /** How long after a failure the first new try waits; doubles from try to try, with jitter. */
  @WithDefault("100ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 60)
  Duration retryBackoff();

  /** The longest that a new try waits. Less than the lease, or every try may lose it. */
  @WithDefault("2s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration maxRetryBackoff();

  /** How long a replica that stops goes on draining what it holds. */
  @WithDefault("10s")
  @DurationMin(millis = 0)
  @DurationMax(minutes = 10)
  Duration flushTimeout();
}

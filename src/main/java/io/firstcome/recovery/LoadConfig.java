package io.firstcome.recovery;

import io.firstcome.redis.Script;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How coupons, sales and events that Redis does not hold are loaded from MySQL. */
@ConfigMapping(prefix = "firstcome.load")
public interface LoadConfig {

  /** How many coupons, and how many sales, a replica loads at once. */
  @WithDefault("4")
  @Min(1)
  @Max(64)
  int maxConcurrent();

  /** How many loads may wait for their turn; over it the answer is 503. */
  @WithDefault("256")
  @Min(1)
  @Max(100_000)
  int maxWaiting();

  /** How many claimants, users of an audience or reservations are staged in one command. */
  @WithDefault("1000")
  @Min(1)
  @Max(Script.MAX_USERS)
  int chunk();

  /** How long a loader that stopped keeps others away. Renewed with every chunk. */
  @WithDefault("10s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration lease();

  /**
   * How long a surviving ledger may take to drain before this load gives up (the next one goes on).
   */
  @WithDefault("5s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration drainTimeout();

  /** How long one statement in MySQL may take. */
  @WithDefault("10s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration statementTimeout();

  /** How long a reader waits for a load before it is told to ask again. */
  @WithDefault("2s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration patience();

  /** For how long an id that MySQL does not know is answered from memory. */
  @WithDefault("5s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration unknownTtl();

  /** How many such ids are remembered. */
  @WithDefault("10000")
  @Min(0)
  @Max(10_000_000)
  int maxUnknown();
}

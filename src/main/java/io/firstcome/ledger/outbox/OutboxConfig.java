package io.firstcome.ledger.outbox;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How the outbox is read. Of no effect without a subscriber. */
@ConfigMapping(prefix = "firstcome.outbox")
public interface OutboxConfig {

  /** How many rows a subscriber is handed at once. */
  @WithDefault("256")
  @Min(1)
  @Max(1_000)
  int batchRows();

  /** How many rows of a subscriber are kept; above that new ones are dropped. */
  @WithDefault("100000")
  @Min(1)
  @Max(10_000_000)
  int maxRows();

  /**
   * After so many failures in a row a batch is handed over row by row, to find one to put aside.
   */
  @WithDefault("10")
  @Min(1)
  @Max(1_000)
  int attempts();

  /** How many rows that a subscriber refused are kept; above that the oldest are deleted. */
  @WithDefault("1000")
  @Min(0)
  @Max(1_000_000)
  int maxAside();

  /** How long after its last sign of life the reader of a subscriber is replaced. */
  @WithDefault("10s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 10)
  Duration lease();

  /** How often rows that another replica wrote are looked for. */
  @WithDefault("500ms")
  @DurationMin(millis = 10)
  @DurationMax(seconds = 60)
  Duration poll();
}

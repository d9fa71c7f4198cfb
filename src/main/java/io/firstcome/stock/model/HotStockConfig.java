package io.firstcome.stock.model;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How stock goes to Redis and comes back. */
@ConfigMapping(prefix = "firstcome.hot-stock")
public interface HotStockConfig {

  /** Reservations that one call of the script decides at most; 1 turns batching off. */
  @WithDefault("128")
  @Min(1)
  @Max(1_000)
  int maxBatch();

  /** Reservations of a sale that wait on an event loop; over it 503. */
  @WithDefault("8192")
  @Min(1)
  @Max(1_000_000)
  int maxWaiting();

  /** Sales that are batched; reservations of any more go to Redis one by one. */
  @WithDefault("10000")
  @Min(0)
  int maxSales();

  /** How long after its last reservation a sale is forgotten. */
  @WithDefault("10m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration idle();

  /** How often a replica gives back what is due of the sales whose ledgers it drains. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 5)
  Duration sweep();

  /** How many reservations one call gives back, or forgets, at most. */
  @WithDefault("500")
  @Min(1)
  @Max(1_000)
  int sweepBatch();

  /** How often a replica looks in MySQL for sales with something due that nobody swept. */
  @WithDefault("10s")
  @DurationMin(millis = 10)
  @DurationMax(hours = 1)
  Duration search();

  /** How many refusals of a sale are kept, so that the same key is refused the same. */
  @WithDefault("100000")
  @Min(0)
  @Max(100_000_000)
  int maxRefusals();

  /** How many reservations of a sale are kept that have ended; MySQL has them all. */
  @WithDefault("1000000")
  @Min(0)
  @Max(100_000_000)
  int maxEnded();

  /** How long a restock waits until it is in MySQL before the answer is 503. */
  @WithDefault("5s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration settleTimeout();

  /** How many items are shown by gauges; the rest are not. */
  @WithDefault("200")
  @Min(0)
  @Max(10_000)
  int maxGauges();
}

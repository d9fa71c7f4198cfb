package io.firstcome.mysql;

import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The bounds of what is decided in MySQL, see {@link TransactionRunner}. */
public interface TransactionConfig {

  /** How many decisions are made at once; each needs a connection while it is made. */
  @WithDefault("8")
  @Min(1)
  @Max(256)
  int threads();

  /** How many decisions may wait for one of these threads. */
  @WithDefault("1000")
  @Min(1)
  @Max(100_000)
  int maxWaiting();

  /** How long a decision may take in all, its wait and its tries included. */
  @WithDefault("3s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration patience();

  /** How long a statement waits for a lock, in seconds: MySQL knows no fractions. */
  @WithDefault("1")
  @Min(1)
  @Max(60)
  int lockWaitSeconds();

  /** How often a decision is tried where others are in the way. */
  @WithDefault("20")
  @Min(1)
  @Max(1_000)
  int maxAttempts();

  /** The longest wait before the second try; doubles from try to try, and is drawn at random. */
  @WithDefault("2ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 1)
  Duration retryBackoff();

  /** The longest wait before any try. */
  @WithDefault("50ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 10)
  Duration maxRetryBackoff();
}

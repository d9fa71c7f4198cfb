package io.firstcome.queue.model;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What may be asked of queues. */
@ConfigMapping(prefix = "firstcome.queue")
public interface QueueConfig {

  /** How many queues an event may have. */
  @WithDefault("100")
  @Min(1)
  @Max(1_000)
  int maxQueues();

  /** How many users may wait in a queue. */
  @WithDefault("1000000")
  @Min(1)
  @Max(100_000_000)
  int maxWaiting();

  /** How many users an event may know, with those who have been through its queues. */
  @WithDefault("2000000")
  @Min(1)
  @Max(100_000_000)
  int maxUsers();

  /** How many joins one call decides. */
  @WithDefault("200")
  @Min(1)
  @Max(1_000)
  int maxBatch();

  /** How many joins of an event wait on an event loop. */
  @WithDefault("20000")
  @Min(1)
  @Max(1_000_000)
  int maxJoining();

  /** How long Redis keeps an entry that has ended. */
  @WithDefault("1h")
  @DurationMin(minutes = 1)
  @DurationMax(days = 30)
  Duration keepEnded();

  /** How many queues of the event a user may be in where the queue does not say. */
  @WithDefault("2")
  @Min(1)
  @Max(100)
  int maxActive();

  /** How long a called user has to enter where the queue does not say. */
  @WithDefault("5m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration callTimeout();

  /** How long a user is inside a room where that does not say. */
  @WithDefault("10m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration insideTime();

  /**
   * How long a user who was let into a room has to come where that does not say. Not less than a
   * user may be told to wait before asking again.
   */
  @WithDefault("2m")
  @DurationMin(seconds = QueueRequests.MIN_GRACE)
  @DurationMax(days = 1)
  Duration grace();

  /** How often no-shows are looked for, and free places of queues that call by themselves. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration sweep();

  /** How many queues have gauges of their own on a replica. */
  @WithDefault("100")
  @Min(0)
  @Max(10_000)
  int maxGauges();
}

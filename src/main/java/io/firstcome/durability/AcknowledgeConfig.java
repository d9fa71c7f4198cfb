package io.firstcome.durability;

import io.firstcome.redis.Fsync;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How answers wait until what they tell is secured, see {@link Acknowledge}. */
@ConfigMapping(prefix = "firstcome.acknowledge")
public interface AcknowledgeConfig {

  /** Replicas of Redis that must have it; 0: all that are connected, at least one. */
  @WithDefault("0")
  @Min(0)
  @Max(100)
  int replicas();

  /** Whether the primary and the replicas must have it on their disks. */
  @WithDefault("auto")
  Fsync fsync();

  /** How long an answer waits; then 503. */
  @WithDefault("3s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration timeout();

  /** Answers that wait on an event loop; over it 503. */
  @WithDefault("10000")
  @Min(1)
  @Max(1_000_000)
  int maxParked();
}

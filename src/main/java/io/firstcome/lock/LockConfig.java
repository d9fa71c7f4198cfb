package io.firstcome.lock;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Where locks are kept, and how many there may be. */
@ConfigMapping(prefix = "firstcome.lock")
interface LockConfig {

  /** Where locks are kept. */
  enum Store {
    /** One script in Redis; waiters are woken by a message. A failover may lose a lock. */
    REDIS,
    /** One row each; waiters poll. What MySQL has committed no failover loses. */
    MYSQL
  }

  /** The same on all replicas: a lock of one store does not exclude those of another. */
  @WithDefault("REDIS")
  Store store();

  /** How many locks operators' jobs may hold at once. */
  @WithDefault("1000")
  @Min(1)
  @Max(100_000)
  int maxNames();

  /** How many requests of a replica may wait for locks. */
  @WithDefault("1000")
  @Min(1)
  @Max(100_000)
  int maxWaiting();

  /** How often the first waiter of a replica tries again where no message wakes it. */
  @WithDefault("250ms")
  @DurationMin(millis = 10)
  @DurationMax(seconds = 10)
  Duration poll();
}

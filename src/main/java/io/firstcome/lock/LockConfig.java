package io.firstcome.lock;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Where locks are kept, and how many there may be. */
@ConfigMapping(prefix = "firstcome.lock")
interface LockConfig {

  /** Where locks are kept. */
  enum Store {
    /** One script in Redis; waiters are woken by a message. A failover may lose a lock. */
    REDIS,
    /** On a majority of independent servers of Redis; without fencing tokens, see RedlockStore. */
    REDLOCK,
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

  /**
   * The servers of REDLOCK, an odd number of at least three: {@code redis://host:port}, with user
   * and password where they need them.
   */
  Optional<List<String>> redlockHosts();

  /** How long one of them may take to reply before it counts as away. */
  @WithDefault("200ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 5)
  Duration redlockTimeout();

  /** How often the first waiter of a replica tries again where no message wakes it. */
  @WithDefault("250ms")
  @DurationMin(millis = 10)
  @DurationMax(seconds = 10)
  Duration poll();
}

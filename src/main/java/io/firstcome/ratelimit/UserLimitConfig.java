package io.firstcome.ratelimit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** What one user may ask for. */
@ConfigMapping(prefix = "firstcome.limit.user")
interface UserLimitConfig {

  /** Claims and reservations a second, in the long run; 0: no limit. */
  @WithDefault("0")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double rate();

  /** As many at once after a pause. */
  @WithDefault("10")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int burst();

  /** The same of one replica by itself, which costs next to nothing; 0: no limit. */
  @WithDefault("20")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double replicaRate();

  /** As many at once after a pause, of one replica. */
  @WithDefault("200")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int replicaBurst();

  /**
   * In a day, at one replica; 0: no limit. Each may leave a row in MySQL, which the rates above
   * alone would let grow by a million a day.
   */
  @WithDefault("5000")
  @Min(0)
  @Max(Limit.MAX_BURST)
  int replicaDaily();
}

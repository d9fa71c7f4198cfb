package io.firstcome.ratelimit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/**
 * How many visitors who did not say who they are may come from one address, an IPv6 address
 * standing for its /64. Everybody can make new ones, and each has a place in a queue.
 */
@ConfigMapping(prefix = "firstcome.limit.visitor")
interface VisitorLimitConfig {

  /** New visitors a second at one replica, in the long run; 0: no limit. */
  @WithDefault("20")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double replicaRate();

  /** As many at once after a pause. */
  @WithDefault("2000")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int replicaBurst();
}

package io.firstcome.ratelimit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** How many wrong codes one caller may try. */
@ConfigMapping(prefix = "firstcome.limit.code-caller")
interface CodeCallerLimitConfig {

  /** Wrong codes a second, in the long run; 0: no limit. */
  @WithDefault("5")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double rate();

  /** As many at once after a pause. */
  @WithDefault("100")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int burst();
}

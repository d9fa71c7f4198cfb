package io.firstcome.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** What of Redis is for claims alone. */
@ConfigMapping(prefix = "firstcome.redis")
interface ReserveConfig {

  /** How much of its memory is kept for claims, in percent; 0: nothing. */
  @WithDefault("20")
  @Min(0)
  @Max(90)
  int claimReserve();
}

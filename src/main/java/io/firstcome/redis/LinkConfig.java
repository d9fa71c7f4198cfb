package io.firstcome.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** The connection to Redis that each event loop has for itself. */
@ConfigMapping(prefix = "firstcome.link")
public interface LinkConfig {

  /** Calls that may be on their way to Redis, or wait for a connection, an event loop. */
  @WithDefault("1024")
  @Min(1)
  @Max(8192)
  int maxCalls();
}

package io.firstcome.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;

/** How Redis is asked. */
@ConfigMapping(prefix = "firstcome.redis")
public interface RedisConfig {

  /** How long a command may take before its outcome is called unknown. */
  @WithDefault("2s")
  Duration timeout();
}

package io.firstcome.redis;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How Redis is asked. */
@ConfigMapping(prefix = "firstcome.redis")
public interface RedisConfig {

  /** How long a command may take before its outcome is called unknown. */
  @WithDefault("2s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration timeout();
}

package io.firstcome.durability;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How a change of a definition waits for MySQL. */
@ConfigMapping(prefix = "firstcome.definition")
public interface SettlingConfig {

  /** How long a change may take to reach MySQL before its answer is 503. */
  @WithDefault("5s")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration settleTimeout();

  /** After how long MySQL is looked at for the second time; doubles from look to look. */
  @WithDefault("5ms")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration firstLook();

  /** The longest time between two looks. */
  @WithDefault("100ms")
  @DurationMin(millis = 1)
  @DurationMax(minutes = 5)
  Duration lastLook();
}

package io.firstcome.history;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMin;

/** The history of definitions. */
@ConfigMapping(prefix = "firstcome.history")
interface HistoryConfig {

  /** After how long a change is removed from it. */
  @WithDefault("400d")
  @DurationMin(hours = 1)
  Duration keep();

  /** How often that is looked for. */
  @WithDefault("1h")
  @DurationMin(seconds = 1)
  Duration sweep();
}

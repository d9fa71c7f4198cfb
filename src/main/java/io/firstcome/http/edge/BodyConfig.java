package io.firstcome.http.edge;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What the bodies of requests may take. */
@ConfigMapping(prefix = "firstcome.body")
interface BodyConfig {

  /** How long a body may take to come, then 408. */
  @WithDefault("20s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 10)
  Duration timeout();

  /** Bodies above 64 kB, or of unknown length, on their way at once; over it 503. */
  @WithDefault("64")
  @Min(1)
  @Max(10_000)
  int maxLarge();
}

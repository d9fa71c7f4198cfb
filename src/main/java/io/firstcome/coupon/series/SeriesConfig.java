package io.firstcome.coupon.series;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How the drops of series are made. */
@ConfigMapping(prefix = "firstcome.series")
public interface SeriesConfig {

  /** How long before its opening a drop is made. */
  @WithDefault("7d")
  @DurationMin(minutes = 1)
  @DurationMax(days = 365)
  Duration ahead();

  /** How often a replica looks for drops to make. */
  @WithDefault("30s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration sweep();

  /** How many series there may be that are not stopped. */
  @WithDefault("1000")
  @Min(1)
  @Max(100_000)
  int maxSeries();
}

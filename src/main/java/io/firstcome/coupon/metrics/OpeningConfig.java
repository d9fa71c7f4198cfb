package io.firstcome.coupon.metrics;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How many claimants are expected about an opening, and when. */
@ConfigMapping(prefix = "firstcome.opening")
interface OpeningConfig {

  /** How long before an opening its claimants are expected. */
  @WithDefault("10m")
  @DurationMin(millis = 0)
  @DurationMax(days = 7)
  Duration lead();

  /** How long after an opening they still are. */
  @WithDefault("10m")
  @DurationMin(millis = 0)
  @DurationMax(days = 7)
  Duration hold();

  /** How many are expected for each unit of a coupon that has no audience. */
  @WithDefault("10")
  @Min(1)
  @Max(1_000_000)
  int claimantsPerUnit();
}

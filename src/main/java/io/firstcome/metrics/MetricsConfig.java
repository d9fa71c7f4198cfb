package io.firstcome.metrics;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What the metrics may cost. */
@ConfigMapping(prefix = "firstcome.metrics")
public interface MetricsConfig {

  /** How many coupons get a label of their own; the rest share {@code other}. */
  @WithDefault("100")
  @Min(0)
  @Max(10_000)
  int maxCoupons();

  /** How often Redis and MySQL are asked for what gauges show of them. */
  @WithDefault("5s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 1)
  Duration interval();
}

package io.firstcome.metrics;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** What the metrics may cost. */
@ConfigMapping(prefix = "firstcome.metrics")
public interface MetricsConfig {

  /** How many coupons get a label of their own; the rest share {@code other}. */
  @WithDefault("100")
  @Min(0)
  @Max(10_000)
  int maxCoupons();
}

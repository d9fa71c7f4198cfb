package io.firstcome.coupon.recovery;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** What a Redis that loses its data can cost. */
@ConfigMapping(prefix = "firstcome.recovery")
public interface RecoveryConfig {

  /**
   * How many numbers Redis may issue beyond what MySQL has. So many units may be withheld after a
   * loss; and so many may be issued while MySQL is behind, then claims are refused.
   */
  @WithDefault("10000")
  @Min(1)
  @Max(1_000_000_000)
  int windowUnits();

  /**
   * Whether a Redis that was started again, or took over, is believed where it has all that MySQL
   * has. What it lacks all the same was told at the level REDIS alone, and is issued again. Not
   * believed, such a coupon goes on above all that may have been issued, as after a loss.
   */
  @WithDefault("true")
  boolean believe();
}

package io.firstcome.ratelimit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** How many wrong codes may be tried for one coupon, by all callers. */
@ConfigMapping(prefix = "firstcome.limit.code-coupon")
interface CodeCouponLimitConfig {

  /** Wrong codes a second, in the long run; 0: no limit. */
  @WithDefault("10")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double rate();

  /** As many at once after a pause. */
  @WithDefault("1000")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int burst();
}

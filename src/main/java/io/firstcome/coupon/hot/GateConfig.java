package io.firstcome.coupon.hot;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How claims are answered from memory. */
@ConfigMapping(prefix = "firstcome.gate")
interface GateConfig {

  /** For how long an answer from memory is good when no message comes; 0 turns the gate off. */
  @WithDefault("3s")
  @DurationMin
  @DurationMax(minutes = 1)
  Duration maxAge();

  /** Winners whose claims a replica keeps in memory, about 200 bytes each. */
  @WithDefault("50000")
  @Min(0)
  @Max(100_000_000)
  long maxWinners();

  /** Winners beyond these that a filter tells from others, 2 bytes each. */
  @WithDefault("10000000")
  @Min(0)
  @Max(100_000_000)
  long maxFiltered();
}

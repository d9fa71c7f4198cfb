package io.firstcome.coupon.recovery;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How long Redis keeps what is over. */
@ConfigMapping(prefix = "firstcome.retention")
public interface RetentionConfig {

  /** How long a coupon that is over stays in Redis; 0: for ever. */
  @WithDefault("7d")
  @DurationMin
  @DurationMax(days = 3_650)
  Duration afterClose();

  /** How often a replica looks for such. */
  @WithDefault("30s")
  @DurationMin(millis = 10)
  @DurationMax(days = 1)
  Duration sweep();
}

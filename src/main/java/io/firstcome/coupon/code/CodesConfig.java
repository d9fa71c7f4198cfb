package io.firstcome.coupon.code;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMin;

/** Codes of units. */
@ConfigMapping(prefix = "firstcome.codes")
interface CodesConfig {

  /** One or two keys of 32 bytes in Base64: the first seals, both open. */
  Optional<List<String>> keys();

  /** How often keys of coupons that the second one seals are sealed by the first. */
  @WithDefault("10m")
  @DurationMin(seconds = 1)
  Duration reseal();
}

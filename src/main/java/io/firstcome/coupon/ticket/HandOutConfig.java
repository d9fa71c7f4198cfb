package io.firstcome.coupon.ticket;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Queues of coupons. */
@ConfigMapping(prefix = "firstcome.hand-out")
interface HandOutConfig {

  /** How often units that are due are handed out. */
  @WithDefault("100ms")
  @DurationMin(millis = 10)
  @DurationMax(seconds = 1)
  Duration interval();

  /** After it another replica takes over from one that has died. */
  @WithDefault("2s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 1)
  Duration lease();

  /** How often MySQL is asked which coupons have a queue. */
  @WithDefault("2s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration look();
}

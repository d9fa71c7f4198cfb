package io.firstcome.coupon.ticket;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Waitlists and queues of coupons. */
@ConfigMapping(prefix = "firstcome.waitlist")
interface TicketConfig {

  /** How often offers that were not accepted in time are taken back. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration sweep();

  /** How often MySQL is asked which coupons have a waitlist. */
  @WithDefault("2s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration look();
}

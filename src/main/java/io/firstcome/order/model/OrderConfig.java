package io.firstcome.order.model;

import io.firstcome.mysql.TransactionConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How orders are processed. */
@ConfigMapping(prefix = "firstcome.order")
public interface OrderConfig extends TransactionConfig {

  /** How long a request waits for the end of its order before it is answered 202. */
  @WithDefault("5s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration answerWithin();

  /** How long the units of an order are held until it is paid. */
  @WithDefault("2m")
  @DurationMin(seconds = 2)
  @DurationMax(hours = 1)
  Duration hold();

  /**
   * What must be left of the hold when a charge begins: more than charging, redeeming and
   * confirming take.
   */
  @WithDefault("15s")
  @DurationMin(seconds = 1)
  @DurationMax(minutes = 10)
  Duration chargeTime();

  /** How long a replica may be at a step before another goes on with the order. */
  @WithDefault("5s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 10)
  Duration busy();

  /** The wait before the second attempt at a step; doubles from attempt to attempt. */
  @WithDefault("500ms")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration askAgain();

  /** The longest wait before any attempt. */
  @WithDefault("30s")
  @DurationMin(millis = 10)
  @DurationMax(hours = 1)
  Duration maxAskAgain();

  /** How often a replica looks for orders to go on with. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration sweep();

  /** How many of them it takes at once. */
  @WithDefault("100")
  @Min(1)
  @Max(500)
  int sweepBatch();

  /** After how long an order that has not ended counts as stuck. */
  @WithDefault("2m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration stuckAfter();

  /** How often one replica compares the orders that have ended with what they took. */
  @WithDefault("10m")
  @DurationMin(millis = 10)
  @DurationMax(days = 7)
  Duration audit();

  /** How long after its end an order is compared. */
  @WithDefault("24h")
  @DurationMin(minutes = 5)
  @DurationMax(days = 365)
  Duration auditWindow();
}

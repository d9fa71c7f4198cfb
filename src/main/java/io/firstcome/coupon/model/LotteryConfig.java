package io.firstcome.coupon.model;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What lotteries may have, and how they are drawn. */
@ConfigMapping(prefix = "firstcome.lottery")
public interface LotteryConfig {

  /** How many tickets a lottery accepts. */
  @WithDefault("10000000")
  @Min(1)
  @Max(1_000_000_000)
  long maxTickets();

  /** How often a replica looks for draws that are due. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration sweep();

  /** How long a replica that draws is waited for when it does not answer any more. */
  @WithDefault("10s")
  @DurationMin(millis = 100)
  @DurationMax(minutes = 10)
  Duration lease();

  /** How many entries are read or written at a time. */
  @WithDefault("2000")
  @Min(10)
  @Max(10_000)
  int chunk();

  /**
   * Where the public value is fetched; {@code {name}} stands for its name. Empty: an operator
   * enters it.
   */
  Optional<String> publicValueUrl();

  /** Which member of the response is the public value, where that is JSON. */
  Optional<String> publicValueMember();
}

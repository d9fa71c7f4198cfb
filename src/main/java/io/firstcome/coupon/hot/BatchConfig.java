package io.firstcome.coupon.hot;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How claims go to Redis. */
@ConfigMapping(prefix = "firstcome.batch")
public interface BatchConfig {

  /** Claims that one call of the script decides at most; 1 turns batching off. */
  @WithDefault("256")
  @Min(1)
  @Max(1_000)
  int maxClaims();

  /** Claims of a coupon that wait on an event loop; over it 503. */
  @WithDefault("8192")
  @Min(1)
  @Max(1_000_000)
  int maxWaiting();

  /** Calls of a coupon and event loop that are on their way at once. */
  @WithDefault("1")
  @Min(1)
  @Max(1_024)
  int maxInFlight();

  /** Coupons that are batched and have a gate; claims of any more go to Redis one by one. */
  @WithDefault("10000")
  @Min(0)
  int maxCoupons();

  /** How long after its last claim a coupon is forgotten. */
  @WithDefault("10m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration idle();
}

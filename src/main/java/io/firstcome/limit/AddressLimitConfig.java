package io.firstcome.limit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

/** What may be asked for from one address, an IPv6 address standing for its /64. */
@ConfigMapping(prefix = "firstcome.limit.address")
interface AddressLimitConfig {

  /** Claims and reservations a second, in the long run; 0: no limit. */
  @WithDefault("0")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double rate();

  /** As many at once after a pause. */
  @WithDefault("100")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int burst();

  /** In which header a trusted proxy says for whom it asks; the other one is not looked at. */
  @WithDefault("x-forwarded-for")
  ForwardedBy header();
}

package io.firstcome.ratelimit;

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

  /**
   * The same of one replica by itself, which costs next to nothing; 0: no limit. Only where proxies
   * are trusted: without, the address may be that of a gateway, and everybody's.
   */
  @WithDefault("1000")
  @Min(0)
  @Max(Limit.MAX_RATE)
  double replicaRate();

  /** As many at once after a pause, of one replica. */
  @WithDefault("10000")
  @Min(1)
  @Max(Limit.MAX_BURST)
  int replicaBurst();

  /** In which header a trusted proxy says for whom it asks; the other one is not looked at. */
  @WithDefault("x-forwarded-for")
  ForwardedBy header();
}

package io.firstcome.live;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** Streams of live numbers. */
@ConfigMapping(prefix = "firstcome.live")
interface LiveConfig {

  /** How many streams a replica serves at once; over it 503. */
  @WithDefault("1000")
  @Min(0)
  @Max(100_000)
  int maxStreams();

  /** How many of them one address may have, an IPv6 address standing for its /64; over it 429. */
  @WithDefault("100")
  @Min(1)
  @Max(100_000)
  int maxStreamsPerAddress();

  /** How often what is watched is looked at: once for all who watch it. */
  @WithDefault("500ms")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration interval();

  /**
   * How often a stream says that it is alive where nothing changes. Clearly less than the time
   * after which a proxy in front takes a silent connection for dead.
   */
  @WithDefault("10s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 5)
  Duration heartbeat();

  /** How long the first look may take before the request fails. */
  @WithDefault("3s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration patience();
}

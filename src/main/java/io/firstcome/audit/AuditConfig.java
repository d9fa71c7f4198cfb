package io.firstcome.audit;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The standing audit. */
@ConfigMapping(prefix = "firstcome.audit")
public interface AuditConfig {

  /** How often a replica audits each ledger that it drains; 0: not by itself. */
  @WithDefault("5m")
  @DurationMin(millis = 0)
  @DurationMax(days = 1)
  Duration interval();

  /** How many claims or reservations one command reads at most. */
  @WithDefault("500")
  @Min(1)
  // MariaDB turns an IN list of 1,000 into a subquery.
  @Max(900)
  int chunk();

  /** How long an audit rests after each chunk. */
  @WithDefault("20ms")
  @DurationMin(millis = 0)
  @DurationMax(seconds = 60)
  Duration pause();
}

package io.firstcome.mysql;

import io.smallrye.config.WithDefault;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How long MySQL may take. Set with the ledger, whose settings these are. */
public interface MySqlConfig {

  /** How long a replica that starts waits for MySQL to be reached. */
  @WithDefault("5s")
  @DurationMin(millis = 0)
  @DurationMax(minutes = 10)
  Duration startTimeout();

  /** How long MySQL may take for one statement before its connection is given up. */
  @WithDefault("10s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration statementTimeout();

  /** How long MySQL may take for what a request asks of it before the answer is 503. */
  @WithDefault("3s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 1)
  Duration requestTimeout();
}

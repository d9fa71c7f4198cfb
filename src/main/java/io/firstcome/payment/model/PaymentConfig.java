package io.firstcome.payment.model;

import io.firstcome.mysql.TransactionConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How payments are made. */
@ConfigMapping(prefix = "firstcome.payment")
public interface PaymentConfig extends TransactionConfig {

  /** How long a key makes a repeated request the same payment. */
  @WithDefault("24h")
  @DurationMin(minutes = 1)
  @DurationMax(days = 30)
  Duration keyLifetime();

  /**
   * How long a replica may be at a payment before another goes on with it. More than asking the
   * provider takes.
   */
  @WithDefault("10s")
  @DurationMin(seconds = 4)
  @DurationMax(minutes = 10)
  Duration busy();

  /** When a provider that has not answered is asked again. */
  @WithDefault("5s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration askAgain();

  /** How often a replica looks for payments to go on with, and for keys to forget. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration sweep();

  /** How many of them it takes at once. */
  @WithDefault("100")
  @Min(1)
  @Max(500)
  int sweepBatch();

  /** How often one replica compares the balances of all wallets with their entries. */
  @WithDefault("10m")
  @DurationMin(millis = 10)
  @DurationMax(days = 7)
  Duration walletAudit();
}

package io.firstcome.stock.database;

import io.firstcome.mysql.TransactionConfig;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** How stock is taken where MySQL decides. */
@ConfigMapping(prefix = "firstcome.stock.mysql")
public interface DatabaseStockConfig extends TransactionConfig {

  /** How often a replica looks for reservations whose time is up, and for keys to forget. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 10)
  Duration sweep();

  /** How many reservations one transaction ends at most, and how many keys it forgets. */
  @WithDefault("100")
  @Min(1)
  @Max(500)
  int sweepBatch();
}

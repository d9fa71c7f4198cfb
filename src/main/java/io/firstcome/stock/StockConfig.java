package io.firstcome.stock;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What may be asked of the stock of a sale. */
@ConfigMapping(prefix = "firstcome.stock")
interface StockConfig {

  /** How many items a sale may have. */
  @WithDefault("1000")
  @Min(1)
  @Max(10_000)
  int maxItems();

  /** How many different items one reservation may name. */
  @WithDefault("50")
  @Min(1)
  @Max(500)
  int maxLines();

  /** How many units of one item one reservation may ask for. */
  @WithDefault("100")
  @Min(1)
  @Max(1_000_000_000)
  long maxLineQuantity();

  /** How long units are held where the request does not say. */
  @WithDefault("10m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration ttl();

  /** The longest that a request may have them held. */
  @WithDefault("1h")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration maxTtl();
}

package io.firstcome.stock.model;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.time.Duration;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** What may be asked of the stock of a sale. */
@ConfigMapping(prefix = "firstcome.stock")
public interface StockConfig {

  /** What {@code sale-state.lua} can count of one user. */
  int MOST_PER_USER = 10_000;

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

  /** How many reservations of a sale one user may hold at once. */
  @WithDefault("20")
  @Min(1)
  @Max(MOST_PER_USER)
  int maxHeldPerUser();

  /** How many reservations of a sale are kept of one user, held or ended within 24 hours. */
  @WithDefault("200")
  @Min(1)
  @Max(MOST_PER_USER)
  int maxKeptPerUser();

  /** How many refusals of a sale are kept of one user, so that the same key is refused the same. */
  @WithDefault("20")
  @Min(0)
  @Max(MOST_PER_USER)
  int maxRefusalsPerUser();

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

  /** How long from then on a reservation is held at most that is extended, or taken again. */
  @WithDefault("10m")
  @DurationMin(seconds = 1)
  @DurationMax(days = 1)
  Duration maxExtension();
}

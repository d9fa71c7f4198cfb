package io.firstcome.payment.provider;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.hibernate.validator.constraints.time.DurationMax;
import org.hibernate.validator.constraints.time.DurationMin;

/** The payment service that is asked by HTTP, see docs/payments.md. */
@ConfigMapping(prefix = "firstcome.payment.http")
public interface HttpProviderConfig {

  /** Where it is; without it nobody can pay by {@code HTTP}. */
  Optional<URI> url();

  /** Sent as {@code Authorization: Bearer}. */
  Optional<String> token();

  /** What its callbacks are signed with; without it they are refused. */
  Optional<String> callbackSecret();

  /** How old or how far ahead a callback's time stamp may be. */
  @WithDefault("5m")
  @DurationMin(seconds = 1)
  @DurationMax(hours = 1)
  Duration callbackWindow();

  /** How long asking may take in all, retries included; then the outcome is unknown. */
  @WithDefault("3s")
  @DurationMin(millis = 10)
  @DurationMax(seconds = 3)
  Duration timeout();

  /** How long one try may take. */
  @WithDefault("1s")
  @DurationMin(millis = 10)
  @DurationMax(seconds = 3)
  Duration tryTimeout();

  /** How often it is asked again within that time. */
  @WithDefault("3")
  @Min(0)
  @Max(20)
  int maxRetries();

  /** The pause before the first retry; doubles, and up to half of it is added at random. */
  @WithDefault("100ms")
  @DurationMin(millis = 1)
  @DurationMax(seconds = 1)
  Duration retryBackoff();

  /** How many requests may be under way at once; what is above it is asked later. */
  @WithDefault("64")
  @Min(1)
  @Max(10_000)
  int maxConcurrent();

  /** Of so many requests half must fail before none are sent for a while. */
  @WithDefault("20")
  @Min(2)
  @Max(1_000)
  int breakerRequests();

  /** How long none are sent then; after it one is tried. */
  @WithDefault("5s")
  @DurationMin(millis = 10)
  @DurationMax(minutes = 5)
  Duration breakerPause();
}

package io.firstcome.payment.charge;

import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.Payment.Kind;
import io.firstcome.payment.model.Payment.Outcome;
import io.firstcome.payment.model.Payment.Provider;
import io.firstcome.payment.provider.PaymentProvider.Answer;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Payments by outcome, how long providers took to answer, and since when one has not. */
@Startup
@Singleton
class PaymentMetrics {

  private static final String UNKNOWN = "unknown";
  private static final double NANOS_PER_SECOND = 1e9;

  private final Map<String, Counter> counters = new HashMap<>();
  private final Timer asked;
  private final AtomicReference<Duration> oldest = new AtomicReference<>(Duration.ZERO);

  PaymentMetrics(MeterRegistry registry) {
    for (Provider provider : Provider.values()) {
      for (Kind kind : Kind.values()) {
        for (Outcome outcome : Outcome.values()) {
          register(registry, provider, kind, label(outcome));
        }
        register(registry, provider, kind, UNKNOWN);
      }
    }
    asked =
        Timer.builder("firstcome.payment.provider.duration")
            .description("Time from asking a provider elsewhere to its answer, retries included")
            .serviceLevelObjectives(
                Stream.of(10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000)
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new))
            .register(registry);
    Gauge.builder(
            "firstcome.payment.oldest.seconds",
            oldest,
            age -> age.get().toNanos() / NANOS_PER_SECOND)
        .description("Age of the oldest payment whose outcome is not known")
        .register(registry);
  }

  private void register(MeterRegistry registry, Provider provider, Kind kind, String outcome) {
    counters.put(
        key(provider, kind, outcome),
        Counter.builder("firstcome.payments")
            .description("Payments by outcome; unknown: a provider was asked and did not answer")
            .tag("provider", label(provider))
            .tag("kind", label(kind))
            .tag("outcome", outcome)
            .register(registry));
  }

  /** A payment's outcome is known now. */
  void ended(Payment payment) {
    count(payment, label(payment.outcome()));
  }

  /** A provider elsewhere was asked. */
  void asked(Payment payment, Answer answer, long nanos) {
    asked.record(nanos, TimeUnit.NANOSECONDS);
    if (answer.outcome() == null) {
      count(payment, UNKNOWN);
    }
  }

  /** Since when the oldest of all payments without an outcome has been waiting for it. */
  void oldest(Duration age) {
    oldest.set(age);
  }

  private void count(Payment payment, String outcome) {
    counters.get(key(payment.provider(), payment.kind(), outcome)).increment();
  }

  private static String key(Provider provider, Kind kind, String outcome) {
    return provider + " " + kind + " " + outcome;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

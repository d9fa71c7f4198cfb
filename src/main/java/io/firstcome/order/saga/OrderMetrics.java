package io.firstcome.order.saga;

import io.firstcome.order.model.Order;
import io.firstcome.order.model.Step;
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
import java.util.stream.Stream;

/** Orders by outcome, how long they and their steps take, and those that do not end. */
@Startup
@Singleton
public class OrderMetrics {

  /** How a step ends, and how it is undone. */
  private enum StepOutcome {
    DONE,
    REFUSED,
    UNKNOWN,
    UNDONE,
    BLOCKED,
    UNDO_UNKNOWN
  }

  /** What an order comes to; refused: at the door, and no order was made. */
  private enum OrderOutcome {
    CONFIRMED,
    CANCELLED,
    REFUNDED,
    REFUSED
  }

  private static final double NANOS_PER_SECOND = 1e9;

  private final Map<String, Timer> steps = new HashMap<>();
  private final Map<OrderOutcome, Counter> orders = new HashMap<>();
  private final Timer duration;
  private volatile OrderTable.Open open = new OrderTable.Open(0, 0, Duration.ZERO);

  OrderMetrics(MeterRegistry registry) {
    for (OrderOutcome outcome : OrderOutcome.values()) {
      orders.put(
          outcome,
          Counter.builder("firstcome.orders")
              .description("Orders by outcome; refused: no units were held and no order was made")
              .tag("outcome", label(outcome))
              .register(registry));
    }
    for (Step step : Step.values()) {
      for (StepOutcome outcome : StepOutcome.values()) {
        steps.put(
            step + " " + outcome,
            Timer.builder("firstcome.order.step.duration")
                .description("Time of an attempt to do or undo a step of an order, by outcome")
                .tag("step", label(step))
                .tag("outcome", label(outcome))
                .register(registry));
      }
    }
    duration =
        Timer.builder("firstcome.order.duration")
            .description("Time from placing an order to its confirmation or cancellation")
            .serviceLevelObjectives(
                Stream.of(10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 60_000)
                    .map(Duration::ofMillis)
                    .toArray(Duration[]::new))
            .register(registry);
    Gauge.builder("firstcome.orders.stuck", () -> open.stuck())
        .description("Orders that have not ended for longer than firstcome.order.stuck-after")
        .register(registry);
    Gauge.builder("firstcome.orders.blocked", () -> open.blocked())
        .description("Orders with a step that cannot be undone until an operator settles it")
        .register(registry);
    Gauge.builder(
            "firstcome.order.oldest.seconds", () -> open.oldest().toNanos() / NANOS_PER_SECOND)
        .description("Age of the oldest order that has not ended")
        .register(registry);
  }

  /** Nothing was granted to an order, or what it asked for is not to be had. */
  public void refused() {
    orders.get(OrderOutcome.REFUSED).increment();
  }

  /** An order has ended. */
  void ended(Order order) {
    orders.get(OrderOutcome.valueOf(order.state().name())).increment();
    if (order.state() != Order.State.REFUNDED) {
      duration.record(Duration.between(order.createdAt(), order.endedAt()));
    }
  }

  /** A step was attempted. */
  void attempted(Order order, Outcome outcome, long nanos) {
    boolean forward = order.state() == Order.State.PENDING;
    StepOutcome came;
    if (outcome instanceof Outcome.Done) {
      came = forward ? StepOutcome.DONE : StepOutcome.UNDONE;
    } else if (outcome instanceof Outcome.Refused) {
      came = forward ? StepOutcome.REFUSED : StepOutcome.BLOCKED;
    } else {
      came = forward ? StepOutcome.UNKNOWN : StepOutcome.UNDO_UNKNOWN;
    }
    steps.get(order.step() + " " + came).record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Which orders have not ended. */
  void open(OrderTable.Open now) {
    open = now;
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}

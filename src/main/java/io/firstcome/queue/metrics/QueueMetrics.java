package io.firstcome.queue.metrics;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.metrics.CouponLabels;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.model.QueueStatus;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.ToLongFunction;
import java.util.stream.LongStream;

/** Moves of entries, all from the start, and how many are where. */
@Startup
@ApplicationScoped
public class QueueMetrics {

  private static final List<ProblemType> REFUSALS =
      List.of(
          ProblemType.TOO_MANY_ENTRIES,
          ProblemType.QUEUE_NOT_OPEN,
          ProblemType.QUEUE_FULL,
          ProblemType.NO_ENTRY,
          ProblemType.ENTRY_STATE,
          ProblemType.LEDGER_FULL,
          ProblemType.DATABASE_UNAVAILABLE);

  private static final Duration[] WAITS =
      LongStream.of(1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 21_600)
          .mapToObj(Duration::ofSeconds)
          .toArray(Duration[]::new);

  private final Map<EntryState, Counter> moves = new EnumMap<>(EntryState.class);
  private final Map<ProblemType, Counter> refusals = new EnumMap<>(ProblemType.class);
  private final Map<MultiGauge, ToLongFunction<QueueState>> gauges = new LinkedHashMap<>();
  private final Map<String, Timer> waits = new ConcurrentHashMap<>();
  private final Map<String, Counter> abandoned = new ConcurrentHashMap<>();
  private final MeterRegistry registry;
  private final CouponLabels labels;
  private final int maxGauges;

  QueueMetrics(MeterRegistry registry, CouponLabels labels, QueueConfig config) {
    this.registry = registry;
    this.labels = labels.forType("queue");
    maxGauges = config.maxGauges();
    for (EntryState state : EntryState.values()) {
      moves.put(
          state,
          Counter.builder("firstcome.queue.moves")
              .description("Moves of queue entries written to MySQL, by kind")
              .tag("move", state.move())
              .register(registry));
    }
    for (ProblemType type : REFUSALS) {
      refusals.put(
          type,
          Counter.builder("firstcome.queue.refusals")
              .description("Requests to join, call or move that were refused, by reason")
              .tag("reason", type.slug())
              .register(registry));
    }
    gauge(registry, "waiting", "Users waiting in the queue", QueueState::waiting);
    gauge(registry, "called", "Users called and not yet inside", QueueState::called);
    gauge(registry, "inside", "Users inside", QueueState::inside);
    gauge(registry, "capacity", "Users that may be called and inside", QueueState::capacity);
    gauge(
        registry,
        "open",
        "1 while the queue may let users in, 0 while it is frozen, paused, closed or unopened",
        QueueMetrics::isOpen);
    wait(CouponLabels.OTHER);
    abandoned(CouponLabels.OTHER);
  }

  private static long isOpen(QueueState queue) {
    boolean calls = queue.status() == QueueStatus.OPEN || queue.status() == QueueStatus.DRAINING;
    return calls && queue.drawn() >= 0 ? 1 : 0;
  }

  private Timer wait(String label) {
    return waits.computeIfAbsent(
        label,
        queue ->
            Timer.builder("firstcome.queue.waited")
                .description("Time from joining to being called or let in, by queue")
                .tag("queue", queue)
                .serviceLevelObjectives(WAITS)
                .register(registry));
  }

  private Counter abandoned(String label) {
    return abandoned.computeIfAbsent(
        label,
        queue ->
            Counter.builder("firstcome.queue.abandoned")
                .description("Users who left the queue before they were called or let in")
                .tag("queue", queue)
                .register(registry));
  }

  private void gauge(
      MeterRegistry registry, String name, String description, ToLongFunction<QueueState> value) {
    gauges.put(
        MultiGauge.builder("firstcome.queue." + name)
            .description(description + ", exported by the replica that drains the event's ledger")
            .register(registry),
        value);
  }

  /** So many entries came to this state. To be told once, by whoever drains the ledger. */
  public void moved(EntryState state, long count) {
    moves.get(state).increment(count);
  }

  /** A user was called or let in. To be told once, by whoever drains the ledger. */
  public void admitted(String queueId, Duration waited) {
    wait(labels.of(queueId)).record(waited);
  }

  /** A user who waited has left. To be told once, by whoever drains the ledger. */
  public void abandoned(String queueId, long count) {
    abandoned(labels.of(queueId)).increment(count);
  }

  /** A request was refused for one of the reasons that are counted. */
  public void refused(ProblemType why) {
    refusals.get(why).increment();
  }

  /** These are the queues of the events that this replica drains. */
  public void show(Map<String, QueueState> queues) {
    // From 0 on: an increase is seen only by who has seen what was before.
    queues.keySet().stream()
        .limit(maxGauges)
        .map(labels::of)
        .forEach(
            label -> {
              wait(label);
              abandoned(label);
            });
    gauges.forEach(
        (gauge, value) -> {
          List<Row<?>> rows = new ArrayList<>();
          queues.entrySet().stream()
              .limit(maxGauges)
              .forEach(
                  one ->
                      rows.add(
                          Row.of(
                              Tags.of("queue", one.getKey()), value.applyAsLong(one.getValue()))));
          gauge.register(rows, true);
        });
  }
}

package io.firstcome.queue.metrics;

import io.firstcome.http.problem.ProblemType;
import io.firstcome.queue.model.EntryState;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.Startup;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

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

  private final Map<EntryState, Counter> moves = new EnumMap<>(EntryState.class);
  private final Map<ProblemType, Counter> refusals = new EnumMap<>(ProblemType.class);
  private final Map<MultiGauge, ToLongFunction<QueueState>> gauges = new LinkedHashMap<>();
  private final int maxGauges;

  QueueMetrics(MeterRegistry registry, QueueConfig config) {
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

  /** A request was refused for one of the reasons that are counted. */
  public void refused(ProblemType why) {
    refusals.get(why).increment();
  }

  /** These are the queues of the events that this replica drains. */
  public void show(Map<String, QueueState> queues) {
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

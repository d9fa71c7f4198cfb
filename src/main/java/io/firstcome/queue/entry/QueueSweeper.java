package io.firstcome.queue.entry;

import static io.firstcome.queue.model.EventType.EVENT;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.Poll;
import io.firstcome.queue.metrics.QueueMetrics;
import io.firstcome.queue.model.QueueConfig;
import io.firstcome.queue.model.QueueState;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.Vertx;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Makes no-shows of those who were called and did not come, has queues call by themselves where
 * nobody asks for them, and removes entries that ended long ago from Redis. Of each event one
 * replica does it, the one that drains its ledger; it shows the numbers of the queues, too.
 */
@ApplicationScoped
class QueueSweeper {

  private static final int AT_ONCE = 4;

  /**
   * Blocks of users that a sweep searches for entries that ended long ago: of 16,384, so a round
   * takes 17 minutes at a sweep a second, and a sweep costs Redis less than a millisecond at two
   * million users.
   */
  private static final int BLOCKS_A_SWEEP = 16;

  private final QueueScripts scripts;
  private final Loader loader;
  private final Drainer drainer;
  private final QueueMetrics metrics;
  private final QueueConfig config;
  private Poll poll;

  QueueSweeper(
      QueueScripts scripts,
      Loaders loaders,
      Drainer drainer,
      QueueMetrics metrics,
      QueueConfig config) {
    this.scripts = scripts;
    this.loader = loaders.of(EVENT);
    this.drainer = drainer;
    this.metrics = metrics;
    this.config = config;
  }

  void start(@Observes StartupEvent event, Vertx vertx) {
    poll = Poll.every(config.sweep(), vertx, this::sweep);
  }

  void stop(@Observes ShutdownEvent event) {
    poll.close();
  }

  private Uni<?> sweep() {
    return Multi.createFrom()
        .iterable(new TreeSet<>(drainer.held()))
        .filter(EVENT::owns)
        .onItem()
        .transformToUni(tag -> sweep(EVENT.id(tag)))
        .merge(AT_ONCE)
        .collect()
        .in(TreeMap<String, QueueState>::new, Map::putAll)
        .invoke(metrics::show);
  }

  /** What Redis does not hold is loaded: those who were called are to be no-shows in time. */
  private Uni<Map<String, QueueState>> sweep(String eventId) {
    return loader
        .whole(eventId, Uni.createFrom().deferred(() -> scripts.read(eventId)))
        .invoke(
            reading -> {
              if (reading.moved()) {
                drainer.wrote(EVENT.tag(eventId));
              }
            })
        .call(() -> scripts.prune(eventId, config.keepEnded(), BLOCKS_A_SWEEP))
        .map(QueueScripts.Reading::queues)
        .onFailure()
        .recoverWithItem(Map.of());
  }
}

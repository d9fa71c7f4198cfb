package io.firstcome.queue.metrics;

import static io.firstcome.queue.model.EventType.EVENT;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;

import io.firstcome.ledger.drain.Drainer;
import io.firstcome.metrics.ExpectedCrowd;
import io.firstcome.queue.script.QueueScripts;
import io.firstcome.recovery.Loader;
import io.firstcome.recovery.Loaders;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.mutiny.sqlclient.Pool;
import io.vertx.mutiny.sqlclient.Row;
import io.vertx.mutiny.sqlclient.Tuple;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * Those who wait in rooms that have opened or open soon, and of each room no more than it lets in
 * within the time for which claimants of a coupon are expected: replicas are there before its door
 * opens, and a million who wait for hours do not start as many as if they came at once.
 */
@Singleton
class RoomCrowd implements ExpectedCrowd {

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** Rooms that are counted, those defined last first. */
  private static final int MOST = 500;

  /** Along the index {@code queue_rooms}. */
  private static final String ROOMS =
      "SELECT event_id, id FROM queue WHERE mode = 'ROOM'"
          + " AND status IN ('OPEN', 'FROZEN', 'DRAINING')"
          + " AND (opens_at IS NULL OR opens_at <= UTC_TIMESTAMP(6) + INTERVAL ? SECOND)"
          + " ORDER BY created_at DESC LIMIT ?";

  private final Pool mysql;
  private final QueueScripts scripts;
  private final Loader loader;
  private final Drainer drainer;

  RoomCrowd(Pool mysql, QueueScripts scripts, Loaders loaders, Drainer drainer) {
    this.mysql = mysql;
    this.scripts = scripts;
    this.loader = loaders.of(EVENT);
    this.drainer = drainer;
  }

  @Override
  public Uni<Double> claimants(Duration lead, Duration hold) {
    return mysql
        .preparedQuery(ROOMS)
        .execute(Tuple.of(lead.toSeconds(), MOST))
        .ifNoItem()
        .after(PATIENCE)
        .fail()
        .map(
            rows ->
                StreamSupport.<Row>stream(rows.spliterator(), false)
                    .collect(
                        groupingBy(
                            row -> row.getString(0), mapping(row -> row.getString(1), toSet()))))
        .onItem()
        .transformToMulti(events -> Multi.createFrom().iterable(events.entrySet()))
        .onItem()
        .transformToUniAndConcatenate(event -> waiting(event, hold))
        .collect()
        .with(Collectors.summingDouble(Double::doubleValue));
  }

  private Uni<Double> waiting(Map.Entry<String, Set<String>> rooms, Duration hold) {
    String eventId = rooms.getKey();
    return loader
        .whole(eventId, Uni.createFrom().deferred(() -> scripts.read(eventId)))
        .invoke(
            reading -> {
              if (reading.moved()) {
                drainer.wrote(EVENT.tag(eventId));
              }
            })
        .map(
            reading ->
                reading.queues().entrySet().stream()
                    .filter(queue -> rooms.getValue().contains(queue.getKey()))
                    .mapToDouble(
                        queue ->
                            Math.min(
                                queue.getValue().waiting(),
                                (double) queue.getValue().rate() * hold.toSeconds()))
                    .sum());
  }
}

package io.firstcome.work;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.smallrye.mutiny.Uni;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Supplier;

/**
 * Runs one call per key at a time: a caller who comes while it runs shares its result.
 *
 * <p>A call leaves the map before its result is delivered, so a caller who has seen a result and
 * calls again starts a new call. It starts at once and runs to its end, whether or not anybody
 * subscribes: one that waited for a subscriber who never came would block its key for good.
 */
public final class SingleFlight<K, V> {

  private final int maxFlights;
  private final ConcurrentMap<K, Uni<V>> flights = new ConcurrentHashMap<>();

  /**
   * @param maxFlights calls that run at once; one more fails with {@code overloaded}. Approximate:
   *     callers that arrive together may each pass the check
   */
  public SingleFlight(int maxFlights) {
    this.maxFlights = maxFlights;
  }

  /** Starts the call of this key, or joins the one that runs. */
  public Uni<V> run(K key, Supplier<Uni<V>> call) {
    Uni<V> running = flights.get(key);
    if (running != null) {
      return running;
    }
    if (flights.size() >= maxFlights) {
      return Uni.createFrom().failure(Problem.of(ProblemType.OVERLOADED).asException());
    }
    Uni<V> mine =
        Uni.createFrom()
            .deferred(() -> call.get())
            .onTermination()
            .invoke(() -> flights.remove(key))
            .memoize()
            .indefinitely();
    running = flights.putIfAbsent(key, mine);
    if (running != null) {
      return running;
    }
    // Not inside the map's own lock: a call may end, and leave the map, before subscribe returns.
    mine.subscribe().with(result -> {}, failure -> {});
    return mine;
  }

  /** Whether a call of this key runs. */
  public boolean isRunning(K key) {
    return flights.containsKey(key);
  }
}

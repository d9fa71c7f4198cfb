package io.firstcome.work;

import io.smallrye.mutiny.Uni;
import io.smallrye.mutiny.subscription.UniEmitter;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** Calls of one key never overlap, and none that has ended stays. */
class SingleFlightModelTest {

  @Test
  void callsOfOneKeyNeverOverlap() {
    ModelCheck.holdsInFewSteps(Callers.class);
  }

  @Test
  void aFlightThatIsPutWithoutLookingIsFound() {
    ModelCheck.failsInFewSteps(CallersOfABrokenOne.class);
  }

  public static class Callers {

    static {
      // Mutiny looks for its plug-ins at its first use, which is nothing to interleave.
      new SingleFlight<String, Integer>(1).run("key", () -> Uni.createFrom().item(1));
    }

    private final SingleFlight<String, Integer> flights = new SingleFlight<>(8);
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicReference<UniEmitter<? super Integer>> last = new AtomicReference<>();
    private volatile boolean overlapped;

    @Operation
    public void call() {
      run("key", () -> Uni.createFrom().<Integer>emitter(this::begin))
          .subscribe()
          .with(result -> {}, failure -> {});
    }

    private void begin(UniEmitter<? super Integer> call) {
      if (running.incrementAndGet() > 1) {
        overlapped = true;
      }
      last.set(call);
    }

    @Operation
    public void end() {
      UniEmitter<? super Integer> call = last.getAndSet(null);
      if (call != null) {
        running.decrementAndGet();
        call.complete(1);
      }
    }

    Uni<Integer> run(String key, Supplier<Uni<Integer>> call) {
      return flights.run(key, call);
    }

    boolean isRunning() {
      return flights.isRunning("key");
    }

    @Validate
    public void oneRunsOrNone() {
      if (overlapped || isRunning() != (running.get() == 1)) {
        throw new IllegalStateException("Running: " + running.get());
      }
    }
  }

  /** Two callers that come together each find none and start one. */
  public static class CallersOfABrokenOne extends Callers {

    private final ConcurrentMap<String, Uni<Integer>> flights = new ConcurrentHashMap<>();

    @Override
    Uni<Integer> run(String key, Supplier<Uni<Integer>> call) {
      Uni<Integer> running = flights.get(key);
      if (running != null) {
        return running;
      }
      Uni<Integer> mine =
          Uni.createFrom()
              .deferred(() -> call.get())
              .onTermination()
              .invoke(() -> flights.remove(key))
              .memoize()
              .indefinitely();
      flights.put(key, mine);
      return mine;
    }

    @Override
    boolean isRunning() {
      return flights.containsKey("key");
    }
  }
}

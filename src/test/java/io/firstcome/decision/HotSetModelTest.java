package io.firstcome.decision;

import io.firstcome.work.ModelCheck;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/**
 * The last place goes to one. That a place is free shows a moment after it was freed: an add in
 * that moment is refused, which costs a call to Redis, so results are not compared.
 */
class HotSetModelTest {

  @Test
  void theLastPlaceGoesToOne() {
    ModelCheck.holds(OfOnePlace.class);
  }

  @Test
  void aSetThatCountsWithoutALockIsFound() {
    ModelCheck.fails(Unlocked.class);
  }

  @Param(name = "id", gen = IntGen.class, conf = "1:3")
  public static class OfOnePlace {

    private final HotSet<Hot<Pending<?>>> set = new HotSet<>(1);
    private volatile boolean overfull;

    @Operation(params = "id")
    public void add(int id) {
      set.add(String.valueOf(id), Hot::new);
      if (set.all().size() > 1) {
        overfull = true;
      }
    }

    @Operation
    public void dropAll() {
      // Each, whatever the clock of the checker says.
      set.dropIdle(Duration.ofDays(-10_000));
    }

    @Validate
    public void neverHeldTwo() {
      if (overfull) {
        throw new IllegalStateException("Held two");
      }
    }
  }

  /** As {@link HotSet} is, without its lock. */
  @Param(name = "id", gen = IntGen.class, conf = "1:3")
  public static class Unlocked {

    private final ConcurrentMap<Integer, Integer> all = new ConcurrentHashMap<>();
    private volatile boolean overfull;

    @Operation(params = "id")
    public void add(int id) {
      if (all.size() < 1) {
        all.put(id, id);
      }
      if (all.size() > 1) {
        overfull = true;
      }
    }

    @Operation
    public void dropAll() {
      all.clear();
    }

    @Validate
    public void neverHeldTwo() {
      if (overfull) {
        throw new IllegalStateException("Held two");
      }
    }
  }
}

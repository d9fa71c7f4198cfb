package io.firstcome.durability;

import io.firstcome.work.ModelCheck;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** No number that was added at the same time as another is forgotten, or covered before it is. */
class WatermarkModelTest {

  @Test
  void isOneRangeWhoeverAddsToIt() {
    ModelCheck.holds(Shared.class);
  }

  @Test
  void aRangeThatIsReplacedWithoutALockIsFound() {
    ModelCheck.fails(Unlocked.class);
  }

  @Param(name = "number", gen = IntGen.class, conf = "1:4")
  @Param(name = "epoch", gen = IntGen.class, conf = "1:2")
  public static class Shared {

    private final Watermark watermark = new Watermark();

    @Operation(params = {"epoch", "number"})
    public void add(int epoch, int number) {
      watermark.add(Acknowledge.DATABASE, epoch, number, number);
    }

    @Operation(params = {"epoch", "number"})
    public boolean covers(int epoch, int number) {
      return watermark.covers(Acknowledge.DATABASE, epoch, number);
    }

    @Operation
    public void forget() {
      watermark.forget(Acknowledge.DATABASE);
    }
  }

  /** Of one epoch, as {@link Watermark} is, without its lock. */
  @Param(name = "number", gen = IntGen.class, conf = "1:4")
  public static class Unlocked {

    private record Range(long from, long to) {}

    private volatile Range range = new Range(1, 0);

    @Operation(params = "number")
    public void add(int number) {
      Range known = range;
      if (number <= known.to + 1 && known.from <= number + 1) {
        range = new Range(Math.min(number, known.from), Math.max(number, known.to));
      } else if (number > known.to) {
        range = new Range(number, number);
      }
    }

    @Operation(params = "number")
    public boolean covers(int number) {
      Range known = range;
      return known.from <= number && number <= known.to;
    }
  }
}

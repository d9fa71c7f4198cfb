package io.firstcome.ledger.drain;

import io.firstcome.ledger.Ledger;
import io.firstcome.work.ModelCheck;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** What was written before a wake-up is read, however the two meet. */
class DrainQueueModelTest {

  @Test
  void noWakeUpIsLost() {
    ModelCheck.holds(Drain.class);
  }

  @Test
  void aWakeUpThatIsClearedAfterTheReadingIsFound() {
    ModelCheck.fails(ClearedLate.class);
  }

  public static class Drain {

    private static final long AN_HOUR = TimeUnit.HOURS.toNanos(1);

    private final DrainQueue queue = new DrainQueue(1, Duration.ofSeconds(3));
    private volatile int written;
    private volatile int read;

    @Operation(nonParallelGroup = "writer")
    public void write() {
      written = written + 1;
      queue.wake("a");
    }

    @Operation(nonParallelGroup = "drainer")
    public void readAgainLater() throws InterruptedException {
      if (queue.isAnyDue()) {
        queue.again(read(), AN_HOUR);
      }
    }

    @Operation(nonParallelGroup = "drainer")
    public void readAndRetire() throws InterruptedException {
      if (queue.isAnyDue()) {
        queue.retire(read());
      }
    }

    private Ledger read() throws InterruptedException {
      Ledger ledger = queue.take();
      read = written;
      afterReading(ledger);
      return ledger;
    }

    void afterReading(Ledger ledger) {}

    @Validate
    public void allIsReadOrWillBe() {
      if (read != written && !queue.isAnyDue()) {
        throw new IllegalStateException("Read %d of %d".formatted(read, written));
      }
    }
  }

  public static class ClearedLate extends Drain {

    @Override
    void afterReading(Ledger ledger) {
      ledger.woken = false;
    }
  }
}

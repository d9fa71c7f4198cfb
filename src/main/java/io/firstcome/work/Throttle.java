package io.firstcome.work;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;

/**
 * How much of the stores an audit asks for at once, and how long it rests in between.
 *
 * @param chunk claims or reservations read by one command
 */
public record Throttle(int chunk, Duration pause) {

  /**
   * After every chunk.
   *
   * @throws CancellationException when the replica stops
   */
  public void rest() {
    if (!pause.isZero()) {
      LockSupport.parkNanos(pause.toNanos());
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new CancellationException("The replica stops");
    }
  }

  /** A list in parts of a chunk. */
  public <T> List<List<T>> parts(List<T> all) {
    return Chunks.of(all, chunk);
  }
}

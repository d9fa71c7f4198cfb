package io.firstcome.audit;

import java.time.Duration;
import java.util.ArrayList;
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
    List<List<T>> parts = new ArrayList<>();
    for (int from = 0; from < all.size(); from += chunk) {
      parts.add(all.subList(from, Math.min(from + chunk, all.size())));
    }
    return parts;
  }
}

package io.firstcome.lock;

/** A lock, for the work that it is held for; see {@link Locks#withLock}. */
public interface Held {

  /**
   * Whether it is still held, by the clock of this process: false at once for a process that slept
   * past the end of its lease. It may end before what is done next, which needs a check of its own.
   */
  boolean isHeld();
}

package io.firstcome.queue.model;

/** How users are let in. */
public enum QueueMode {
  /** They are called by staff, or by the queue itself where that has {@code autoCall}. */
  CALLED,
  /**
   * It lets users in by itself, so many a second and so many at once. Who joins before it opens
   * gets a place that is drawn at the opening.
   */
  ROOM
}

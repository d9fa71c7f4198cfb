package io.firstcome.queue.model;

/** How users are let in. */
public enum QueueMode {
  /** They are called by staff, or by the queue itself where that has {@code autoCall}. */
  CALLED
}

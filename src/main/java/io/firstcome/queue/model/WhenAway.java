package io.firstcome.queue.model;

/** What a queue does while Redis cannot be asked. */
public enum WhenAway {
  /** Nobody gets a pass. */
  CLOSED,
  /** Who asks gets a short pass, without an entry: the site is open to all for the moment. */
  OPEN
}

package io.firstcome.queue.model;

/** What a queue does. */
public enum QueueStatus {
  /** Users join and are called. */
  OPEN,
  /** Users join, and nobody is called until it is thawed; who was called before may enter. */
  FROZEN,
  /** Nobody joins and nobody is called; who was called before may enter. */
  PAUSED,
  /** Nobody joins; those who wait are called. */
  DRAINING,
  /** Nobody joins, is called or enters, and it stays so; who is inside may complete. */
  CLOSED
}

package io.firstcome.mysql;

/** Why MySQL refuses a row for good: the same row is refused each time. */
public enum Refusal {
  /** Something else is written where this would have to be. */
  CONFLICT,
  DATA_TOO_LONG,
  OUT_OF_RANGE,
  /** A value of the wrong kind, or none where there must be one. */
  WRONG_VALUE,
  /** It belongs to something that is not there. */
  FOREIGN_KEY
}

package io.firstcome.stock;

import io.firstcome.durability.Acknowledge;

/**
 * When an answer of a sale may be told.
 *
 * @param server the identity of the Redis that gave it; where replicas must have it
 */
record Secured(Acknowledge level, String server) {

  private static final Secured BY_REDIS = new Secured(Acknowledge.REDIS, "");

  /** Reads {@code level} or {@code level:server}, as the scripts answer it. */
  static Secured of(String text) {
    int colon = text.indexOf(':');
    Acknowledge level = Acknowledge.ofStored(colon < 0 ? text : text.substring(0, colon));
    return level == Acknowledge.REDIS ? BY_REDIS : new Secured(level, text.substring(colon + 1));
  }
}

package io.firstcome.durability;

/**
 * When an answer may be told, as a script says.
 *
 * @param server the identity of the Redis that gave it; where replicas must have it
 */
public record AckTarget(Acknowledge level, String server) {

  private static final AckTarget BY_REDIS = new AckTarget(Acknowledge.REDIS, "");

  /** Reads {@code level} or {@code level:server}, as the scripts answer it. */
  public static AckTarget of(String text) {
    int colon = text.indexOf(':');
    Acknowledge level = Acknowledge.ofStored(colon < 0 ? text : text.substring(0, colon));
    return level == Acknowledge.REDIS ? BY_REDIS : new AckTarget(level, text.substring(colon + 1));
  }
}

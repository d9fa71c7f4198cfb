package io.firstcome.coupon;

/** A shard follows a later version of its campaign than it was told. Carries no stack trace. */
final class AheadException extends RuntimeException {

  private final long followed;
  private final long granted;

  /**
   * @param words {@code followed granted}
   */
  AheadException(String words) {
    super("The shard has " + words, null, false, false);
    int blank = words.indexOf(' ');
    this.followed = Long.parseLong(words, 0, blank, 10);
    this.granted = Long.parseLong(words, blank + 1, words.length(), 10);
  }

  long followed() {
    return followed;
  }

  long granted() {
    return granted;
  }
}

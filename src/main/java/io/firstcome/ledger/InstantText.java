package io.firstcome.ledger;

import java.time.Instant;

/**
 * Writes instants as JSON has them, the last one once: all answers to one batch have the same. For
 * any thread; a race costs a formatting.
 */
public final class InstantText {

  private record Written(Instant instant, String text) {}

  private Written last = new Written(Instant.EPOCH, Instant.EPOCH.toString());

  public String of(Instant instant) {
    Written written = last;
    if (!written.instant().equals(instant)) {
      written = new Written(instant, instant.toString());
      last = written;
    }
    return written.text();
  }
}

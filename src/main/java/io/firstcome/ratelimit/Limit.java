package io.firstcome.ratelimit;

import io.firstcome.redis.Keys;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;

/** How much one of a kind, a user or an address, may ask for: the size of its bucket of tokens. */
final class Limit {

  static final long MAX_RATE = 1_000_000;
  static final long MAX_BURST = 100_000;

  /** One a day or so; and with the largest burst still a number that Lua has exactly. */
  private static final double MIN_RATE = 0.000_01;

  private static final double MICROS = 1_000_000;

  private final String kind;
  private final byte[] intervalMicros;
  private final byte[] burst;

  private Limit(String kind, double rate, int burst) {
    this.kind = kind;
    this.intervalMicros = bytes(String.valueOf(Math.round(MICROS / rate)));
    this.burst = bytes(String.valueOf(burst));
  }

  /**
   * The limit of a kind; null where there is none.
   *
   * @param rate tokens that come in a second
   * @param burst tokens of a full bucket
   */
  static Limit of(String kind, double rate, int burst) {
    if (rate == 0) {
      return null;
    }
    if (!(rate >= MIN_RATE)) {
      String setting = "firstcome.limit." + kind + ".rate";
      throw new ConfigurationException(
          setting + " must be 0 (no limit) or at least 0.00001 per second", Set.of(setting));
    }
    return new Limit(kind, rate, burst);
  }

  String kind() {
    return kind;
  }

  /** What the script takes: the key of one bucket, then the arguments. */
  byte[][] call(String whose) {
    return new byte[][] {bytes(Keys.bucket(kind, whose)), intervalMicros, burst};
  }

  /** What the script takes behind the key. */
  List<String> arguments() {
    return List.of(text(intervalMicros), text(burst));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}

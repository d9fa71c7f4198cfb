package io.firstcome.mysql;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;

/**
 * Instants as the stores keep them: microseconds since 1970 in Redis (0 where there is none),
 * DATETIME(6) in UTC in MySQL (NULL where there is none).
 */
public final class Micros {

  /** Instants before this one are understood; far from where Lua's numbers lose microseconds. */
  public static final Instant LIMIT = Instant.parse("2200-01-01T00:00:00Z");

  private static final long PER_SECOND = 1_000_000;

  private Micros() {}

  public static long of(Instant instant) {
    return instant == null ? 0 : instant.getEpochSecond() * PER_SECOND + instant.getNano() / 1_000;
  }

  public static Instant toInstant(long micros) {
    return micros == 0
        ? null
        : Instant.ofEpochSecond(
            Math.floorDiv(micros, PER_SECOND), Math.floorMod(micros, PER_SECOND) * 1_000);
  }

  public static LocalDateTime toDateTime(long micros) {
    return micros == 0 ? null : LocalDateTime.ofInstant(toInstant(micros), ZoneOffset.UTC);
  }

  public static LocalDateTime toDateTime(Instant instant) {
    return toDateTime(of(instant));
  }

  public static Instant toInstant(LocalDateTime dateTime) {
    return dateTime == null ? null : dateTime.toInstant(ZoneOffset.UTC);
  }

  public static long of(LocalDateTime dateTime) {
    return of(toInstant(dateTime));
  }

  /** The instant as precisely as the stores keep it. */
  public static Instant truncate(Instant instant) {
    return instant == null ? null : instant.truncatedTo(ChronoUnit.MICROS);
  }
}

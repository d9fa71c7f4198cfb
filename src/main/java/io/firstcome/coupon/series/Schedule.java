package io.firstcome.coupon.series;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.http.problem.Problem;
import io.firstcome.mysql.Micros;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * When the drops of a series open: at a time of day of a zone, on some days, between two dates; or
 * at a list of instants.
 *
 * <p>A time of day that a change of the clock leaves out is later by as much as the clock is set
 * forward; one that is there twice is its first. So there is exactly one drop on each of the days.
 */
@Schema(name = "Schedule", description = "When the drops of a series open")
@JsonInclude(JsonInclude.Include.NON_NULL)
record Schedule(
    @NotNull
        @Size(max = 64)
        @Pattern(regexp = "[A-Za-z0-9_+/-]+", message = "must be the name of a time zone")
        @Schema(description = "A time zone of the IANA database", examples = "Europe/Berlin")
        String zone,
    @Schema(description = "Time of day of each drop; with 'from'", examples = "10:00")
        @Pattern(regexp = "([01][0-9]|2[0-3]):[0-5][0-9]", message = "must be as 10:00")
        String time,
    @Schema(description = "The first day of drops", examples = "2026-07-01") LocalDate from,
    @Schema(description = "The last day of drops; no end if omitted", examples = "2026-07-31")
        LocalDate until,
    @Size(min = 1, max = 7)
        @Schema(description = "Days with a drop; every day if omitted", examples = "[\"MONDAY\"]")
        Set<@NotNull DayOfWeek> days,
    @Size(min = 1, max = MAX_INSTANTS)
        @Schema(
            description = "The openings, instead of 'time' and 'from'",
            examples = "[\"2026-07-01T08:00:00Z\"]")
        List<@NotNull Instant> instants,
    @Min(1)
        @Max(31_536_000)
        @Schema(
            description =
                "How long a drop is open, in seconds; until the next one opens if omitted",
            examples = "3600")
        Long openSeconds) {

  static final int MAX_INSTANTS = 1_000;

  public Schedule {
    // In order, as the same request is to be known again.
    days = days == null || days.stream().anyMatch(Objects::isNull) ? days : new TreeSet<>(days);
    instants =
        instants == null || instants.stream().anyMatch(Objects::isNull)
            ? instants
            : instants.stream().map(Micros::truncate).toList();
  }

  /** The last day that is computed. */
  private static final LocalDate LAST_DAY = LocalDate.of(2199, 12, 30);

  private static final DateTimeFormatter DAY = DateTimeFormatter.ISO_LOCAL_DATE;
  private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern("yyyy-MM-dd-HHmm");

  /**
   * A drop.
   *
   * @param suffix of its id
   * @param closesAt null: no end
   */
  record Drop(String suffix, Instant opensAt, Instant closesAt) {}

  /** Refuses what has no drops, or cannot be computed. */
  void check() {
    zoneId();
    if ((instants == null) == (time == null)) {
      throw refused("time", "is required, or 'instants', and not both");
    }
    if (instants != null) {
      if (from != null || until != null || days != null) {
        throw refused("instants", "cannot be combined with 'from', 'until' and 'days'");
      }
      Set<String> suffixes = new HashSet<>();
      for (Instant instant : instants) {
        if (!instant.isAfter(Instant.EPOCH) || instant.isAfter(end())) {
          throw refused("instants", "must lie between 1970 and 2200");
        }
        if (!suffixes.add(suffix(instant))) {
          throw refused("instants", "must be of different minutes");
        }
      }
      return;
    }
    if (from == null) {
      throw refused("from", "is required with 'time'");
    }
    if (from.getYear() < 1971 || from.isAfter(LAST_DAY)) {
      throw refused("from", "must lie between 1971 and 2199");
    }
    if (until != null && (until.isBefore(from) || until.isAfter(LAST_DAY))) {
      throw refused("until", "must not be before 'from', nor after " + LAST_DAY);
    }
    if (after(Instant.EPOCH, 1).isEmpty()) {
      throw refused("days", "none of them is between 'from' and 'until'");
    }
  }

  private static RuntimeException refused(String field, String why) {
    return Problem.malformed("schedule." + field, why).asException();
  }

  private ZoneId zoneId() {
    try {
      return ZoneId.of(zone);
    } catch (DateTimeException e) {
      throw refused("zone", "is not a time zone that is known here");
    }
  }

  private static Instant end() {
    return LAST_DAY.atStartOfDay(ZoneId.of("UTC")).toInstant();
  }

  /** The drops that open after this instant, in order, so many at the most. */
  List<Drop> after(Instant instant, int limit) {
    List<Instant> openings = openings(instant, limit + 1);
    List<Drop> drops = new ArrayList<>();
    for (int i = 0; i < Math.min(limit, openings.size()); i++) {
      Instant opensAt = openings.get(i);
      Instant next = i + 1 < openings.size() ? openings.get(i + 1) : null;
      drops.add(
          new Drop(
              suffix(opensAt),
              opensAt,
              openSeconds == null ? next : opensAt.plusSeconds(openSeconds)));
    }
    return drops;
  }

  private List<Instant> openings(Instant after, int limit) {
    if (instants != null) {
      return instants.stream().filter(one -> one.isAfter(after)).sorted().limit(limit).toList();
    }
    ZoneId there = zoneId();
    LocalTime at = LocalTime.parse(time);
    LocalDate last = until == null ? LAST_DAY : until;
    // The day before: where the clock is set forward over midnight, its drop may be on the next.
    LocalDate first = after.atZone(there).toLocalDate().minusDays(1);
    LocalDate day = first.isBefore(from) ? from : first;
    List<Instant> openings = new ArrayList<>();
    while (openings.size() < limit && !day.isAfter(last)) {
      if (days == null || days.contains(day.getDayOfWeek())) {
        Instant opensAt = day.atTime(at).atZone(there).toInstant();
        // A zone that leaves out a day, as one that crosses the date line, has its drop with the
        // next.
        boolean isNew = openings.isEmpty() || opensAt.isAfter(openings.get(openings.size() - 1));
        if (opensAt.isAfter(after) && isNew) {
          openings.add(opensAt);
        }
      }
      day = day.plusDays(1);
    }
    return openings;
  }

  /**
   * The day, by the clock of the zone; of instants, whose days may have several, the minute too.
   */
  private String suffix(Instant opensAt) {
    return opensAt.atZone(zoneId()).format(instants == null ? DAY : MINUTE);
  }
}

package io.firstcome.coupon.series;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.firstcome.coupon.series.Schedule.Drop;
import io.firstcome.http.problem.ProblemException;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleTest {

  private static final Instant NEW_YEAR = Instant.parse("2026-01-01T00:00:00Z");

  private static Schedule daily(String zone, String time, String from, String until) {
    return new Schedule(
        zone,
        time,
        LocalDate.parse(from),
        until == null ? null : LocalDate.parse(until),
        null,
        null,
        null);
  }

  /** Berlin's clock is set forward on 29 March 2026 at 02:00, and back on 25 October at 03:00. */
  @ParameterizedTest
  @CsvSource({
    "10:00, 2026-03-28, 2026-03-28T09:00:00Z, 2026-03-29T08:00:00Z, 2026-03-30T08:00:00Z",
    "02:30, 2026-03-28, 2026-03-28T01:30:00Z, 2026-03-29T01:30:00Z, 2026-03-30T00:30:00Z",
    "10:00, 2026-10-24, 2026-10-24T08:00:00Z, 2026-10-25T09:00:00Z, 2026-10-26T09:00:00Z",
    "02:30, 2026-10-24, 2026-10-24T00:30:00Z, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z"
  })
  void everyDayHasOneDropWhereTheClockIsSet(
      String time, String from, Instant first, Instant second, Instant third) {
    List<Drop> drops = daily("Europe/Berlin", time, from, null).after(NEW_YEAR, 3);

    assertThat(drops).extracting(Drop::opensAt).containsExactly(first, second, third);
    assertThat(drops)
        .extracting(Drop::suffix)
        .containsExactly(
            from,
            LocalDate.parse(from).plusDays(1).toString(),
            LocalDate.parse(from).plusDays(2).toString());
  }

  /** Samoa left out 30 December 2011. */
  @Test
  void aDayThatAZoneLeavesOutHasNoDropOfItsOwn() {
    List<Drop> drops =
        daily("Pacific/Apia", "10:00", "2011-12-29", "2012-01-01").after(Instant.EPOCH, 9);

    assertThat(drops)
        .extracting(Drop::suffix)
        .containsExactly("2011-12-29", "2011-12-31", "2012-01-01");
  }

  @Test
  void onlyTheDaysThatAreNamedBetweenTheDatesHaveDrops() {
    Schedule schedule =
        new Schedule(
            "UTC",
            "10:00",
            LocalDate.parse("2026-07-01"),
            LocalDate.parse("2026-07-14"),
            Set.of(DayOfWeek.MONDAY, DayOfWeek.FRIDAY),
            null,
            3_600L);
    schedule.check();

    List<Drop> drops = schedule.after(NEW_YEAR, 9);

    assertThat(drops)
        .extracting(Drop::suffix)
        .containsExactly("2026-07-03", "2026-07-06", "2026-07-10", "2026-07-13");
    assertThat(drops)
        .allSatisfy(
            drop -> assertThat(drop.closesAt()).isEqualTo(drop.opensAt().plusSeconds(3_600)));
  }

  @Test
  void aDropIsOpenUntilTheNextOne() {
    List<Drop> drops = daily("UTC", "10:00", "2026-07-01", "2026-07-02").after(NEW_YEAR, 9);

    assertThat(drops.get(0).closesAt()).isEqualTo(drops.get(1).opensAt());
    assertThat(drops.get(1).closesAt()).isNull();
    assertThat(daily("UTC", "10:00", "2026-07-01", null).after(NEW_YEAR, 1).get(0).closesAt())
        .isEqualTo("2026-07-02T10:00:00Z");
  }

  @Test
  void instantsAreInOrderAndNamedByTheClockOfTheZone() {
    Schedule schedule =
        new Schedule(
            "Asia/Tokyo",
            null,
            null,
            null,
            null,
            List.of(Instant.parse("2026-07-02T01:00:00Z"), Instant.parse("2026-07-01T20:30:00Z")),
            null);
    schedule.check();

    assertThat(schedule.after(NEW_YEAR, 9))
        .extracting(Drop::suffix)
        .containsExactly("2026-07-02-0530", "2026-07-02-1000");
  }

  /** Against each day of each zone, computed by itself. */
  @Test
  void inEveryZoneEveryDayHasOneDropAtItsTime() {
    Random random = new Random(7);
    List<String> zones = new ArrayList<>(ZoneId.getAvailableZoneIds());
    zones.sort(null);
    for (int round = 0; round < 300; round++) {
      ZoneId zone = ZoneId.of(zones.get(random.nextInt(zones.size())));
      LocalTime time = LocalTime.of(random.nextInt(24), random.nextInt(60));
      LocalDate from = LocalDate.of(1990 + random.nextInt(60), 1, 1);
      List<Drop> drops =
          daily(zone.getId(), time.toString(), from.toString(), from.plusDays(364).toString())
              .after(Instant.EPOCH, 400);
      Set<String> suffixes = new HashSet<>();
      Instant before = Instant.EPOCH;
      for (Drop drop : drops) {
        assertThat(drop.opensAt()).isAfter(before);
        before = drop.opensAt();
        assertThat(suffixes.add(drop.suffix())).as("%s %s", zone, drop).isTrue();
        ZonedDateTime there = drop.opensAt().atZone(zone);
        boolean isShifted =
            !zone.getRules().getTransitions().isEmpty()
                && Duration.between(there.toLocalDate().atTime(time), there.toLocalDateTime())
                        .abs()
                        .compareTo(Duration.ofHours(24))
                    <= 0;
        assertThat(there.toLocalTime().equals(time) || isShifted).as("%s %s", zone, drop).isTrue();
      }
      // A zone may leave out a day, and no more than one in a year.
      assertThat(drops.size()).as("%s %s", zone, from).isBetween(364, 365);
    }
  }

  @Test
  void pagesAreTheSameAsAll() {
    Schedule schedule = daily("America/New_York", "02:15", "2026-03-01", "2026-11-30");
    List<Drop> all = schedule.after(Instant.EPOCH, 1_000);
    List<Instant> paged = new ArrayList<>();
    Instant after = Instant.EPOCH;
    while (true) {
      List<Drop> page = schedule.after(after, 7);
      if (page.isEmpty()) {
        break;
      }
      page.forEach(drop -> paged.add(drop.opensAt()));
      after = page.get(page.size() - 1).opensAt();
    }
    assertThat(paged).isEqualTo(all.stream().map(Drop::opensAt).toList());
  }

  @Test
  void whatHasNoDropsIsRefused() {
    refused(daily("Middle/Earth", "10:00", "2026-07-01", null), "zone");
    refused(daily("UTC", "10:00", "2026-07-02", "2026-07-01"), "until");
    refused(new Schedule("UTC", "10:00", null, null, null, null, null), "from");
    refused(new Schedule("UTC", null, null, null, null, null, null), "time");
    refused(new Schedule("UTC", "10:00", null, null, null, List.of(NEW_YEAR), null), "time");
    refused(
        new Schedule("UTC", null, LocalDate.MAX, null, null, List.of(NEW_YEAR), null), "instants");
    refused(
        new Schedule(
            "UTC", null, null, null, null, List.of(NEW_YEAR, NEW_YEAR.plusSeconds(9)), null),
        "instants");
    refused(
        new Schedule(
            "UTC",
            "10:00",
            LocalDate.parse("2026-07-01"),
            LocalDate.parse("2026-07-01"),
            Set.of(DayOfWeek.MONDAY),
            null,
            null),
        "days");
    refused(daily("UTC", "10:00", "+999999999-12-31", null), "from");
  }

  private static void refused(Schedule schedule, String field) {
    assertThatThrownBy(schedule::check)
        .isInstanceOfSatisfying(
            ProblemException.class,
            e ->
                assertThat(e.problem().extensions().get("errors").toString())
                    .contains("schedule." + field));
  }
}

package io.firstcome.coupon.lottery;

import static org.assertj.core.api.Assertions.assertThat;

import io.firstcome.http.input.Digests;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DrawRulesTest {

  private static final String KEY = "0".repeat(64);

  /** Computed by {@code openssl dgst}, so that nobody changes them by accident. */
  @Test
  void areThoseThatAreDocumented() {
    String salt = DrawRules.salt(KEY, "alice");
    String entry = DrawRules.entry("summer", "alice", salt);

    assertThat(salt).isEqualTo("ce3837f76a54a635191b1704ac767226");
    assertThat(entry).isEqualTo("889bebc3eafc4a21bbe3084ab0e340a2eb329678aaf6d836fe312afdeb09f3e7");
    assertThat(DrawRules.seed(KEY, null))
        .isEqualTo("60e05bd1b195af2f94112fa7197a5c88289058840ce7c6df9693756bc6250f55");
    assertThat(DrawRules.seed(KEY, "value"))
        .isEqualTo("5df4e1989fa4b8ed41c02e84555cfa1e528fc55650a72fb72c0217e3251224d6");
    assertThat(HexFormat.of().formatHex(new DrawRules.Ranks(KEY, "summer").of(entry, 1)))
        .isEqualTo("0c1385c524ae1555bb6bd464eb780b1c78d51d859ba90d65e7eed84b57664aeb");
  }

  @Test
  void theBestOfSeveralTicketsCounts() {
    String entry = DrawRules.entry("summer", "alice", DrawRules.salt(KEY, "alice"));
    DrawRules.Ranks ranks = new DrawRules.Ranks(KEY, "summer");
    for (int tickets = 2; tickets <= 100; tickets++) {
      byte[] best = ranks.of(entry, tickets);
      assertThat(Arrays.compareUnsigned(best, ranks.of(entry, tickets - 1))).isNotPositive();
    }
  }

  /** 99.9 % of fair draws are below; the seeds are fixed, so this passes or fails for good. */
  @Test
  void everyEntryWinsAsOftenAsAnyOther() {
    int draws = 20_000;
    int entries = 40;
    int winners = 7;
    int[] won = new int[entries];
    for (int draw = 0; draw < draws; draw++) {
      order(draw, IntStream.generate(() -> 1).limit(entries).toArray()).stream()
          .limit(winners)
          .forEach(entry -> won[entry]++);
    }
    double expected = (double) draws * winners / entries;
    // Winners of one draw are drawn without putting them back: their counts vary less.
    double variance = expected * (1 - (double) winners / entries) * entries / (entries - 1);
    double chiSquare =
        Arrays.stream(won).mapToDouble(w -> Math.pow(w - expected, 2) / variance).sum();
    assertThat(chiSquare).isLessThan(72.1);
  }

  @Test
  void everyPlaceGoesToEveryEntryAsOften() {
    int draws = 20_000;
    int entries = 10;
    int[][] places = new int[entries][entries];
    for (int draw = 0; draw < draws; draw++) {
      List<Integer> order = order(1_000_000 + draw, new int[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
      for (int place = 0; place < entries; place++) {
        places[place][order.get(place)]++;
      }
    }
    double expected = (double) draws / entries;
    double chiSquare =
        Arrays.stream(places)
            .flatMapToInt(Arrays::stream)
            .mapToDouble(count -> Math.pow(count - expected, 2) / expected)
            // Every draw fills every row and every column once.
            .map(part -> part * (entries - 1) / entries)
            .sum();
    // 81 degrees of freedom.
    assertThat(chiSquare).isLessThan(126.1);
  }

  @Test
  void theFirstPlaceGoesToEntriesInProportionToTheirTickets() {
    int draws = 20_000;
    int[] tickets = {1, 2, 3, 4, 10};
    int[] won = new int[tickets.length];
    for (int draw = 0; draw < draws; draw++) {
      won[order(2_000_000 + draw, tickets).get(0)]++;
    }
    double chiSquare = 0;
    for (int i = 0; i < tickets.length; i++) {
      double expected = draws * tickets[i] / 20.0;
      chiSquare += Math.pow(won[i] - expected, 2) / expected;
    }
    // 4 degrees of freedom.
    assertThat(chiSquare).isLessThan(18.5);
  }

  /** The entries of a draw in the order of their ranks. */
  private static List<Integer> order(int draw, int[] tickets) {
    DrawRules.Ranks ranks = new DrawRules.Ranks(Digests.of("draw " + draw), "summer");
    byte[][] rank = new byte[tickets.length][];
    for (int i = 0; i < tickets.length; i++) {
      rank[i] = ranks.of(Digests.of("entry " + i), tickets[i]);
    }
    return IntStream.range(0, tickets.length)
        .boxed()
        .sorted(Comparator.comparing(i -> rank[i], Arrays::compareUnsigned))
        .toList();
  }
}

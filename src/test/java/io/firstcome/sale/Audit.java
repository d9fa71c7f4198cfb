package io.firstcome.sale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The accounts after a sale: what was answered, what Redis holds and what MySQL holds are one. */
public final class Audit {
  private static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);

  private Audit() {}

  /** Waits until MySQL has all that was decided. */
  static void awaitDrained(Servers servers, String couponId) {
    await("drain of " + couponId)
        .atMost(DRAIN_TIMEOUT)
        .pollInterval(Duration.ofMillis(20))
        .untilAsserted(() -> assertThat(servers.ledgerEntries(couponId)).isZero());
  }

  /**
   * Everybody was answered, exactly so many users hold a unit, and all agree on who and which.
   *
   * @param quantity of the coupon; there were at least as many users
   */
  static void soldOut(Servers servers, Sale sale, int quantity) {
    stores(servers, sale.couponId(), quantity);
    Map<String, Holding> held = sale.held();
    assertThat(sale.surprises()).as(sale::toString).isEmpty();
    same("answered", held, "stored", servers.claimants(sale.couponId()));
    assertThat(servers.deadLetters(sale.couponId())).as("dead letters").isZero();
    Set<String> both = new HashSet<>(sale.refused().keySet());
    both.retainAll(held.keySet());
    assertThat(both).as("holders who were told that they get nothing").isEmpty();
    // All units are given out and none was ever taken back, so who came late came too late.
    assertThat(Set.copyOf(sale.refused().values())).as("refusals").isSubsetOf("sold-out");
    assertThat(held.size() + sale.refused().size()).as(sale::toString).isEqualTo(sale.answered());
  }

  /**
   * Redis and MySQL hold exactly what users were told that they hold.
   *
   * @param held every user who was told so, and of which unit
   */
  public static void acknowledged(Servers servers, String couponId, Map<String, Holding> held) {
    stores(servers, couponId, held.size());
    same("answered", held, "stored", servers.claimants(couponId));
    assertThat(servers.deadLetters(couponId)).as("dead letters").isZero();
  }

  /**
   * Redis and MySQL hold exactly so many claims, the same ones, numbered from 1 without a gap but
   * for those that are on record.
   */
  static void stores(Servers servers, String couponId, int quantity) {
    awaitDrained(servers, couponId);
    Map<String, Holding> redis = servers.claimants(couponId);
    Map<String, Holding> mysql = servers.claims(couponId);
    same("in Redis", redis, "in MySQL", mysql);
    // None twice, as Servers.claims has seen.
    assertThat(mysql).as("claims").hasSize(quantity);
    Set<Long> given = new HashSet<>();
    mysql.values().forEach(holding -> given.add(holding.sequence()));
    Set<Long> gaps = servers.gaps(couponId);
    for (long number = 1, seen = 0; seen < quantity; number++) {
      if (given.contains(number)) {
        seen++;
      } else {
        assertThat(gaps).as("numbers that nobody has").contains(number);
      }
    }
    assertThat(servers.issued(couponId)).as("issued").isEqualTo(quantity);
  }

  /** Tells the differences alone: the whole would be thousands of lines. */
  private static void same(
      String one, Map<String, Holding> ones, String other, Map<String, Holding> others) {
    assertThat(without(ones, others)).as("%s, but not %s", one, other).isEmpty();
    assertThat(without(others, ones)).as("%s, but not %s", other, one).isEmpty();
  }

  private static Set<Map.Entry<String, Holding>> without(
      Map<String, Holding> some, Map<String, Holding> others) {
    Set<Map.Entry<String, Holding>> rest = new HashSet<>(some.entrySet());
    rest.removeAll(others.entrySet());
    return rest;
  }
}

package io.firstcome.chaos;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What the stores hold when all is over and nothing moves. */
record Remains(
    Map<String, CouponRemains> coupons,
    Map<String, CampaignRemains> campaigns,
    Map<String, SaleRemains> sales) {

  /**
   * A campaign.
   *
   * @param units what its shards have, or are granted
   */
  record CampaignRemains(long quantity, long units) {}

  /**
   * A coupon.
   *
   * @param rows claims in MySQL: {@code sequence@issuedAt} by user, or by unit where a user has
   *     several
   * @param redis the same in Redis
   * @param redeemed redemptions in MySQL: {@code order@sequence} by user
   * @param redeemedInRedis the same in Redis
   * @param revoked users whose units were revoked, in MySQL
   * @param revokedInRedis the same in Redis
   * @param returned how many of these went back, to be issued again
   * @param gaps numbers that MySQL says will never be seen: last by first
   * @param onLoss as the service names it
   * @param deadLetters how many of each reason
   * @param undrained entries that still wait, though they had all the time
   */
  record CouponRemains(
      long quantity,
      String onLoss,
      Map<String, String> rows,
      Map<String, String> redis,
      Map<String, String> redeemed,
      Map<String, String> redeemedInRedis,
      Set<String> revoked,
      Set<String> revokedInRedis,
      long returned,
      TreeMap<Long, Long> gaps,
      Map<String, Integer> deadLetters,
      long undrained) {

    /** Units that stand for numbers which were lent and lost. */
    long withheld() {
      if (!onLoss.equals("WITHHOLD")) {
        return 0;
      }
      long numbers = gaps.entrySet().stream().mapToLong(g -> g.getValue() - g.getKey() + 1).sum();
      return numbers - rows.values().stream().map(Judge::sequence).filter(this::isInGap).count();
    }

    boolean isInGap(long sequence) {
      Map.Entry<Long, Long> gap = gaps.floorEntry(sequence);
      return gap != null && sequence <= gap.getValue();
    }
  }

  /**
   * A sale.
   *
   * @param reservations by id
   * @param findings of the service's own audit
   */
  record SaleRemains(
      Map<String, Item> items,
      Map<String, Reserved> reservations,
      List<String> findings,
      Map<String, Integer> deadLetters,
      long undrained) {

    /** Units of the reservations of this status, by item. */
    Map<String, Long> units(String status) {
      Map<String, Long> units = new HashMap<>();
      for (Reserved reserved : reservations.values()) {
        if (reserved.status().equals(status)) {
          reserved.units().forEach((item, granted) -> units.merge(item, granted, Long::sum));
        }
      }
      return units;
    }
  }

  /** The numbers of an item in MySQL. */
  record Item(long total, long available, long held, long sold) {}

  /**
   * A reservation in MySQL.
   *
   * @param expires when it was to end
   * @param units granted by item
   */
  record Reserved(
      String user, String key, String status, String expires, Map<String, Long> units) {}
}

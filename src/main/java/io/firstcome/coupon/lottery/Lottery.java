package io.firstcome.coupon.lottery;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.model.LotteryEntry;
import io.firstcome.coupon.model.NewLottery;
import io.firstcome.coupon.model.Shard;
import io.firstcome.eligibility.Rule;
import java.time.Instant;
import java.util.Map;

/**
 * What a replica needs to know of a lottery to accept entries. It never changes.
 *
 * @param saltKey 64 hexadecimal digits
 * @param tickets says how many an entry has
 */
public record Lottery(String couponId, int draw, String saltKey, Rule tickets) {

  /** The coupon whose claims are the entries. */
  public String entriesId() {
    return Shard.ofEntries(couponId).id();
  }

  /** How many tickets a user has, 0: none, and may not enter. */
  public int ticketsOf(Map<String, Object> attributes) {
    long number = tickets.number(attributes, Map.of("id", couponId), Instant.now());
    return (int) Math.max(0, Math.min(number, NewLottery.MAX_TICKETS));
  }

  /** The receipt of an entry. */
  public LotteryEntry entry(Claim claim) {
    String salt = DrawRules.salt(saltKey, claim.userId());
    int tickets = tickets(claim);
    return new LotteryEntry(
        couponId,
        claim.userId(),
        claim.sequence(),
        tickets,
        claim.issuedAt(),
        salt,
        DrawRules.entry(couponId, claim.userId(), salt),
        tickets == 0 ? LotteryEntry.State.WITHDRAWN : LotteryEntry.State.ENTERED,
        null);
  }

  /** How many tickets an entry has; 0: it was withdrawn. */
  public static int tickets(Claim claim) {
    return claim.units() == null
        ? claim.state() == null ? 1 : 0
        : (int) claim.units().stream().filter(unit -> unit.state() == null).count();
  }
}

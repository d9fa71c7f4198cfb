package io.firstcome.audit;

import java.util.Locale;

/** What an audit can find, and what is done about it. */
public enum Kind {
  /** The state in Redis is there in part: keys were deleted or evicted. */
  STATE_NOT_WHOLE(true, "Repair loads it anew from MySQL"),
  /** The state in Redis is of an epoch that MySQL has left: an old copy of it came back. */
  STATE_REPLACED(true, "Repair takes it away and loads it anew from MySQL"),
  /** MySQL is in an older epoch than Redis: it came back from a backup, and its drain waits. */
  EPOCH_BEHIND(
      true, "Repair raises the epoch in MySQL to that of Redis, so that the drain goes on"),
  /** MySQL has another definition than Redis, which decides. */
  DEFINITION_DIFFERS(true, "Repair writes the definition of Redis to MySQL"),
  ISSUED_ABOVE_QUANTITY(false, "Pause the coupon; raise its quantity, or settle it with the users"),
  CLAIMS_ABOVE_QUANTITY(
      false, "Pause the coupon; raise its quantity, or remove from MySQL what nobody was told"),
  /** The shards of a campaign have more units between them than it has. */
  SHARDS_ABOVE_QUANTITY(true, "Repair takes back what they have not issued"),
  SEQUENCE_BELOW_ISSUED(
      false, "Pause the coupon, let its ledger drain, delete its state in Redis, and read it"),
  /** Redis counts more or fewer claims than it holds. */
  ISSUED_DIFFERS(true, "Repair counts anew"),
  /** Numbers that were given and that nobody has. */
  GAP(
      false,
      "Where missing-in-mysql or dead-letters are found too, repair these; the rest is lost, and its"
          + " numbers are not given again"),
  /** Redis has it, and it is neither in MySQL nor on the way there. */
  MISSING_IN_MYSQL(true, "Repair appends it to the ledger again"),
  /** MySQL has it, and Redis does not. */
  MISSING_IN_REDIS(true, "Repair gives it back to Redis, or loads anew what cannot be given back"),
  /** Redis tells a user a number that is somebody else's in MySQL. */
  NUMBER_TAKEN(false, "MySQL counts. Settle it with the user of Redis by hand"),
  /** Both have it, and not as the same. */
  RECORD_DIFFERS(true, "MySQL counts: repair brings what it has to Redis"),
  /** MySQL refused decisions for good. */
  DEAD_LETTERS(true, "Repair replays them once; what comes back needs an operator"),
  /** available + held + sold is not the total, or one of them is negative. */
  DOES_NOT_ADD_UP(true, "Repair loads it anew where only Redis is wrong, and counts MySQL anew"),
  /** The units held and sold of an item are not those of its reservations. */
  RESERVATIONS_DIFFER(true, "Repair replays dead letters, then counts the reservations anew"),
  /** The total of an item is not what it was created with and its restocks. */
  TOTAL_UNEXPLAINED(true, "Repair replays dead letters, then counts the restocks anew"),
  /** Redis has other numbers than MySQL, though nothing is on the way. */
  REDIS_DIFFERS(
      true,
      "Repair loads the sale anew where that makes no more units available than Redis has; else"
          + " compare with what was sold, by hand"),
  /** A user holds and has bought more of an item than its limit. */
  USER_ABOVE_LIMIT(false, "Cancel what is above it, or settle it with the user");

  private final String slug = name().toLowerCase(Locale.ROOT).replace('_', '-');
  private final boolean repairable;
  private final String repair;

  Kind(boolean repairable, String repair) {
    this.repairable = repairable;
    this.repair = repair;
  }

  /** The name in the API and in metrics; does not change. */
  public String slug() {
    return slug;
  }

  boolean repairable() {
    return repairable;
  }

  String repair() {
    return repair;
  }
}

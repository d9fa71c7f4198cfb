package io.firstcome.audit;

import java.util.Locale;

/** What an audit can find, and what is done about it. */
public enum FindingType {
  /** The state in Redis is there in part: keys were deleted or evicted. */
  STATE_NOT_WHOLE(true, "Repair reloads it from MySQL"),
  /** The state in Redis is of an epoch that MySQL has left: an old copy of it came back. */
  STATE_REPLACED(true, "Repair deletes it and reloads it from MySQL"),
  /** MySQL is in an older epoch than Redis: it came back from a backup, and its drain waits. */
  EPOCH_BEHIND(
      true, "Repair raises the epoch in MySQL to that of Redis, so that the drain continues"),
  /** MySQL has another definition than Redis, which decides. */
  DEFINITION_DIFFERS(true, "Repair writes the definition in Redis to MySQL"),
  ISSUED_ABOVE_QUANTITY(
      false, "Pause the coupon. Raise its quantity, or resolve it with the users"),
  CLAIMS_ABOVE_QUANTITY(
      false,
      "Pause the coupon. Raise its quantity, or delete from MySQL the claims that were never"
          + " acknowledged"),
  /** One store alone has a user on the waitlist of a coupon. */
  WAITLIST_DIFFERS(
      false, "Replay dead letters. Redis decides who is next: otherwise resolve it with the user"),
  /** The shards of a campaign have more units between them than it has. */
  SHARDS_ABOVE_QUANTITY(true, "Repair takes back units that the shards have not issued"),
  SEQUENCE_BELOW_ISSUED(
      false,
      "Pause the coupon, wait until its ledger is drained, delete its state in Redis, then read the"
          + " coupon"),
  /** Redis counts more or fewer claims than it holds. */
  ISSUED_DIFFERS(true, "Repair recounts the claims"),
  /** Redis counts more or fewer units of a group than MySQL has claims. */
  GROUP_DIFFERS(true, "Repair recounts the claims of the group"),
  /** A group has more units than its quota. */
  GROUP_ABOVE_QUOTA(false, "Pause the coupon, and resolve it with the users"),
  /** Numbers that were given and that nobody has. */
  GAP(
      false,
      "If the audit also found missing-in-mysql or dead-letters, repair those. The rest is lost,"
          + " and its sequence numbers are not reused"),
  /** Redis has it, and it is neither in MySQL nor on the way there. */
  MISSING_IN_MYSQL(true, "Repair appends it to the ledger again"),
  /** MySQL has it, and Redis does not. */
  MISSING_IN_REDIS(true, "Repair restores it in Redis, or reloads the sale from MySQL"),
  /** Redis tells a user a number that is somebody else's in MySQL. */
  NUMBER_TAKEN(
      false, "MySQL is authoritative. Resolve it with the user who holds the number in Redis"),
  /** Both have it, and not as the same. */
  RECORD_DIFFERS(true, "MySQL is authoritative: repair copies its record to Redis"),
  /** MySQL refused decisions for good. */
  DEAD_LETTERS(
      true, "Repair replays them once. An operator must resolve those that MySQL rejects again"),
  /** available + held + sold is not the total, or one of them is negative. */
  DOES_NOT_ADD_UP(true, "Repair recounts MySQL, and reloads the sale if only Redis is wrong"),
  /** The units held and sold of an item are not those of its reservations. */
  RESERVATIONS_DIFFER(true, "Repair replays dead letters, then recounts the reservations"),
  /** The total of an item is not what it was created with and its restocks. */
  TOTAL_UNEXPLAINED(true, "Repair replays dead letters, then recounts the restocks"),
  /** Redis has other numbers than MySQL, though nothing is on the way. */
  REDIS_DIFFERS(
      true,
      "Repair reloads the sale unless MySQL has more units available than Redis. In that case"
          + " compare with your sales records"),
  /** A user holds and has bought more of an item than its limit. */
  USER_ABOVE_LIMIT(false, "Cancel the excess, or resolve it with the user"),
  /** More users are called and inside than the queue has places. */
  ABOVE_CAPACITY(false, "Call nobody until enough users have completed, or raise the capacity");

  private final String slug = name().toLowerCase(Locale.ROOT).replace('_', '-');
  private final boolean repairable;
  private final String repair;

  FindingType(boolean repairable, String repair) {
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

package io.firstcome.redis;

import java.util.ArrayList;
import java.util.List;

/**
 * The names of all keys in Redis.
 *
 * <p>Everything of one campaign carries its hash tag, {@code fc:{<tag>}:…}, so that it lies in one
 * slot of a cluster: a script may touch all of it, and campaigns spread over the shards. The tag of
 * a coupon is its id, that of a sale {@link #sale}. What they begin with can be {@link KeyPrefix
 * set}.
 */
public final class Keys {

  /** What they begin with where nothing is set. Here, as the load tests build this class alone. */
  static final String USUAL_PREFIX = "fc";

  /** Of a process, as its Redis is. Set before anything asks for a name. */
  private static volatile String prefix = USUAL_PREFIX;

  private Keys() {}

  static void beginWith(String chosen) {
    prefix = chosen;
  }

  /** In the tag of a shard, after that of its campaign: in no other is one. */
  public static final char SHARD = '~';

  private static final String SALE = "sale:";
  private static final String REFUSALS = "refusals";
  private static final List<String> SALE_PARTS =
      List.of(
          "stock", "reservations", "holds", "requests", "memory", REFUSALS, "takers", "restocks");

  private static final String LOCKS = "locks:";

  private static final String EVENT = "queue:";
  private static final List<String> EVENT_PARTS = List.of("queues", "users", "line", "called");

  /** The tag of a sale: no coupon's id has a colon. */
  public static String sale(String saleId) {
    return SALE + saleId;
  }

  /** The sale's id of a sale's tag. */
  public static String saleOf(String tag) {
    return tag.substring(SALE.length());
  }

  /** The tag of an event, whose queues share it: no coupon's id has a colon. */
  public static String event(String eventId) {
    return EVENT + eventId;
  }

  /** HASH: the state of a coupon, see {@code coupon-state.lua}. */
  public static String state(String tag) {
    return key(tag, "state");
  }

  /**
   * The pattern of the channels on which changes of a state are told: each is named like the key of
   * its state.
   */
  public static String everyState() {
    return state("*");
  }

  /** The tag of a channel that {@link #everyState} or {@link #everyDrained} matches. */
  public static String tagOf(String state) {
    return state.substring(state.indexOf('{') + 1, state.lastIndexOf('}'));
  }

  /** Of the tag of a shard, the campaign's; any other as it is. */
  public static String campaignOf(String tag) {
    int end = tag.indexOf(SHARD);
    return end < 0 ? tag : tag.substring(0, end);
  }

  /** HASH: user to what they hold, see {@code claim-holding.lua}. */
  public static String claimants(String tag) {
    return key(tag, "claimants");
  }

  /** SET: the users who may claim. */
  public static String audience(String tag) {
    return key(tag, "audience");
  }

  /** STRING: the token of the replica that hands out what is queued. */
  public static String handOutLease(String tag) {
    return key(tag, "hand-out-lease");
  }

  /** ZSET: the users who wait for a unit, or were offered one, see {@code coupon-line.lua}. */
  public static String line(String tag) {
    return key(tag, "line");
  }

  /** STREAM: what was decided and is not yet in MySQL. */
  public static String ledger(String tag) {
    return key(tag, "ledger");
  }

  /** STREAM: entries of the ledger that MySQL refuses for good. */
  public static String deadLetters(String tag) {
    return key(tag, "dead-letters");
  }

  /** STRING: what the last audit of the ledger found. */
  public static String audit(String tag) {
    return key(tag, "audit");
  }

  /** STRING: the token of the replica that drains the ledger. */
  public static String drainLease(String tag) {
    return key(tag, "drain-lease");
  }

  /** STRING: the token of the replica that compares the wallets. No coupon's id has a colon. */
  public static String walletAudit() {
    return key("wallets:", "audit-lease");
  }

  /** STRING: the token of the replica that compares orders with what they took. */
  public static String orderAudit() {
    return key("orders:", "audit-lease");
  }

  /** STRING: the token of the replica that loads the state from MySQL. */
  public static String loadLease(String tag) {
    return key(tag, "load-lease");
  }

  /**
   * STRING: the token of the loader that reads, once the ledger is drained, what MySQL has then; a
   * space; the epoch that MySQL is in.
   */
  public static String loadReading(String tag) {
    return key(tag, "load-reading");
  }

  /** HASH: claimants on their way in, of the loader with this token. */
  public static String stagedClaimants(String tag, String token) {
    return key(tag, "staged:" + token + ":claimants");
  }

  /** SET: the audience on its way in, of the loader with this token. */
  public static String stagedAudience(String tag, String token) {
    return key(tag, "staged:" + token + ":audience");
  }

  /** ZSET: the line on its way in, of the loader with this token. */
  public static String stagedLine(String tag, String token) {
    return key(tag, "staged:" + token + ":line");
  }

  /** The channel on which it is told how far a ledger is drained. */
  public static String drained(String tag) {
    return key(tag, "drained");
  }

  /** The pattern of these channels. */
  public static String everyDrained() {
    return drained("*");
  }

  /** STRING: written before it is waited until replicas have what was written before it. */
  public static String barrier() {
    return key("barrier", "round");
  }

  /** The same, in another slot for each number. No coupon's id has a colon. */
  static String barrier(int number) {
    return key("barrier:" + number, "round");
  }

  /** HASH: the state of a sale, see {@code sale-state.lua}. */
  public static String saleState(String tag) {
    return key(tag, "sale");
  }

  /** HASH: the reservations of a sale, see {@code sale-state.lua}. */
  public static String saleReservations(String tag) {
    return key(tag, "reservations");
  }

  /** HASH: the requests of a sale, see {@code sale-state.lua}. */
  public static String saleRequests(String tag) {
    return key(tag, "requests");
  }

  /** HASH: the restocks of a sale, see {@code sale-state.lua}. */
  public static String saleRestocks(String tag) {
    return key(tag, "restocks");
  }

  /**
   * The keys of a sale, in the order in which its scripts take them, the state first and the ledger
   * last.
   */
  public static List<String> ofSale(String tag) {
    List<String> keys = new ArrayList<>();
    keys.add(saleState(tag));
    for (String part : SALE_PARTS) {
      keys.add(key(tag, part));
    }
    keys.add(ledger(tag));
    return List.copyOf(keys);
  }

  /** The parts of a sale on their way in, of the loader with this token, in the same order. */
  public static List<String> stagedSale(String tag, String token) {
    // Refusals are not in MySQL.
    return SALE_PARTS.stream()
        .filter(part -> !part.equals(REFUSALS))
        .map(part -> key(tag, "staged:" + token + ":" + part))
        .toList();
  }

  /** HASH: the state of an event, see {@code queue-state.lua}. */
  public static String eventState(String tag) {
    return key(tag, "event");
  }

  /** HASH: the users of an event's queues, see {@code queue-state.lua}. */
  public static String eventUsers(String tag) {
    return key(tag, "users");
  }

  /**
   * The keys of an event, in the order in which its scripts take them, the state first and the
   * ledger last.
   */
  public static List<String> ofEvent(String tag) {
    List<String> keys = new ArrayList<>();
    keys.add(eventState(tag));
    for (String part : EVENT_PARTS) {
      keys.add(key(tag, part));
    }
    keys.add(ledger(tag));
    return List.copyOf(keys);
  }

  /** The parts of an event on their way in, of the loader with this token, in the same order. */
  public static List<String> stagedEvent(String tag, String token) {
    return EVENT_PARTS.stream().map(part -> key(tag, "staged:" + token + ":" + part)).toList();
  }

  /**
   * STRING: how much one of a kind may still ask for, see {@code rate-limit.lua}. A tag of its own,
   * which no coupon and no sale has.
   */
  public static String bucket(String kind, String whose) {
    return key("rl:" + kind + ":" + whose, "bucket");
  }

  /**
   * What scripts of locks share, or what one lock has, see {@code lock-state.lua}. A tag with a
   * colon, which no coupon's id has.
   *
   * @param part {@code names}, {@code fence}; or {@code lock}, {@code permits}, {@code line},
   *     {@code places}, a colon and the lock's name
   */
  public static String lock(String part) {
    return key(LOCKS, part);
  }

  /** The channel on which waiters learn that a lock is free, and its own pattern. */
  public static String freeLocks() {
    return key(LOCKS, "free");
  }

  private static String key(String tag, String part) {
    return prefix + ":{" + tag + "}:" + part;
  }
}

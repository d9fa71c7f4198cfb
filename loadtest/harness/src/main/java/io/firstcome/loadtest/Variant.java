package io.firstcome.loadtest;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A row of the comparison. The order is that of the table. */
enum Variant {
  NOOP("noop", Site.HEADER, 201, 0, "the reference route: the HTTP stack alone"),
  NOOP_HOT("noop-hot", Site.HEADER, 201, 0, "the same, parsed by hand as the hot route is"),
  CLAIMS("claims", Site.HEADER, 201, 0, "claims, drain paused"),
  CLAIMS_DRAIN("claims-drain", Site.HEADER, 201, 0, "claims, drained to MySQL meanwhile"),
  CLAIMS_REPLICA(
      "claims-replica", Site.REPLICATED, 201, 0, "claims, told when a replica of Redis has them"),
  CLAIMS_DATABASE(
      "claims-database",
      Site.HEADER,
      201,
      0,
      "claims, told when MySQL has them, drained meanwhile"),
  UNBATCHED("unbatched", Site.UNBATCHED, 201, 0, "claims, a script call each, drain paused"),
  SOLD_OUT("sold-out", Site.HEADER, 409, 0, "the losers of a coupon that is sold out"),
  JWT_COLD("jwt-cold", Site.JWT_COLD, 201, 0, "claims, every token verified, drain paused"),
  JWT_CACHED("jwt-cached", Site.JWT_CACHED, 201, 0, "claims, tokens seen before, drain paused"),
  SPRING_NOOP("spring-noop", Site.SPRING, 201, 0, "Spring Boot: the HTTP stack alone"),
  SPRING_LUA("spring-lua", Site.SPRING, 201, 0, "Spring Boot: a script call a claim"),
  SPRING_REDISSON_LOCK(
      "spring-redisson-lock", Site.SPRING, 201, 0, "Spring Boot: a Redisson lock around the claim"),
  SPRING_MYSQL_FOR_UPDATE(
      "spring-mysql-for-update", Site.SPRING, 201, 0, "Spring Boot: SELECT ... FOR UPDATE"),
  NOOP_1("noop-1", Site.HEADER, 201, 1, "noop, one connection"),
  CLAIMS_1("claims-1", Site.HEADER, 201, 1, "claims, one connection"),
  UNBATCHED_1("unbatched-1", Site.UNBATCHED, 201, 1, "unbatched, one connection"),
  SPRING_LUA_1("spring-lua-1", Site.SPRING, 201, 1, "spring-lua, one connection"),
  CLAIMS_256("claims-256", Site.HEADER, 201, 256, "claims, 256 connections"),
  CLAIMS_1000("claims-1000", Site.HEADER, 201, 1_000, "claims, 1,000 connections"),
  NOOP_NATIVE("noop-native", Site.NATIVE, 201, 0, "noop, in the executable"),
  NOOP_HOT_NATIVE("noop-hot-native", Site.NATIVE, 201, 0, "noop-hot, in the executable"),
  CLAIMS_NATIVE("claims-native", Site.NATIVE, 201, 0, "claims, in the executable"),
  SOLD_OUT_NATIVE("sold-out-native", Site.NATIVE, 409, 0, "sold-out, in the executable"),
  HOT_ITEM("hot-item", 1, "HOT, one item, drain paused"),
  HOT_ITEM_DRAIN("hot-item-drain", 1, "HOT, one item, drained to MySQL meanwhile"),
  CONDITIONAL_ITEM("conditional-item", 1, "CONDITIONAL, one item"),
  PESSIMISTIC_ITEM("pessimistic-item", 1, "PESSIMISTIC, one item"),
  OPTIMISTIC_ITEM("optimistic-item", 1, "OPTIMISTIC, one item"),
  UNIT_ROWS_ITEM("unit-rows-item", 1, "UNIT_ROWS, one item"),
  HOT_ITEMS("hot-items", 100, "HOT, one of 100 items, drain paused"),
  CONDITIONAL_ITEMS("conditional-items", 100, "CONDITIONAL, one of 100 items"),
  PESSIMISTIC_ITEMS("pessimistic-items", 100, "PESSIMISTIC, one of 100 items"),
  OPTIMISTIC_ITEMS("optimistic-items", 100, "OPTIMISTIC, one of 100 items"),
  UNIT_ROWS_ITEMS("unit-rows-items", 100, "UNIT_ROWS, one of 100 items");

  /** The processes: each has a Redis, and where it needs one a MySQL, of its own. */
  enum Site {
    HEADER,
    /** With a replica of its Redis. */
    REPLICATED,
    UNBATCHED,
    JWT_COLD,
    JWT_CACHED,
    /** The executable, beside the JVM. */
    NATIVE,
    SPRING
  }

  final String label;
  final Site site;
  final int expectedStatus;
  final String meaning;

  /** How many items there are to reserve one of; 0: coupons are claimed. */
  final int items;

  private final int connections;

  Variant(String label, Site site, int expectedStatus, int connections, String meaning) {
    this.label = label;
    this.site = site;
    this.expectedStatus = expectedStatus;
    this.connections = connections;
    this.meaning = meaning;
    this.items = 0;
  }

  /** A reservation. */
  Variant(String label, int items, String meaning) {
    this.label = label;
    this.site = Site.HEADER;
    this.expectedStatus = 201;
    this.connections = 0;
    this.meaning = meaning;
    this.items = items;
  }

  /** Of a reservation: the strategy of its items. */
  String strategy() {
    return name().replaceFirst("_ITEMS?(_DRAIN)?$", "");
  }

  /** Whether it takes stock and MySQL decides: who has too many others in the way is sent away. */
  boolean mayBeContended() {
    return items > 0 && !strategy().equals("HOT");
  }

  /** The rows of claims, which are those that are run where nothing is said. */
  static List<Variant> claims() {
    return Arrays.stream(values())
        .filter(variant -> variant.items == 0 && variant.site != Site.NATIVE)
        .toList();
  }

  /** The rows of the executable, and the same on the JVM. */
  static List<Variant> executable() {
    List<Variant> rows =
        Arrays.stream(values()).filter(variant -> variant.site == Site.NATIVE).toList();
    return Stream.concat(rows.stream().map(Variant::kind), rows.stream()).toList();
  }

  /** The rows of reservations, and what they are compared with. */
  static List<Variant> stock() {
    return Arrays.stream(values())
        .filter(variant -> variant.items > 0 || variant == NOOP || variant == CLAIMS)
        .toList();
  }

  /** Its own number, or the one of all. */
  int connections(int ofAll) {
    return connections == 0 ? ofAll : connections;
  }

  /** Whether its rate can be set against that of its {@link #reference}. */
  boolean isComparable() {
    return connections == 0;
  }

  /** What it is without a number of connections of its own, and on the JVM. */
  Variant kind() {
    return isComparable() && site != Site.NATIVE
        ? this
        : named(label.substring(0, label.lastIndexOf('-')));
  }

  /** Whether it runs the service, so that another checkout's service can run beside it. */
  boolean isOfTheService() {
    return site != Site.SPRING;
  }

  /** The row that its rate is set against. */
  Variant reference() {
    return site == Site.NATIVE ? kind() : NOOP;
  }

  static Variant named(String label) {
    return Arrays.stream(values())
        .filter(variant -> variant.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    label
                        + " is none of "
                        + Arrays.stream(values())
                            .map(variant -> variant.label)
                            .collect(Collectors.joining(", "))));
  }
}

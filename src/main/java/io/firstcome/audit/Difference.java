package io.firstcome.audit;

/**
 * A record that Redis and MySQL do not have alike.
 *
 * @param where the user, item, reservation or numbers
 * @param redis as Redis has it, or null
 * @param mysql as MySQL has it, or null
 */
public record Difference(
    FindingType kind, String where, String redis, String mysql, String detail) {

  public static Difference missingInMySql(String where, String redis) {
    return new Difference(FindingType.MISSING_IN_MYSQL, where, redis, null, "Redis has " + redis);
  }

  public static Difference missingInRedis(String where, String mysql) {
    return new Difference(FindingType.MISSING_IN_REDIS, where, null, mysql, "MySQL has " + mysql);
  }

  /** Both have it, and not as the same. */
  public static Difference differs(String where, String redis, String mysql) {
    return new Difference(
        FindingType.RECORD_DIFFERS,
        where,
        redis,
        mysql,
        "Redis has " + redis + ", MySQL has " + mysql);
  }
}

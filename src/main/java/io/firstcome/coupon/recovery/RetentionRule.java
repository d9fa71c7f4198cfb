package io.firstcome.coupon.recovery;

/** Which rows of {@code coupon} may leave Redis, as conditions of SQL. */
public final class RetentionRule {

  /** Closed, or past its end. A coupon that is opened again is not over any more. */
  public static final String OVER =
      "(status = 'closed' OR COALESCE(closes_at <= UTC_TIMESTAMP(6), FALSE))";

  /** Over for long enough: a parameter, in microseconds. */
  public static final String DUE =
      OVER + " AND COALESCE(over_since <= UTC_TIMESTAMP(6) - INTERVAL ? MICROSECOND, FALSE)";

  private RetentionRule() {}
}

package io.firstcome.ledger;

/**
 * MySQL holds an older state than Redis, as after a restored backup: the ledger waits for the
 * operator, and none of its entries is at fault.
 */
public final class MySqlBehindException extends RuntimeException {

  /**
   * @param what the coupon, sale or event, for the operator
   */
  public MySqlBehindException(String what, long inRedis, long inMySql) {
    super(
        "MySQL is behind Redis: %s is in epoch %d in Redis, in epoch %d in MySQL"
            .formatted(what, inRedis, inMySql));
  }
}

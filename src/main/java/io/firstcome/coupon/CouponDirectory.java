package io.firstcome.coupon;

import static io.firstcome.coupon.model.CouponType.COUPON;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.mysql.SqlTransactions;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/** Every coupon has a ledger, by its id; of a campaign, every shard. */
@ApplicationScoped
class CouponDirectory implements LedgerDirectory {

  private final SqlTransactions mysql;

  CouponDirectory(SqlTransactions mysql) {
    this.mysql = mysql;
  }

  @Override
  public AggregateType type() {
    return COUPON;
  }

  @Override
  public List<String> live(int limit) {
    return mysql.texts(
        "SELECT id FROM coupon WHERE shards = 1 AND status <> 'closed'"
            + " AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)"
            + " ORDER BY created_at DESC LIMIT ?",
        limit);
  }

  @Override
  public List<String> page(String after, int limit) {
    return mysql.texts(
        "SELECT id FROM coupon WHERE shards = 1 AND id > ? ORDER BY id LIMIT ?", after, limit);
  }
}

package io.firstcome.coupon.model;

import io.firstcome.durability.DurabilityCheck;
import io.firstcome.durability.PendingAnswer;
import io.firstcome.durability.RowCheck;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.TableDirectory;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlTransactions;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** What the ledger and the acknowledgement need to know of coupons: a hash tag is the id. */
public final class CouponType {

  public static final AggregateType COUPON = new AggregateType("coupon", "");

  /** Every coupon has a ledger; of a campaign, every shard. */
  @Produces
  @Singleton
  LedgerDirectory directory(SqlTransactions mysql) {
    return new TableDirectory(
        COUPON,
        mysql,
        "shards = 1",
        "status <> 'closed'"
            + " AND (closes_at IS NULL OR closes_at > UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)");
  }

  /** A claim is in MySQL with its number and its user; another's may have the number. */
  @Produces
  @Singleton
  DurabilityCheck claims(Pool mysql, MySqlCalls calls) {
    return new RowCheck(
        COUPON,
        mysql,
        calls,
        "SELECT sequence, user_id FROM claim WHERE coupon_id = ? AND sequence IN",
        PendingAnswer::sequence,
        (claim, user) -> claim.key().equals(user));
  }
}

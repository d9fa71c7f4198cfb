package io.firstcome.stock.model;

import io.firstcome.durability.DurabilityCheck;
import io.firstcome.durability.RowCheck;
import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.ledger.TableDirectory;
import io.firstcome.mysql.MySqlCalls;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import io.vertx.mutiny.sqlclient.Pool;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** What the ledger and the acknowledgement need to know of sales: items share their hash tag. */
public final class SaleType {

  public static final AggregateType SALE = new AggregateType("sale", Keys.sale(""));

  /**
   * Every sale has a ledger. The newest always have a drainer, which also gives back what is due; a
   * sale has no end of its own.
   */
  @Produces
  @Singleton
  LedgerDirectory directory(SqlTransactions mysql) {
    return new TableDirectory(
        SALE, mysql, "TRUE", "created_at > UTC_TIMESTAMP(6) - INTERVAL 30 DAY");
  }

  /**
   * A reservation that was confirmed or cancelled must have ended so in MySQL; of all others it is
   * enough that they are there, since their time ends them anywhere.
   */
  @Produces
  @Singleton
  DurabilityCheck reservations(Pool mysql, MySqlCalls calls) {
    return new RowCheck(
        SALE,
        mysql,
        calls,
        "SELECT id, status FROM reservation WHERE sale_id = ? AND id IN",
        held -> held.key().split(" ")[0],
        (held, status) -> {
          String[] key = held.key().split(" ");
          return key.length == 1 || key[1].equals(status);
        });
  }

  /**
   * The key of a reservation that is held back.
   *
   * @param end how it must have ended, or null
   */
  public static String key(String id, String end) {
    return end == null ? id : id + " " + end;
  }
}

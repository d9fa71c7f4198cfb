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
   * Every sale has a ledger. The newest always have a drainer, which also gives back what is due:
   * also in a sale that has ended there may be something held.
   */
  @Produces
  @Singleton
  LedgerDirectory directory(SqlTransactions mysql) {
    return new TableDirectory(
        SALE, mysql, "TRUE", "created_at > UTC_TIMESTAMP(6) - INTERVAL 30 DAY");
  }

  /**
   * A reservation that was confirmed, cancelled or changed must be so in MySQL, or have gone on
   * from there; of all others it is enough that they are there, since their time ends them
   * anywhere.
   */
  @Produces
  @Singleton
  DurabilityCheck reservations(Pool mysql, MySqlCalls calls) {
    return new RowCheck(
        SALE,
        mysql,
        calls,
        "SELECT id, CONCAT(GREATEST(changes, status <> 'HELD'), ' ', status) FROM reservation"
            + " WHERE sale_id = ? AND id IN",
        held -> held.key().split(" ")[0],
        (held, state) -> {
          String[] key = held.key().split(" ", 2);
          return key.length == 1
              || key[1].equals(state)
              || Integer.parseInt(key[1].split(" ")[0]) < Integer.parseInt(state.split(" ")[0]);
        });
  }

  /**
   * The key of a reservation that is held back.
   *
   * @param changes how often it must have changed, at least
   * @param status what it must be, where it has changed as often as that; null: whatever it is
   */
  public static String key(String id, int changes, Reservation.Status status) {
    return status == null ? id : id + " " + changes + " " + status;
  }
}

package io.firstcome.stock;

import static io.firstcome.stock.model.SaleType.SALE;

import io.firstcome.ledger.AggregateType;
import io.firstcome.ledger.LedgerDirectory;
import io.firstcome.mysql.SqlTransactions;
import io.firstcome.redis.Keys;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;

/**
 * Every sale has a ledger. The newest always have a drainer, which also gives back what is due; a
 * sale has no end of its own.
 */
@ApplicationScoped
class SaleDirectory implements LedgerDirectory {

  private final SqlTransactions mysql;

  SaleDirectory(SqlTransactions mysql) {
    this.mysql = mysql;
  }

  @Override
  public AggregateType type() {
    return SALE;
  }

  @Override
  public List<String> live(int limit) {
    return tags(
        "SELECT id FROM sale WHERE created_at > UTC_TIMESTAMP(6) - INTERVAL 30 DAY"
            + " ORDER BY created_at DESC LIMIT ?",
        limit);
  }

  @Override
  public List<String> page(String after, int limit) {
    if (!SALE.owns(after) && after.compareTo(Keys.sale("")) > 0) {
      return List.of();
    }
    return tags(
        "SELECT id FROM sale WHERE id > ? ORDER BY id LIMIT ?",
        SALE.owns(after) ? SALE.id(after) : "",
        limit);
  }

  private List<String> tags(String sql, Object... params) {
    return mysql.texts(sql, params).stream().map(Keys::sale).toList();
  }
}

package io.firstcome.ledger;

import io.firstcome.mysql.SqlTransactions;
import java.util.List;

/** The ledgers of a type, by the rows of its table. */
public final class TableDirectory implements LedgerDirectory {

  private final AggregateType type;
  private final SqlTransactions mysql;
  private final String live;
  private final String page;

  /**
   * @param having an SQL condition on the rows that have a ledger
   * @param live an SQL condition on those whose ledgers always have a drainer
   */
  public TableDirectory(AggregateType type, SqlTransactions mysql, String having, String live) {
    this.type = type;
    this.mysql = mysql;
    String ids = "SELECT id FROM " + type.name() + " WHERE " + having + " AND ";
    this.live = ids + live + " ORDER BY created_at DESC LIMIT ?";
    this.page = ids + "id > ? ORDER BY id LIMIT ?";
  }

  @Override
  public AggregateType type() {
    return type;
  }

  @Override
  public List<String> live(int limit) {
    return tags(live, limit);
  }

  @Override
  public List<String> page(String after, int limit) {
    // Pages of several types are merged by tag: it may be the tag of another one.
    boolean within = after.startsWith(type.prefix());
    if (!within && after.compareTo(type.prefix()) > 0) {
      return List.of();
    }
    return tags(page, within ? type.id(after) : "", limit);
  }

  private List<String> tags(String sql, Object... params) {
    return mysql.texts(sql, params).stream().map(type::tag).toList();
  }
}

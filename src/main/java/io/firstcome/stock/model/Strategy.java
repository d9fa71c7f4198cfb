package io.firstcome.stock.model;

/**
 * How the stock of an item is taken. Chosen when the item is created, for good. docs/stock.md says
 * which to choose when.
 */
public enum Strategy {
  /** One script in Redis decides, the ledger brings it to MySQL behind the answer. */
  HOT,
  /**
   * MySQL, a version in the row: whoever finds it changed tries again, a bounded number of times.
   */
  OPTIMISTIC,
  /** MySQL, the rows are locked first, in one order. */
  PESSIMISTIC,
  /** MySQL, one conditional update an item. */
  CONDITIONAL,
  /** MySQL, a row for every unit, taken past those that others have locked. */
  UNIT_ROWS;

  /** How many units an item may have. */
  public long maxUnits() {
    return this == UNIT_ROWS ? 100_000 : 1_000_000_000;
  }

  /** Whether Redis decides. */
  public boolean isHot() {
    return this == HOT;
  }
}

package io.firstcome.stock.database;

import io.firstcome.mysql.RetryableConflictException;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.Strategy;

/**
 * {@link Strategy#OPTIMISTIC}: the update holds only if the row's version is still the one that was
 * read. Of all that have read the same version one gets through; the others start anew.
 */
final class OptimisticUnits extends CounterUnits {

  @Override
  public Strategy strategy() {
    return Strategy.OPTIMISTIC;
  }

  @Override
  public void take(
      SqlTransaction tx,
      String saleId,
      ItemAvailability fact,
      long quantity,
      String reservationId) {
    int changed =
        tx.query(
                "UPDATE item SET available = available - ?, held = held + ?, version = version + 1"
                    + " WHERE sale_id = ? AND id = ? AND version = ?",
                quantity,
                quantity,
                saleId,
                fact.itemId(),
                fact.version())
            .rowCount();
    if (changed == 0) {
      throw new RetryableConflictException("Others have changed the row");
    }
  }
}

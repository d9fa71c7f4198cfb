package io.firstcome.stock.database;

import io.firstcome.mysql.RetryableConflictException;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.Strategy;

/**
 * {@link Strategy#CONDITIONAL}: the update that takes the units says how many there must be. The
 * row is locked from then to the commit, and nobody who waited for it has waited in vain unless the
 * stock is gone.
 */
final class ConditionalUnits extends CounterUnits {

  @Override
  public Strategy strategy() {
    return Strategy.CONDITIONAL;
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
                    + " WHERE sale_id = ? AND id = ? AND available >= ?",
                quantity,
                quantity,
                saleId,
                fact.itemId(),
                quantity)
            .rowCount();
    if (changed == 0) {
      throw new RetryableConflictException("Others have taken what was there");
    }
  }
}

package io.firstcome.stock;

import io.firstcome.mysql.SqlTransaction;

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
      SqlTransaction tx, String saleId, Fact fact, long quantity, String reservationId) {
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
      throw new AgainException("Others have taken what was there");
    }
  }
}

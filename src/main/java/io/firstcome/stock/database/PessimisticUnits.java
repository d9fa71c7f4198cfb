package io.firstcome.stock.database;

import io.firstcome.mysql.In;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.Strategy;
import java.util.Collection;

/**
 * {@link Strategy#PESSIMISTIC}: the rows are locked before they are read, in the order of their
 * ids, so what was read holds until the commit and nothing is tried in vain; who is refused has
 * waited for the lock all the same.
 */
final class PessimisticUnits extends CounterUnits {

  @Override
  public Strategy strategy() {
    return Strategy.PESSIMISTIC;
  }

  @Override
  public void lock(SqlTransaction tx, String saleId, Collection<String> itemIds) {
    In items = In.of(itemIds);
    // Along the primary key, so that rows are locked in its order, and only these.
    tx.query(
        "SELECT id FROM item FORCE INDEX (PRIMARY) WHERE sale_id = ? AND id IN "
            + items.marks()
            + " ORDER BY id FOR UPDATE",
        items.after(saleId));
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
                    + " WHERE sale_id = ? AND id = ?",
                quantity,
                quantity,
                saleId,
                fact.itemId())
            .rowCount();
    UnitStore.mustBe(1, changed, "Taking " + quantity + " of " + saleId + "/" + fact.itemId());
  }
}

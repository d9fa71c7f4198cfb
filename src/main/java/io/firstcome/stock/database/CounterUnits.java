package io.firstcome.stock.database;

import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.ReservationRequest;
import java.util.Collection;
import java.util.List;

/**
 * Units that are numbers in the item's row. How they are taken is each strategy's own; what is
 * certain already (giving back, selling) adds and subtracts, so it needs no version and no lock of
 * its own.
 */
abstract class CounterUnits implements UnitStore {

  @Override
  public List<ItemAvailability> facts(SqlTransaction tx, ReservationRequest order) {
    return AvailabilityQuery.of(tx, order, strategy(), "i.available");
  }

  @Override
  public void giveBack(
      SqlTransaction tx,
      String saleId,
      String itemId,
      long quantity,
      Collection<String> reservationIds) {
    int changed =
        tx.query(
                "UPDATE item SET available = available + ?, held = held - ?, version = version + 1"
                    + " WHERE sale_id = ? AND id = ? AND held >= ?",
                quantity,
                quantity,
                saleId,
                itemId,
                quantity)
            .rowCount();
    UnitStore.mustBe(1, changed, "Giving back " + quantity + " of " + saleId + "/" + itemId);
  }

  @Override
  public void sell(
      SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId) {
    int changed =
        tx.query(
                "UPDATE item SET held = held - ?, sold = sold + ?, version = version + 1"
                    + " WHERE sale_id = ? AND id = ? AND held >= ?",
                quantity,
                quantity,
                saleId,
                itemId,
                quantity)
            .rowCount();
    UnitStore.mustBe(1, changed, "Selling " + quantity + " of " + saleId + "/" + itemId);
  }

  @Override
  public void undo(
      SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId) {
    int changed =
        tx.query(
                "UPDATE item SET available = available + ?, sold = sold - ?, version = version + 1"
                    + " WHERE sale_id = ? AND id = ? AND sold >= ?",
                quantity,
                quantity,
                saleId,
                itemId,
                quantity)
            .rowCount();
    UnitStore.mustBe(
        1, changed, "Undoing the sale of " + quantity + " of " + saleId + "/" + itemId);
  }

  @Override
  public String levels(String condition) {
    return "SELECT i.id, i.total, i.available, i.held, i.sold FROM item i WHERE "
        + condition
        + " ORDER BY i.id";
  }

  @Override
  public boolean restock(SqlTransaction tx, String saleId, String itemId, long quantity) {
    return tx.query(
                "UPDATE item SET total = total + ?, available = available + ?,"
                    + " version = version + 1 WHERE sale_id = ? AND id = ? AND available + ? >= 0",
                quantity,
                quantity,
                saleId,
                itemId,
                quantity)
            .rowCount()
        == 1;
  }
}

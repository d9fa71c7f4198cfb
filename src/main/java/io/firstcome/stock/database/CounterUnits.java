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

  private static final String MOVE =
      "UPDATE item SET %1$s = %1$s - ?, %2$s = %2$s + ?, version = version + 1"
          + " WHERE sale_id = ? AND id = ? AND %1$s >= ?";

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
    move(tx, saleId, itemId, quantity, "held", "available", "Giving back");
  }

  @Override
  public void sell(
      SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId) {
    move(tx, saleId, itemId, quantity, "held", "sold", "Selling");
  }

  @Override
  public void undo(
      SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId) {
    move(tx, saleId, itemId, quantity, "sold", "available", "Undoing the sale of");
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

  private static void move(
      SqlTransaction tx,
      String saleId,
      String itemId,
      long quantity,
      String from,
      String to,
      String what) {
    int changed =
        tx.query(MOVE.formatted(from, to), quantity, quantity, saleId, itemId, quantity).rowCount();
    UnitStore.mustBe(1, changed, what + " " + quantity + " of " + saleId + "/" + itemId);
  }
}

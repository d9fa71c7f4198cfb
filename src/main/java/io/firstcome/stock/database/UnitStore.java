package io.firstcome.stock.database;

import io.firstcome.mysql.RetryableConflictException;
import io.firstcome.mysql.SqlTransaction;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Strategy;
import java.util.Collection;
import java.util.List;

/**
 * Where the units of items are in MySQL, and how they are taken: the one thing in which the
 * strategies that decide there differ. Items come in the order of their ids, everywhere, so that no
 * two transactions wait for each other.
 */
interface UnitStore {

  Strategy strategy();

  /** Locks items before anything else is looked at, where that is the strategy. */
  default void lock(SqlTransaction tx, String saleId, Collection<String> itemIds) {}

  /** What there is of an order's items, all of it at one instant; less where items are unknown. */
  List<ItemAvailability> facts(SqlTransaction tx, ReservationRequest order);

  /**
   * Takes units that were there a moment ago.
   *
   * @throws RetryableConflictException where they are not any more
   */
  void take(
      SqlTransaction tx, String saleId, ItemAvailability fact, long quantity, String reservationId);

  /**
   * Gives back what reservations hold of an item.
   *
   * @param quantity of all of them together
   */
  void giveBack(
      SqlTransaction tx,
      String saleId,
      String itemId,
      long quantity,
      Collection<String> reservationIds);

  /** Sells what a reservation holds of an item. */
  void sell(SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId);

  /** Makes available again what a reservation bought of an item. */
  void undo(SqlTransaction tx, String saleId, String itemId, long quantity, String reservationId);

  /**
   * The query for the numbers of items: id, total, available, held, sold.
   *
   * @param condition on item {@code i}
   */
  String levels(String condition);

  /**
   * Adds units to an item whose row is locked, or takes them away.
   *
   * @return false where that many are not available; nothing is done then
   * @throws RetryableConflictException where others have just those locked
   */
  boolean restock(SqlTransaction tx, String saleId, String itemId, long quantity);

  /** Makes what an item's row promises. Harmless where it is made. */
  default void create(SqlTransaction tx, String saleId, String itemId) {}

  /** Fails where not exactly this much was changed: what is kept contradicts itself. */
  static void mustBe(long expected, int changed, String what) {
    if (changed != expected) {
      throw new IllegalStateException(
          what + " must change " + expected + " rows and changed " + changed);
    }
  }
}

package io.firstcome.stock.database;

import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.stock.model.ReservationLine;
import java.time.LocalDateTime;

/**
 * What one statement found of an item and the user who asks; the facts of an order are all of the
 * same instant.
 *
 * @param limit the most units one user may hold and have bought; 0: any number
 * @param available units; of {@link Strategy#UNIT_ROWS} never more than are asked for
 * @param version of the item's row
 * @param taken what the user holds and has bought; null where there is no row of it
 * @param now the time, UTC
 * @param due whether a reservation of the sale and strategy holds units past its time
 * @param user the same of all facts of an order
 * @param lifecycle of the sale
 */
record ItemAvailability(
    String itemId,
    long limit,
    long available,
    long version,
    Long taken,
    LocalDateTime now,
    boolean due,
    OfUser user,
    Lifecycle lifecycle) {

  /**
   * What is kept of the user's requests to the sale, of all strategies that decide in MySQL.
   *
   * @param held reservations that are held
   * @param kept reservations whose key is kept
   * @param refusals that are kept
   */
  public record OfUser(long held, long kept, long refusals) {}

  /** How many units more the user may take. */
  long allowance() {
    return limit == 0 ? Long.MAX_VALUE : Math.max(0, limit - (taken == null ? 0 : taken));
  }

  /** What can be granted of this many. */
  public ReservationLine line(long requested) {
    long granted = Math.min(requested, Math.min(available, allowance()));
    if (granted == requested) {
      return ReservationLine.granted(itemId, requested);
    }
    boolean limited = allowance() <= available;
    return new ReservationLine(
        itemId,
        requested,
        granted,
        limited ? ReservationLine.Reason.USER_LIMIT : ReservationLine.Reason.INSUFFICIENT_STOCK);
  }
}

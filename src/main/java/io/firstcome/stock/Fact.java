package io.firstcome.stock;

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
 */
record Fact(
    String itemId,
    long limit,
    long available,
    long version,
    Long taken,
    LocalDateTime now,
    boolean due) {

  /** How many units more the user may take. */
  long allowance() {
    return limit == 0 ? Long.MAX_VALUE : Math.max(0, limit - (taken == null ? 0 : taken));
  }

  /** What can be granted of this many. */
  Line line(long requested) {
    long granted = Math.min(requested, Math.min(available, allowance()));
    if (granted == requested) {
      return Line.granted(itemId, requested);
    }
    boolean limited = allowance() <= available;
    return new Line(
        itemId,
        requested,
        granted,
        limited ? Line.Reason.USER_LIMIT : Line.Reason.INSUFFICIENT_STOCK);
  }
}

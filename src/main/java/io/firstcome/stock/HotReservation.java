package io.firstcome.stock;

import io.firstcome.decision.Pending;

/** A request for a reservation that Redis decides, and the id it gets if it is granted. */
final class HotReservation extends Pending<Reservation> {

  private final Order order;
  private final String id = ReservationIds.next(Strategy.HOT);
  private final Pending<Reservation> pending;
  private final boolean again;

  /**
   * @param again whether items that Redis did not know were added for it
   */
  HotReservation(Order order, Pending<Reservation> pending, boolean again) {
    super(order.userId());
    this.order = order;
    this.pending = pending;
    this.again = again;
  }

  Order order() {
    return order;
  }

  String id() {
    return id;
  }

  boolean isAgain() {
    return again;
  }

  HotReservation again() {
    return new HotReservation(order, pending, true);
  }

  @Override
  protected void decided(Reservation result) {
    pending.complete(result);
  }

  @Override
  protected void failed(Throwable why) {
    pending.fail(why);
  }
}

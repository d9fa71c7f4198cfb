package io.firstcome.stock.hot;

import io.firstcome.decision.Pending;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationIds;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.Strategy;

/** A request for a reservation that Redis decides, and the id it gets if it is granted. */
final class HotReservation extends Pending<Reservation> {

  private final ReservationRequest order;
  private final String id = ReservationIds.next(Strategy.HOT);
  private final Pending<Reservation> pending;
  private final boolean again;

  /**
   * @param again whether items that Redis did not know were added for it
   */
  HotReservation(ReservationRequest order, Pending<Reservation> pending, boolean again) {
    super(order.userId());
    this.order = order;
    this.pending = pending;
    this.again = again;
  }

  ReservationRequest order() {
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

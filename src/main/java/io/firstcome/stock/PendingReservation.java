package io.firstcome.stock;

import java.util.ArrayList;
import java.util.List;

/**
 * Who waits for the decision of an order. Told once, on the event loop it was made on: what was
 * decided, or why nothing is known.
 */
abstract class PendingReservation {

  /** Before the lines. */
  private static final int ARGS = 7;

  final Order order;

  /** What it gets if it is granted. */
  final String id = ReservationIds.next(Strategy.HOT);

  /** When it was made, by {@link System#nanoTime}. */
  final long startNanos = System.nanoTime();

  PendingReservation(Order order) {
    this.order = order;
  }

  /** As {@code stock-reserve.lua} takes it. */
  static List<String> args(String id, Order order) {
    List<String> args = new ArrayList<>(ARGS + 2 * order.quantities().size());
    args.add(id);
    args.add(order.userId());
    args.add(order.key());
    args.add(order.request());
    args.add(order.mode() == Order.Mode.PARTIAL ? "some" : "all");
    args.add(String.valueOf(order.ttl().toNanos() / 1_000));
    args.add(String.valueOf(order.quantities().size()));
    order
        .quantities()
        .forEach(
            (itemId, quantity) -> {
              args.add(itemId);
              args.add(quantity.toString());
            });
    return args;
  }

  abstract void decided(ReserveReply reply, int place);

  abstract void failed(Throwable why);

  /** The lines of an order that was granted in full. */
  static List<Line> granted(Order order) {
    return order.quantities().entrySet().stream()
        .map(line -> Line.granted(line.getKey(), line.getValue()))
        .toList();
  }
}

package io.firstcome.stock;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who waits for the decision of an order. Told once, on the event loop it was made on: what was
 * decided, or why nothing is known.
 */
abstract class PendingReservation {

  final Order order;

  /** What it gets if it is granted. */
  final String id = ReservationIds.next(Strategy.HOT);

  /** When it was made, by {@link System#nanoTime}. */
  final long startNanos = System.nanoTime();

  PendingReservation(Order order) {
    this.order = order;
  }

  /** As {@code stock-reserve.lua} takes it. */
  static Stream<String> args(String id, Order order) {
    return Stream.concat(
        Stream.of(
            id,
            order.userId(),
            order.key(),
            order.request(),
            order.mode() == Order.Mode.PARTIAL ? "some" : "all",
            String.valueOf(order.ttl().toNanos() / 1_000),
            String.valueOf(order.quantities().size())),
        order.quantities().entrySet().stream()
            .flatMap(line -> Stream.of(line.getKey(), line.getValue().toString())));
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

package io.firstcome.stock.model;

import io.firstcome.decision.Pending;
import io.smallrye.mutiny.Uni;
import java.time.Duration;
import java.util.List;

/**
 * The stock of items that are taken in one way. There is one for {@link Strategy#HOT}, and one for
 * each strategy that decides in MySQL; all keep the same promises, and one kit of tests holds them
 * to it.
 *
 * <ul>
 *   <li>available + held + sold = total, and none of them is ever negative.
 *   <li>A held reservation ends once: confirmed, cancelled or, at its time, expired. Units that
 *       come back come back once. An expired one may be taken again, a confirmed one be undone.
 *   <li>The same key and request again take nothing, for 24 hours, and are told what has become of
 *       the first.
 *   <li>One clock, that of the store that decides.
 * </ul>
 *
 * What could not be decided fails with a {@link io.firstcome.http.problem.ProblemException} or a
 * {@link io.firstcome.redis.RedisException}; asking again is safe, and tells what happened. A
 * refusal that was decided is a result.
 */
public interface Stock {

  /** How it is taken. */
  Strategy strategy();

  /**
   * Takes units of items that are all of this strategy.
   *
   * @return what was granted ({@link Reservation.Status#HELD}, or {@link
   *     Reservation.Status#REFUSED} where nothing was); for the same key again, {@link
   *     Reservation#replayed}, with the status of now; fails with {@code idempotency-mismatch}
   *     where the key was used for another request, with {@code unknown-item} where the store knows
   *     no such item
   */
  default Uni<Reservation> reserve(ReservationRequest order) {
    return Pending.uni(order.userId(), pending -> reserve(order, pending));
  }

  /** The same without a {@code Uni}, for the hot path. */
  void reserve(ReservationRequest order, Pending<Reservation> pending);

  /**
   * Reads a reservation as it is now: past its time it is expired, whether or not that has been
   * written down yet.
   *
   * @param userId whose it must be, or null: anybody's
   * @return null where there is none, it is somebody else's, or nothing was granted
   */
  Uni<Reservation> find(String saleId, String id, String userId);

  /**
   * Sells what is held. Harmless when it was confirmed before.
   *
   * @return what it is now: confirmed, or why not (cancelled, expired); null where there is none
   */
  Uni<Reservation> confirm(String saleId, String id);

  /**
   * Gives back what is held. Harmless when that has happened before.
   *
   * @param userId whose it must be, or null: anybody's
   * @return what it is now: cancelled or expired, or that it was confirmed; null where there is
   *     none
   */
  Uni<Reservation> cancel(String saleId, String id, String userId);

  /**
   * Holds what is held for longer, once; it is never held for less. Harmless when that has happened
   * before, and after it was taken again: then nothing changes.
   *
   * @param userId whose it must be, or null: anybody's
   * @param time from now on, within {@link StockConfig#maxExtension()}
   * @param by who does it
   * @return what it is now: held until {@link Reservation#expiresAt()}, or why not; null where
   *     there is none
   */
  Uni<Reservation> extend(String saleId, String id, String userId, Duration time, String by);

  /**
   * Holds again what has expired, as when its payment comes late. Within 24 hours after it was
   * made; harmless where it is held or confirmed.
   *
   * @param time from now on, within {@link StockConfig#maxExtension()}
   * @param by who does it
   * @return what it is now: held, or why not (cancelled, undone, or expired for too long); null
   *     where there is none; fails with {@code insufficient-stock} and the lines where not all of
   *     its units are left, or the user has others up to the limit
   */
  Uni<Reservation> takeAgain(String saleId, String id, Duration time, String by);

  /**
   * Undoes a confirmation, as for a refund: its units are available again, and the user may take as
   * many. Harmless when that has happened before.
   *
   * @param by who does it
   * @param reason why, see {@link io.firstcome.http.input.PlainText}; kept with the reservation
   * @return what it is now: undone, or that it was never confirmed; null where there is none
   */
  Uni<Reservation> undo(String saleId, String id, String by, String reason);

  /** The numbers of all items of a sale that are taken in this way, in order of their ids. */
  Uni<List<Level>> levels(String saleId);

  /** The numbers of one of them, or null where there is no such item. */
  default Uni<Level> level(String saleId, String itemId) {
    return levels(saleId)
        .map(
            levels ->
                levels.stream()
                    .filter(level -> level.itemId().equals(itemId))
                    .findFirst()
                    .orElse(null));
  }

  /**
   * Changes the total of an item, once for each key; answered when it is in MySQL.
   *
   * @return the item's numbers; fails with {@code insufficient-stock} where less is available than
   *     is to be taken away, with {@code idempotency-mismatch} where the key was used for another
   *     change
   */
  Uni<Level> restock(Restock restock);

  /** An item was created in MySQL: brings it where it is decided on. Harmless when it is there. */
  Uni<Void> created(String saleId, String itemId);

  /**
   * The numbers of an item.
   *
   * @param total available + held + sold
   */
  record Level(String itemId, long total, long available, long held, long sold) {}

  /**
   * A change of an item's total.
   *
   * @param key the idempotency key, scoped to the item
   * @param quantity units to add, or, negative, to take away; never 0
   * @param userId the operator
   */
  record Restock(
      String saleId, String itemId, String key, long quantity, String reason, String userId) {}
}

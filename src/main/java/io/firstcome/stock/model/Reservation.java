package io.firstcome.stock.model;

import java.time.Instant;
import java.util.List;

/**
 * Units that are held for a user, or were.
 *
 * @param id see {@link ReservationIds}
 * @param createdAt by the clock of the store that decided
 * @param expiresAt when it ends by itself unless it was confirmed
 * @param lines in order of the items
 * @param serverTime when this was so, by the clock of the store that decided
 * @param replayed whether the request was answered before, under the same key
 */
public record Reservation(
    String saleId,
    String id,
    String userId,
    Status status,
    Instant createdAt,
    Instant expiresAt,
    List<ReservationLine> lines,
    Instant serverTime,
    boolean replayed) {

  /** What has become of it. {@link #CANCELLED} and {@link #UNDONE} are for good. */
  public enum Status {
    HELD,
    /** Paid: the units are sold. For good unless it is undone. */
    CONFIRMED,
    /** Given up: the units are back. */
    CANCELLED,
    /** Not confirmed in time: the units are back. They can be taken again while some are left. */
    EXPIRED,
    /** It was confirmed and that was undone, as by a refund: the units are back. */
    UNDONE,
    /** Nothing was granted; there is nothing to read, confirm or cancel. Only a key leads here. */
    REFUSED;

    /** Whether units are held or sold by it. */
    public boolean hasUnits() {
      return this == HELD || this == CONFIRMED;
    }
  }

  /** The same with its lines, where they were kept elsewhere. */
  public Reservation with(List<ReservationLine> lines) {
    return new Reservation(
        saleId, id, userId, status, createdAt, expiresAt, lines, serverTime, replayed);
  }
}

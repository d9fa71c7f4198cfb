package io.firstcome.stock.reservation;

import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.ReservationLine;
import java.time.Instant;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** A reservation as the API shows it. */
@Schema(name = "Reservation")
record ReservationView(
    @Schema(examples = "h3f9a6c0d1b2e4f5061728394a5b6c7") String id,
    @Schema(examples = "HELD") Status status,
    @Schema(
            description = "When the held units are released unless the reservation is confirmed",
            examples = "2026-07-01T10:10:00.000001Z")
        Instant expiresAt,
    List<ReservationLine> lines,
    @Schema(
            description = "The time of the store that decides whether expiresAt has passed",
            examples = "2026-07-01T10:00:00.000001Z")
        Instant serverTime) {

  /** What has become of it. */
  enum Status {
    HELD,
    CONFIRMED,
    CANCELLED,
    EXPIRED,
    /** It was confirmed, and that was undone. */
    UNDONE
  }

  static ReservationView of(Reservation reservation) {
    return new ReservationView(
        reservation.id(),
        Status.valueOf(reservation.status().name()),
        reservation.expiresAt(),
        reservation.lines(),
        reservation.serverTime());
  }
}

package io.firstcome.stock.database;

import io.firstcome.mysql.Micros;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.Strategy;
import io.vertx.sqlclient.Row;

/**
 * A reservation as MySQL keeps it, of a strategy that decides there.
 *
 * @param reservation as it is written down
 * @param due whether its time is up
 * @param changes how often it has changed since it was made
 */
record ReservationRow(Reservation reservation, Strategy strategy, boolean due, int changes) {

  /** What {@link #of} reads, in its order. */
  public static final String COLUMNS =
      "sale_id, id, user_id, status, strategy, line_items, created_at, expires_at,"
          + " expires_at <= UTC_TIMESTAMP(6), UTC_TIMESTAMP(6), changes";

  public static ReservationRow of(Row row) {
    return new ReservationRow(
        new Reservation(
            row.getString(0),
            row.getString(1),
            row.getString(2),
            Status.valueOf(row.getString(3)),
            Micros.toInstant(row.getLocalDateTime(6)),
            Micros.toInstant(row.getLocalDateTime(7)),
            ReservationLine.decode(row.getString(5)),
            Micros.toInstant(row.getLocalDateTime(9)),
            false),
        Strategy.valueOf(row.getString(4)),
        row.getLong(8) != 0,
        row.getInteger(10));
  }

  /** As it is now: past its time it is expired, written down or not. */
  public Reservation asItIs() {
    return due && reservation.status() == Status.HELD ? as(Status.EXPIRED) : reservation;
  }

  public Reservation as(Status status) {
    return new Reservation(
        reservation.saleId(),
        reservation.id(),
        reservation.userId(),
        status,
        reservation.createdAt(),
        reservation.expiresAt(),
        reservation.lines(),
        reservation.serverTime(),
        false);
  }
}

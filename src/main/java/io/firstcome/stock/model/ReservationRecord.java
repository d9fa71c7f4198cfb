package io.firstcome.stock.model;

import io.firstcome.mysql.Micros;
import io.firstcome.stock.model.Reservation.Status;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.List;

/**
 * A reservation as the scripts keep it and write it to the ledger: {@code status created expires
 * ended user key digest lines}, see {@code sale-state.lua}.
 */
public record ReservationRecord(
    String id,
    Status status,
    long createdMicros,
    long expiresMicros,
    long endedMicros,
    String userId,
    String key,
    String request,
    String lines) {

  private static final int WORDS = 8;

  /** Reads what {@link #of(Row)} takes; a condition on ids, and whatever else, follows. */
  public static final String SELECT =
      "SELECT id, status, created_at, expires_at, ended_at, user_id, idempotency_key, request,"
          + " line_items FROM reservation WHERE sale_id = ? AND ";

  /** In the place of the lines of a reservation that gave its units back. */
  private static final String IN_MYSQL = "-";

  /**
   * @throws IllegalArgumentException where it is none
   */
  public static ReservationRecord of(String id, String text) {
    String[] words = text.split(" ", -1);
    if (words.length != WORDS || words[0].length() != 1) {
      throw new IllegalArgumentException("Not a reservation: " + text);
    }
    return new ReservationRecord(
        id,
        status(words[0].charAt(0)),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        words[4],
        words[5],
        words[6],
        words[7]);
  }

  /** The reservation in a row that {@link #SELECT} reads. */
  public static ReservationRecord of(Row row) {
    return new ReservationRecord(
        row.getString(0),
        Status.valueOf(row.getString(1)),
        Micros.of(row.getLocalDateTime(2)),
        Micros.of(row.getLocalDateTime(3)),
        Micros.of(row.getLocalDateTime(4)),
        row.getString(5),
        row.getString(6),
        row.getString(7),
        row.getString(8));
  }

  private static Status status(char letter) {
    return switch (letter) {
      case 'H' -> Status.HELD;
      case 'C' -> Status.CONFIRMED;
      case 'X' -> Status.CANCELLED;
      case 'E' -> Status.EXPIRED;
      default -> throw new IllegalArgumentException("No status '" + letter + "'");
    };
  }

  /** As the scripts write it. */
  public String text() {
    char letter =
        switch (status) {
          case HELD -> 'H';
          case CONFIRMED -> 'C';
          case CANCELLED -> 'X';
          case EXPIRED -> 'E';
          case REFUSED -> throw new IllegalStateException("Nothing is kept of what was refused");
        };
    return letter
        + " "
        + createdMicros
        + " "
        + expiresMicros
        + " "
        + endedMicros
        + " "
        + userId
        + " "
        + key
        + " "
        + request
        + " "
        + lines;
  }

  public List<ReservationLine> decodedLines() {
    return decode(lines);
  }

  /** Lines as the scripts keep them; none where MySQL has them. */
  public static List<ReservationLine> decode(String lines) {
    return lines.equals(IN_MYSQL) ? List.of() : ReservationLine.decode(lines);
  }

  public boolean isStripped() {
    return lines.equals(IN_MYSQL);
  }

  /** As Redis keeps it once it is in MySQL: what gave its units back without its lines. */
  public ReservationRecord kept() {
    return status == Status.CANCELLED || status == Status.EXPIRED ? with(IN_MYSQL) : this;
  }

  public ReservationRecord with(String otherLines) {
    return new ReservationRecord(
        id, status, createdMicros, expiresMicros, endedMicros, userId, key, request, otherLines);
  }

  /**
   * @param now of the store that this was read from
   */
  public Reservation in(String saleId, Instant now) {
    return new Reservation(
        saleId,
        id,
        userId,
        status,
        Micros.toInstant(createdMicros),
        Micros.toInstant(expiresMicros),
        decodedLines(),
        now,
        false);
  }
}

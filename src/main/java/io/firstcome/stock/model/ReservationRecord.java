package io.firstcome.stock.model;

import io.firstcome.erasure.Pseudonym;
import io.firstcome.mysql.Micros;
import io.firstcome.stock.model.Reservation.Status;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.List;

/**
 * A reservation as the scripts keep it and write it to the ledger: {@code status created expires
 * ended user key digest lines}, see {@code sale-state.lua}.
 *
 * @param changes how often it has changed since it was made: of two states the one with more is the
 *     later
 */
public record ReservationRecord(
    String id,
    Status status,
    int changes,
    long createdMicros,
    long expiresMicros,
    long endedMicros,
    String userId,
    String key,
    String request,
    String lines) {

  /** What {@link #of(Row)} reads of a row. */
  public static final String COLUMNS =
      "id, status, changes, created_at, expires_at, ended_at, user_id, idempotency_key, request,"
          + " line_items";

  private static final int WORDS = 8;

  /** Reads them; a condition on ids, and whatever else, follows. */
  public static final String SELECT =
      "SELECT " + COLUMNS + " FROM reservation WHERE sale_id = ? AND ";

  /** In the place of the lines of a reservation that gave its units back. */
  private static final String IN_MYSQL = "-";

  /**
   * @throws IllegalArgumentException where it is none
   */
  public static ReservationRecord of(String id, String text) {
    String[] words = text.split(" ", -1);
    if (words.length != WORDS || words[0].isEmpty()) {
      throw new IllegalArgumentException("Not a reservation: " + text);
    }
    Status status = status(words[0].charAt(0));
    return new ReservationRecord(
        id,
        status,
        words[0].length() == 1 ? leastChanges(status) : Integer.parseInt(words[0].substring(1)),
        Long.parseLong(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        words[4],
        words[5],
        words[6],
        words[7]);
  }

  /** A row of {@link #COLUMNS}. */
  public static ReservationRecord of(Row row) {
    Status status = Status.valueOf(row.getString("status"));
    return new ReservationRecord(
        row.getString("id"),
        status,
        changes(status, row.getInteger("changes")),
        Micros.of(row.getLocalDateTime("created_at")),
        Micros.of(row.getLocalDateTime("expires_at")),
        Micros.of(row.getLocalDateTime("ended_at")),
        row.getString("user_id"),
        row.getString("idempotency_key"),
        row.getString("request"),
        row.getString("line_items"));
  }

  /** The changes of a row; releases before these were counted have left 0. */
  public static int changes(Status status, int stored) {
    return Math.max(stored, leastChanges(status));
  }

  private static int leastChanges(Status status) {
    return status == Status.HELD ? 0 : 1;
  }

  private static Status status(char letter) {
    return switch (letter) {
      case 'H' -> Status.HELD;
      case 'C' -> Status.CONFIRMED;
      case 'X' -> Status.CANCELLED;
      case 'E' -> Status.EXPIRED;
      case 'N' -> Status.UNDONE;
      default -> throw new IllegalArgumentException("No status '" + letter + "'");
    };
  }

  private static char letter(Status status) {
    return switch (status) {
      case HELD -> 'H';
      case CONFIRMED -> 'C';
      case CANCELLED -> 'X';
      case EXPIRED -> 'E';
      case UNDONE -> 'N';
      case REFUSED -> throw new IllegalStateException("Nothing is kept of what was refused");
    };
  }

  /** As the scripts write it. */
  public String text() {
    return letter(status)
        + (changes == leastChanges(status) ? "" : String.valueOf(changes))
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

  /** Whether it is held by an extension, or taken again. */
  public boolean isHeldSinceAChange() {
    return status == Status.HELD && changes > 0;
  }

  /** As Redis keeps it once it is in MySQL: what gave its units back without its lines. */
  public ReservationRecord kept() {
    return status.hasUnits() ? this : with(IN_MYSQL);
  }

  public ReservationRecord with(String otherLines) {
    return new ReservationRecord(
        id,
        status,
        changes,
        createdMicros,
        expiresMicros,
        endedMicros,
        userId,
        key,
        request,
        otherLines);
  }

  /** Whether it is of the same request, granted the same at the same time. */
  public boolean isSameAs(ReservationRecord other) {
    // An entry of before that is applied again names who is erased now.
    boolean sameUser =
        userId.equals(other.userId) || Pseudonym.is(userId) || Pseudonym.is(other.userId);
    return sameUser
        && createdMicros == other.createdMicros
        && (lines.equals(other.lines) || isStripped() || other.isStripped());
  }

  /** Whether this is what the other has become: the same one, later. */
  public boolean follows(ReservationRecord other) {
    boolean ended = status != Status.HELD && changes == other.changes + 1;
    return isSameAs(other)
        && changes > other.changes
        && switch (other.status) {
          case HELD -> !ended || expiresMicros == other.expiresMicros;
          case EXPIRED -> !ended;
          case CONFIRMED -> ended && status == Status.UNDONE;
          case CANCELLED, UNDONE, REFUSED -> false;
        };
  }

  /** Whether this and the other cannot both be states of one reservation. */
  public boolean contradicts(ReservationRecord other) {
    boolean same =
        isSameAs(other)
            && changes == other.changes
            && status == other.status
            && expiresMicros == other.expiresMicros;
    return !same && !follows(other) && !other.follows(this);
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

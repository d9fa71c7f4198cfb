package io.firstcome.stock.script;

import io.firstcome.durability.AckTarget;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.ledger.NotLoadedException;
import io.firstcome.lifecycle.Lifecycle;
import io.firstcome.mysql.Micros;
import io.firstcome.stock.model.Reservation;
import io.firstcome.stock.model.Reservation.Status;
import io.firstcome.stock.model.ReservationLine;
import io.firstcome.stock.model.ReservationRecord;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.StockRequests;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What {@code stock-reserve.lua} answers to one call, read as its results are asked for. */
public final class ReserveReply {

  private static final int HEAD = 2;

  private final Response reply;
  private final Instant now;
  private final AckTarget secured;

  /**
   * @throws NotLoadedException when the script answered LOADING or RECOVERING
   */
  public ReserveReply(Response reply) {
    NotLoadedException.check("the sale", reply);
    this.reply = reply;
    this.now = Micros.toInstant(reply.get(0).toLong());
    this.secured = AckTarget.of(reply.get(1).toString());
  }

  /** When who was granted something may be told. */
  public AckTarget secured() {
    return secured;
  }

  /** The item that the script does not know and the order in this place asks for, or null. */
  public String unknownItem(int place) {
    Response result = reply.get(HEAD + place);
    return result.type() != ResponseType.NUMBER && result.toString().startsWith("U ")
        ? result.toString().substring(2)
        : null;
  }

  /** How often the reservation in this place has changed, where there is one. */
  public int changes(int place, Reservation reservation) {
    Response result = reply.get(HEAD + place);
    int stored =
        result.type() == ResponseType.NUMBER || result.toString().charAt(1) == ' '
            ? 0
            : Integer.parseInt(result.toString().substring(1, result.toString().indexOf(' ')));
    return ReservationRecord.changes(reservation.status(), stored);
  }

  /**
   * What was decided of the order in this place, which would have got this id.
   *
   * @throws io.firstcome.http.problem.ProblemException where nothing was
   */
  public Reservation result(int place, String id, ReservationRequest order) {
    Response result = reply.get(HEAD + place);
    if (result.type() == ResponseType.NUMBER) {
      return new Reservation(
          order.saleId(),
          id,
          order.userId(),
          Status.HELD,
          now,
          now.plus(order.ttl()),
          order.granted(),
          now,
          false);
    }
    String[] words = result.toString().split(" ");
    return switch (words[0].substring(0, 1)) {
      case "H", "C", "X", "E", "N" -> reservation(order, words, !id.equals(words[1]));
      case "R" -> refused(order, words[1], words[2], false);
      case "r" -> refused(order, words[1], words[2], true);
      case "M" -> throw Problem.of(ProblemType.IDEMPOTENCY_MISMATCH).asException();
      case "U" -> throw Problem.of(ProblemType.UNKNOWN_ITEM).with("itemId", words[1]).asException();
      case "L" -> throw Problem.of(ProblemType.LEDGER_FULL).asException();
      case "F" -> throw Problem.of(ProblemType.REDIS_FULL).asException();
      case "P" -> throw Problem.of(ProblemType.TOO_MANY_HOLDS).asException();
      case "K" -> throw StockRequests.tooManyReservations();
      case "B" -> throw Problem.of(ProblemType.OVERLOADED).asException();
      case "c", "p", "n" -> throw closed(words).asException();
      case "A" ->
          throw Problem.of(ProblemType.DATABASE_UNAVAILABLE)
              .detail(
                  "The database is unavailable, so the reservation could not be recorded and"
                      + " nothing was reserved. Retry after 'Retry-After' seconds.")
              .asException();
      default -> throw new IllegalArgumentException("stock-reserve.lua answered " + result);
    };
  }

  /** The sale gives no units now. */
  private Problem closed(String[] words) {
    return switch (words[0]) {
      case "closed" -> Problem.of(ProblemType.CLOSED);
      case "paused" -> Problem.of(ProblemType.PAUSED);
      default -> Lifecycle.notOpen(Micros.toInstant(Long.parseLong(words[1])), now);
    };
  }

  private Reservation reservation(ReservationRequest order, String[] words, boolean replayed) {
    Status status =
        switch (words[0].substring(0, 1)) {
          case "C" -> Status.CONFIRMED;
          case "X" -> Status.CANCELLED;
          case "E" -> Status.EXPIRED;
          case "N" -> Status.UNDONE;
          default -> Status.HELD;
        };
    return new Reservation(
        order.saleId(),
        words[1],
        order.userId(),
        status,
        Micros.toInstant(Long.parseLong(words[2])),
        Micros.toInstant(Long.parseLong(words[3])),
        ReservationRecord.decode(words[4]),
        now,
        replayed);
  }

  /** The request says what was asked for: it is the same that was refused. */
  private Reservation refused(
      ReservationRequest order, String created, String reasons, boolean replayed) {
    List<ReservationLine> lines = new ArrayList<>(reasons.length());
    for (Map.Entry<String, Long> asked : order.quantities().entrySet()) {
      ReservationLine.Reason reason = ReservationLine.Reason.of(reasons.charAt(lines.size()));
      lines.add(new ReservationLine(asked.getKey(), asked.getValue(), 0, reason));
    }
    Instant at = Micros.toInstant(Long.parseLong(created));
    return new Reservation(
        order.saleId(),
        null,
        order.userId(),
        Status.REFUSED,
        at,
        at,
        List.copyOf(lines),
        now,
        replayed);
  }
}

package io.firstcome.stock.model;

import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Units that are held for a user, or were.
 *
 * @param id see {@link ReservationIds}
 * @param createdAt by the clock of the store that decided
 * @param expiresAt when it ends by itself unless it was confirmed
 * @param lines in order of the items
 * @param serverTime when this was so, by the clock of the store that decided
 * @param replayed whether the request was answered before, under the same key
 * @param ownHolds of one that was refused for the user's limit: what the user holds that counts
 *     against it, as far as is known
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
    boolean replayed,
    List<Hold> ownHolds) {

  /** So many holds a refusal names at most. */
  public static final int MOST_OWN_HOLDS = 20;

  /** A reservation that is held. */
  public record Hold(String id, Instant expiresAt) {

    /** As a member of a problem. */
    public Map<String, Object> member() {
      return Map.of("id", id, "expiresAt", expiresAt);
    }
  }

  public Reservation(
      String saleId,
      String id,
      String userId,
      Status status,
      Instant createdAt,
      Instant expiresAt,
      List<ReservationLine> lines,
      Instant serverTime,
      boolean replayed) {
    this(saleId, id, userId, status, createdAt, expiresAt, lines, serverTime, replayed, List.of());
  }

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

  /** The same, refused for what the user holds. */
  public Reservation blockedBy(List<Hold> holds) {
    return new Reservation(
        saleId, id, userId, status, createdAt, expiresAt, lines, serverTime, replayed, holds);
  }

  /** The items that the user may not hold more of. */
  public Set<String> limitedItems() {
    return lines.stream()
        .filter(line -> line.reason() == ReservationLine.Reason.USER_LIMIT)
        .map(ReservationLine::itemId)
        .collect(Collectors.toSet());
  }

  /** Why nothing was granted. */
  public Problem refusal() {
    return naming(ownHolds, Problem.of(ProblemType.INSUFFICIENT_STOCK).with("lines", lines));
  }

  /** A problem that names what the user holds, where that is known. */
  public static Problem naming(List<Hold> holds, Problem problem) {
    return holds.isEmpty()
        ? problem
        : problem.with("ownHolds", holds.stream().map(Hold::member).toList());
  }

  /** The same with its lines, where they were kept elsewhere. */
  public Reservation with(List<ReservationLine> lines) {
    return new Reservation(
        saleId, id, userId, status, createdAt, expiresAt, lines, serverTime, replayed);
  }
}

package io.firstcome.stock.model;

import io.firstcome.http.input.Ids;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemException;
import io.firstcome.http.problem.ProblemType;
import java.time.Duration;

/** Rules of requests that an annotation cannot say, or that must cost nothing on the hot path. */
public final class StockRequests {

  /** The most units one request can create, add or take away. */
  public static final long MAX_QUANTITY = 1_000_000_000;

  private StockRequests() {}

  /** Refuses what cannot be a sale's id. */
  public static void checkSale(String saleId) {
    if (!Ids.isResourceId(saleId)) {
      throw Problem.malformed("saleId", Ids.COUPON_MESSAGE).asException();
    }
  }

  /** Refuses what cannot be an item's id. */
  public static void checkItem(String itemId) {
    if (!Ids.isResourceId(itemId)) {
      throw Problem.malformed("itemId", Ids.COUPON_MESSAGE).asException();
    }
  }

  /** When the oldest is forgotten nobody knows: within a day. */
  public static ProblemException tooManyReservations() {
    return Problem.of(ProblemType.TOO_MANY_RESERVATIONS)
        .retryAfter(Duration.ofMinutes(10))
        .asException();
  }
}

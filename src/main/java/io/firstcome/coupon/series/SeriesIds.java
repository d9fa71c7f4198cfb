package io.firstcome.coupon.series;

import io.firstcome.http.problem.Problem;

/** The ids of series. */
public final class SeriesIds {

  /** Short enough for the ids of the drops, also where they are lotteries. */
  static final String ID = "[a-z0-9-]{1,40}";

  static final String MESSAGE = "must be 1 to 40 of a-z, 0-9 and '-'";

  private SeriesIds() {}

  /** Refuses what cannot be a series' id. */
  public static void check(String seriesId) {
    if (!seriesId.matches(ID)) {
      throw Problem.malformed("seriesId", MESSAGE).asException();
    }
  }
}

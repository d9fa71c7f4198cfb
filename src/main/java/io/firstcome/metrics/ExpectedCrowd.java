package io.firstcome.metrics;

import io.smallrye.mutiny.Uni;
import java.time.Duration;

/** Claimants that are expected about now, other than those of coupons that open. */
public interface ExpectedCrowd {

  /**
   * Counts them, the same at every replica; fails where that is not known now.
   *
   * @param lead how long before an opening its claimants are expected
   * @param hold how long after it they still are
   */
  Uni<Double> claimants(Duration lead, Duration hold);
}

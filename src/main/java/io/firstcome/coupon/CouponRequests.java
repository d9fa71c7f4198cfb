package io.firstcome.coupon;

import io.firstcome.web.Ids;
import io.firstcome.web.Problem;
import io.firstcome.web.ProblemException;
import io.firstcome.web.ProblemType;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Rules of requests that an annotation cannot say, or that must cost nothing on the hot path. */
final class CouponRequests {

  private CouponRequests() {}

  /** Refuses what cannot be a coupon's id. */
  static void checkId(String couponId) {
    if (!Ids.isCoupon(couponId)) {
      throw malformed("couponId", Ids.COUPON_MESSAGE);
    }
  }

  /** Refuses windows that never open, and instants that the stores cannot keep. */
  static void checkWindow(Instant opensAt, Instant closesAt) {
    checkInstant("opensAt", opensAt);
    checkInstant("closesAt", closesAt);
    if (opensAt != null && closesAt != null && !closesAt.isAfter(opensAt)) {
      throw malformed("closesAt", "must be after opensAt");
    }
  }

  private static void checkInstant(String field, Instant instant) {
    if (instant != null && !(instant.isAfter(Instant.EPOCH) && instant.isBefore(Micros.LIMIT))) {
      throw malformed(field, "must lie between 1970 and " + Micros.LIMIT);
    }
  }

  static ProblemException malformed(String field, String message) {
    return Problem.of(ProblemType.MALFORMED)
        .with("errors", List.of(Map.of("field", field, "message", message)))
        .asException();
  }
}

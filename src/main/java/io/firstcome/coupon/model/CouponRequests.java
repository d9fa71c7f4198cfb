package io.firstcome.coupon.model;

import io.firstcome.http.input.Ids;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.mysql.Micros;
import java.time.Instant;

/** Rules of requests that an annotation cannot say, or that must cost nothing on the hot path. */
public final class CouponRequests {

  private CouponRequests() {}

  /** Refuses what cannot be a coupon's id. */
  public static void checkId(String couponId) {
    if (!Ids.isResourceId(couponId)) {
      throw Problem.malformed("couponId", Ids.COUPON_MESSAGE).asException();
    }
  }

  /** Refuses what cannot be a user's id, nor the pseudonym of one who was erased. */
  public static void checkUser(String userId) {
    if (!UserId.isReadable(userId)) {
      throw Problem.malformed("userId", UserId.MESSAGE).asException();
    }
  }

  /** Refuses windows that never open, and instants that the stores cannot keep. */
  public static void checkWindow(Instant opensAt, Instant closesAt) {
    checkInstant("opensAt", opensAt);
    checkInstant("closesAt", closesAt);
    if (opensAt != null && closesAt != null && !closesAt.isAfter(opensAt)) {
      throw Problem.malformed("closesAt", "must be after opensAt").asException();
    }
  }

  /** Refuses validities that never begin, or have two ends. */
  public static void checkValidity(NewCoupon request) {
    checkInstant("validFrom", request.validFrom());
    checkInstant("validUntil", request.validUntil());
    if (request.validUntil() == null) {
      return;
    }
    if (request.validForSeconds() != null) {
      throw Problem.malformed("validForSeconds", "cannot be combined with validUntil")
          .asException();
    }
    if (request.validFrom() != null && !request.validUntil().isAfter(request.validFrom())) {
      throw Problem.malformed("validUntil", "must be after validFrom").asException();
    }
  }

  /** Refuses campaigns with empty shards, or whose shards' ids would be too long. */
  public static void checkShards(NewCoupon request) {
    if (request.shards() == 1) {
      return;
    }
    if (request.perUserLimit() > 1) {
      throw Problem.malformed(
              "perUserLimit",
              "must be 1 for a coupon with shards: a claim of several units cannot be split"
                  + " between shards")
          .asException();
    }
    if (request.quantity() < request.shards()) {
      throw Problem.malformed("shards", "must not exceed the quantity").asException();
    }
    if (request.id() != null && request.id().length() > Shard.MAX_CAMPAIGN_ID) {
      throw Problem.malformed(
              "id",
              "must be at most " + Shard.MAX_CAMPAIGN_ID + " characters for a coupon with shards")
          .asException();
    }
  }

  private static void checkInstant(String field, Instant instant) {
    if (instant != null && !(instant.isAfter(Instant.EPOCH) && instant.isBefore(Micros.LIMIT))) {
      throw Problem.malformed(field, "must lie between 1970 and " + Micros.LIMIT).asException();
    }
  }
}

package io.firstcome.coupon.model;

import io.firstcome.http.input.Ids;
import io.firstcome.http.input.UserId;
import io.firstcome.http.problem.Problem;
import io.firstcome.lifecycle.Lifecycle;

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

  /** The most winners of a lottery, which one transaction issues their units. */
  public static final long MAX_WINNERS = 1_000_000;

  /** Refuses validities that never begin, or have two ends. */
  public static void checkValidity(NewCoupon request) {
    Lifecycle.checkInstant("validFrom", request.validFrom());
    Lifecycle.checkInstant("validUntil", request.validUntil());
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

  /** Refuses lotteries that cannot be drawn, and what only lotteries have. */
  public static void checkLottery(NewCoupon request) {
    if (request.policy() != Policy.LOTTERY) {
      if (request.lottery() != null) {
        throw Problem.malformed("lottery", "requires the policy LOTTERY").asException();
      }
      return;
    }
    if (request.shards() != 1) {
      throw Problem.malformed("shards", "must be 1 for a lottery").asException();
    }
    if (request.perUserLimit() != 1) {
      throw Problem.malformed("perUserLimit", "must be 1 for a lottery").asException();
    }
    if (request.quantity() > MAX_WINNERS) {
      throw Problem.malformed("quantity", "must be at most " + MAX_WINNERS + " for a lottery")
          .asException();
    }
    checkCampaignId(request, "a lottery");
  }

  /** Refuses a queue without a rate or without one order, and a rate without a queue. */
  public static void checkQueue(NewCoupon request) {
    if (request.policy() != Policy.QUEUED) {
      checkAbsent("ratePerSecond", request.ratePerSecond());
      checkAbsent("queueLimit", request.queueLimit());
      return;
    }
    if (request.ratePerSecond() == null) {
      throw Problem.malformed("ratePerSecond", "is needed for the policy QUEUED").asException();
    }
    if (request.perUserLimit() > 1) {
      throw Problem.malformed(
              "perUserLimit", "must be 1 for the policy QUEUED: a user has one place in the queue")
          .asException();
    }
    if (request.shards() > 1) {
      throw Problem.malformed(
              "shards",
              "must be 1 for the policy QUEUED: each shard would have an order of its own")
          .asException();
    }
  }

  private static void checkAbsent(String field, Object value) {
    if (value != null) {
      throw Problem.malformed(field, "needs the policy QUEUED").asException();
    }
  }

  /** Refuses a time to accept that nobody waits for, and a waitlist without one order. */
  public static void checkWaitlist(NewCoupon request) {
    if (request.waitlist() == 0 && request.acceptWithinSeconds() != null) {
      throw Problem.malformed("acceptWithinSeconds", "needs a waitlist").asException();
    }
    if (request.waitlist() > 0 && request.policy() == Policy.LOTTERY) {
      throw Problem.malformed(
              "waitlist", "must be 0 for a lottery: nobody comes after the last unit")
          .asException();
    }
    if (request.waitlist() > 0 && request.shards() > 1) {
      throw Problem.malformed(
              "waitlist",
              "must be 0 for a coupon with shards: each shard would have an order of its own")
          .asException();
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
    checkCampaignId(request, "a coupon with shards");
  }

  private static void checkCampaignId(NewCoupon request, String what) {
    if (request.id() != null && request.id().length() > Shard.MAX_CAMPAIGN_ID) {
      throw Problem.malformed(
              "id", "must be at most " + Shard.MAX_CAMPAIGN_ID + " characters for " + what)
          .asException();
    }
  }

  /** Refuses codes that could be guessed, and what is said of codes that there are none of. */
  public static void checkCodes(NewCoupon request) {
    boolean areDerived = request.codes() == Codes.GENERATED || request.codes() == Codes.SHARED;
    if (!areDerived && !request.codePrefix().isEmpty()) {
      throw Problem.malformed("codePrefix", "is for codes that are generated").asException();
    }
    if (!areDerived && request.codeLength() != null) {
      throw Problem.malformed("codeLength", "is for codes that are generated").asException();
    }
    if (request.codes() != Codes.SHARED && request.sharedCode() != null) {
      throw Problem.malformed("sharedCode", "is for 'codes' of SHARED").asException();
    }
    if (request.codes() == Codes.GENERATED
        && request.quantity() > NewCoupon.MANY_CODES
        && request.codeSymbols() < NewCoupon.MIN_SYMBOLS_OF_MANY) {
      throw Problem.malformed(
              "codeLength",
              "must be at least 16 for more than 1,000,000 units, so that codes neither collide nor"
                  + " can be guessed")
          .asException();
    }
    if (request.codes() != Codes.NONE && request.policy() == Policy.LOTTERY) {
      throw Problem.malformed("codes", "cannot be combined with a lottery").asException();
    }
    if (request.codes() != Codes.NONE
        && (request.policy() == Policy.QUEUED || request.waitlist() > 0)) {
      throw Problem.malformed(
              "codes",
              "cannot be combined with a waitlist or a queue: a code is told with its claim")
          .asException();
    }
    if (request.codes() == Codes.POOL && request.shards() > 1) {
      throw Problem.malformed(
              "codes",
              "cannot be POOL for a coupon with shards: a pool is handed out in the order of one"
                  + " ledger")
          .asException();
    }
  }

  /** Refuses a group without quotas, and combinations in which groups are not counted. */
  public static void checkGroups(NewCoupon request) {
    if (request.group().isEmpty()) {
      if (request.quotas() != null) {
        throw Problem.malformed("quotas", "needs 'group', which says whom each counts")
            .asException();
      }
      return;
    }
    if (request.quotas() == null || request.quotas().isEmpty()) {
      throw Problem.malformed("group", "needs 'quotas', which limit the groups").asException();
    }
    if (request.quotas().size() > Quotas.MAX_GROUPS) {
      throw Problem.malformed("quotas", "must have at most " + Quotas.MAX_GROUPS + " groups")
          .asException();
    }
    request
        .quotas()
        .forEach(
            (group, units) -> {
              if (!group.equals(Quotas.OTHERS) && !group.matches(Quotas.NAME)) {
                throw Problem.malformed(
                        "quotas",
                        "must name each group by 1 to 32 letters, digits, dots, hyphens and"
                            + " underscores, the first a letter or digit, or by *")
                    .asException();
              }
              if (units == null || units < 0 || units > NewCoupon.MAX_QUANTITY) {
                throw Problem.malformed(
                        "quotas", "must give each group 0 to " + NewCoupon.MAX_QUANTITY + " units")
                    .asException();
              }
            });
    checkAlone(request.shards() > 1, "a coupon with shards: its units lie in several hash slots");
    checkAlone(request.policy() == Policy.LOTTERY, "a lottery");
    checkAlone(request.policy() == Policy.QUEUED, "the policy QUEUED");
    checkAlone(request.waitlist() > 0, "a waitlist");
    checkAlone(request.perUserLimit() > 1, "a 'perUserLimit' above 1");
  }

  private static void checkAlone(boolean isCombined, String with) {
    if (isCombined) {
      throw Problem.malformed("group", "cannot be combined with " + with).asException();
    }
  }
}

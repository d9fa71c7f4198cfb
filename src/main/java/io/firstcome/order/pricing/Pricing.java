package io.firstcome.order.pricing;

import io.firstcome.coupon.model.Claim;
import io.firstcome.coupon.recovery.CouponReader;
import io.firstcome.coupon.script.CouponState;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.stock.sale.Prices;
import io.smallrye.mutiny.Uni;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;

/** What an order costs now, and whether its coupon can be used. Nothing is taken. */
@ApplicationScoped
public class Pricing {

  private final Prices prices;
  private final CouponReader coupons;

  Pricing(Prices prices, CouponReader coupons) {
    this.prices = prices;
    this.coupons = coupons;
  }

  /**
   * The price of items.
   *
   * @param couponId null: none
   * @param userId whose coupon it must be
   * @return fails with {@code unknown-sale}, {@code unknown-item}, {@code unpriced-item}, or with
   *     why the coupon cannot be used
   */
  public Uni<Quote> quote(
      String saleId, SortedMap<String, Long> quantities, String couponId, String userId) {
    Uni<Quote> quote =
        prices.of(saleId, quantities.keySet()).map(list -> Quote.of(quantities, list));
    if (couponId == null) {
      return quote;
    }
    return quote.chain(
        full ->
            coupons
                // A lottery before its draw has no standing, and nobody holds a unit of it.
                .find(couponId, userId)
                .onItem()
                .ifNull()
                .failWith(() -> Problem.of(ProblemType.NO_CLAIM).asException())
                .chain(() -> coupons.standing(couponId, userId))
                .invoke(Pricing::checkUsable)
                .map(standing -> full.less(standing.state().definition().discount())));
  }

  /** So that nobody pays whose coupon is refused then; redeeming decides. */
  private static void checkUsable(CouponReader.Standing standing) {
    Claim claim = standing.claim();
    if (claim == null) {
      throw Problem.of(ProblemType.NO_CLAIM).asException();
    }
    List<Claim.Unit> units =
        claim.units() == null
            ? List.of(new Claim.Unit(claim.sequence(), claim.issuedAt(), claim.state(), null))
            : claim.units();
    List<Claim.Unit> unused = units.stream().filter(unit -> unit.state() == null).toList();
    if (unused.isEmpty()) {
      boolean redeemed = units.stream().anyMatch(unit -> unit.state() == Claim.State.REDEEMED);
      throw Problem.of(redeemed ? ProblemType.ALREADY_REDEEMED : ProblemType.REVOKED).asException();
    }
    CouponState state = standing.state();
    Instant now = state.serverTime();
    Instant from = state.terms().validFrom();
    if (from != null && now.isBefore(from)) {
      throw Problem.of(ProblemType.NOT_VALID_YET).with("validFrom", from).asException();
    }
    Instant end = null;
    for (Claim.Unit unit : unused) {
      end = state.terms().endOf(unit.issuedAt());
      if (end == null || now.isBefore(end)) {
        return;
      }
    }
    throw Problem.of(ProblemType.EXPIRED).with("validUntil", end).asException();
  }
}

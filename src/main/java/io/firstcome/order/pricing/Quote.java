package io.firstcome.order.pricing;

import io.firstcome.coupon.model.Discount;
import io.firstcome.http.input.Money;
import io.firstcome.http.problem.Problem;
import io.firstcome.http.problem.ProblemType;
import io.firstcome.order.model.OrderLine;
import io.firstcome.stock.sale.Prices.PriceList;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What an order costs, line by line, in minor units.
 *
 * @param subtotal the sum of the lines, 0 to {@link Money#MAX_AMOUNT}
 * @param discount 0 to {@code subtotal}
 */
public record Quote(String currency, List<OrderLine> lines, long subtotal, long discount) {

  /** What is to be paid. */
  public long total() {
    return subtotal - discount;
  }

  /**
   * Items at their prices, without a discount.
   *
   * @param quantities item to units
   * @throws io.firstcome.http.problem.ProblemException {@code unpriced-item} where one has no
   *     price, {@code malformed} where all cost more than can be paid
   */
  static Quote of(SortedMap<String, Long> quantities, PriceList prices) {
    List<OrderLine> lines = new ArrayList<>(quantities.size());
    // No request can name so much that this is slow, and the sum of a few may exceed a long.
    BigInteger sum = BigInteger.ZERO;
    for (Map.Entry<String, Long> wanted : quantities.entrySet()) {
      Long price = prices.units().get(wanted.getKey());
      if (price == null) {
        throw Problem.of(ProblemType.UNPRICED_ITEM).with("itemId", wanted.getKey()).asException();
      }
      lines.add(new OrderLine(wanted.getKey(), wanted.getValue(), price));
      sum = sum.add(BigInteger.valueOf(wanted.getValue()).multiply(BigInteger.valueOf(price)));
    }
    if (sum.compareTo(BigInteger.valueOf(Money.MAX_AMOUNT)) > 0) {
      throw Problem.malformed("items", "must cost at most " + Money.MAX_AMOUNT + " together")
          .asException();
    }
    return new Quote(prices.currency(), List.copyOf(lines), sum.longValueExact(), 0);
  }

  /**
   * The same with the discount of a coupon.
   *
   * @param stored see {@link Discount#stored}
   * @throws io.firstcome.http.problem.ProblemException {@code discount-not-applicable}, so that
   *     nobody uses up a coupon for nothing
   */
  Quote less(String stored) {
    Discount coupon = Discount.ofStored(stored);
    if (coupon == null) {
      return this;
    }
    if (!coupon.appliesTo(subtotal, currency)) {
      throw Problem.of(ProblemType.DISCOUNT_NOT_APPLICABLE)
          .with("discount", coupon)
          .with("subtotal", subtotal)
          .with("currency", currency)
          .asException();
    }
    return new Quote(currency, lines, subtotal, coupon.of(subtotal));
  }
}

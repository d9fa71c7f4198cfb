package io.firstcome.coupon.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.firstcome.http.input.Money;
import io.firstcome.http.problem.Problem;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What a coupon takes off an order.
 *
 * @param amount of {@link Type#AMOUNT}: minor units; else null
 * @param percent of {@link Type#PERCENT}: 1 to 100; else null
 * @param currency ISO 4217, of {@code amount} and {@code minimumOrder}; null: of any
 * @param minimumOrder what an order must cost at least, in minor units; null: anything
 */
@Schema(name = "Discount", description = "What a coupon takes off an order")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Discount(
    Type type,
    @Schema(
            description = "Of AMOUNT: minor units, at most what the order costs",
            minimum = "1",
            examples = "500")
        Long amount,
    @Schema(
            description = "Of PERCENT: rounded down to whole minor units of the order",
            minimum = "1",
            maximum = "100",
            examples = "10")
        Integer percent,
    @Schema(
            description = "ISO 4217: of 'amount' and 'minimumOrder', which need it",
            examples = "EUR")
        String currency,
    @Schema(
            description = "What an order must cost at least, in minor units",
            minimum = "1",
            examples = "2000")
        Long minimumOrder) {

  /** In a merge patch: the coupon takes nothing off any more. */
  public static final Discount REMOVED = new Discount(null, null, null, null, null);

  /** How much is taken off. */
  public enum Type {
    /** So many minor units. */
    AMOUNT,
    /** A part of what the order costs. */
    PERCENT
  }

  private static final int PARTS = 4;
  private static final int PERCENT = 100;

  /** Refuses what breaks a rule. By hand, as a merge patch removes it by {@link #REMOVED}. */
  public void check() {
    if (type == null) {
      throw Problem.malformed("discount.type", "must not be null").asException();
    }
    checkOnly("amount", type == Type.AMOUNT, amount, Money.MAX_AMOUNT);
    checkOnly(
        "percent", type == Type.PERCENT, percent == null ? null : percent.longValue(), PERCENT);
    checkRange("minimumOrder", minimumOrder, Money.MAX_AMOUNT);
    if (currency == null && (amount != null || minimumOrder != null)) {
      throw Problem.malformed("discount.currency", "must be given with amount or minimumOrder")
          .asException();
    }
    if (currency != null) {
      Money.checkCurrency(currency);
    }
  }

  private void checkOnly(String field, boolean needed, Long value, long most) {
    if (needed == (value == null)) {
      throw Problem.malformed(
              "discount." + field, needed ? "must not be null" : "must be omitted for " + type)
          .asException();
    }
    checkRange(field, value, most);
  }

  private static void checkRange(String field, Long value, long most) {
    if (value != null && (value < 1 || value > most)) {
      throw Problem.malformed("discount." + field, "must be 1 to " + most).asException();
    }
  }

  /** Whether it can be used for such an order. */
  public boolean appliesTo(long subtotal, String orderCurrency) {
    return (currency == null || currency.equals(orderCurrency))
        && (minimumOrder == null || subtotal >= minimumOrder);
  }

  /**
   * What is taken off an order that it applies to: never more than it costs. A part of a minor unit
   * is not taken off.
   *
   * @param subtotal 0 to {@link Money#MAX_AMOUNT}
   */
  public long of(long subtotal) {
    return type == Type.AMOUNT ? Math.min(amount, subtotal) : subtotal * percent / PERCENT;
  }

  /** As the stores keep it: {@code amount:500:EUR:2000}, {@code percent:10::}; empty: none. */
  public static String stored(Discount discount) {
    if (discount == null || discount == REMOVED) {
      return "";
    }
    return discount.type == Type.AMOUNT
        ? text("amount", discount.amount, discount)
        : text("percent", discount.percent, discount);
  }

  private static String text(String type, Number number, Discount discount) {
    return type
        + ":"
        + number
        + ":"
        + (discount.currency == null ? "" : discount.currency)
        + ":"
        + (discount.minimumOrder == null ? "" : discount.minimumOrder);
  }

  /** The reverse of {@link #stored}; null: none. */
  public static Discount ofStored(String text) {
    if (text.isEmpty()) {
      return null;
    }
    String[] parts = text.split(":", PARTS);
    boolean isAmount = parts[0].equals("amount");
    return new Discount(
        isAmount ? Type.AMOUNT : Type.PERCENT,
        isAmount ? Long.valueOf(parts[1]) : null,
        isAmount ? null : Integer.valueOf(parts[1]),
        parts[2].isEmpty() ? null : parts[2],
        parts[3].isEmpty() ? null : Long.valueOf(parts[3]));
  }
}

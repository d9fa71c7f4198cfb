package io.firstcome.order.purchase;

import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Ids;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.UserId;
import io.firstcome.payment.model.Payment;
import io.firstcome.stock.model.ReservationRequest;
import io.firstcome.stock.model.StockConfig;
import io.firstcome.stock.reservation.NewReservation;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import java.time.Duration;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** What a user orders. */
@Schema(description = "What to order, and how it is paid")
record NewOrder(
    @NotNull
        @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(examples = "summer-2026")
        String saleId,
    @Schema(
            required = true,
            minItems = 1,
            maxItems = NewReservation.MAX_ITEMS,
            description = "Quantities of a repeated item are added up")
        List<NewReservation.Item> items,
    @Pattern(regexp = Ids.COUPON, message = Ids.COUPON_MESSAGE)
        @Schema(description = "A coupon that the user holds", examples = "ten-percent")
        String couponId,
    @NotNull @Valid PaymentChoice payment,
    @Min(0)
        @Max(Money.MAX_AMOUNT)
        @Schema(
            description = "What the client expects to pay, in minor units; 422 if it is another",
            examples = "3598")
        Long total,
    @Pattern(regexp = Money.CURRENCY, message = Money.CURRENCY_MESSAGE)
        @Schema(description = "As 'total': the currency the client expects", examples = "EUR")
        String currency,
    @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE)
        @Schema(description = "Whose order; the caller's own if omitted")
        String userId) {

  /** How an order is paid. */
  @Schema(name = "PaymentChoice")
  record PaymentChoice(@NotNull Payment.Provider provider) {}

  /** Refuses what no annotation can say. */
  void check() {
    if (currency != null) {
      Money.checkCurrency(currency);
    }
  }

  String owner(String caller) {
    return userId == null ? caller : userId;
  }

  /**
   * The reservation that an order begins with: of the same caller and key always the same one.
   *
   * @param hold how long its units are held
   */
  ReservationRequest reservation(String caller, String key, Duration hold, StockConfig config) {
    long seconds = Math.min(hold.toSeconds(), config.maxTtl().toSeconds());
    String own = "order-" + Digests.of(caller + "\n" + key).substring(0, 48);
    return new NewReservation(items, ReservationRequest.Mode.ALL_OR_NOTHING, seconds)
        .order(saleId, owner(caller), own, config);
  }

  /** Tells whether a request is this one again. */
  String digest(String caller, ReservationRequest reservation) {
    return Digests.of(
        String.join(
            "\n",
            saleId,
            owner(caller),
            reservation.quantities().toString(),
            String.valueOf(couponId),
            payment.provider().name(),
            String.valueOf(total),
            String.valueOf(currency)));
  }
}

package io.firstcome.payment.charge;

import io.firstcome.http.input.Digests;
import io.firstcome.http.input.Money;
import io.firstcome.http.input.UserId;
import io.firstcome.payment.model.Payment;
import io.firstcome.payment.model.PaymentRequest;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/** Money to take from a user. */
@Schema(description = "Money to take from a user")
record NewPayment(
    @Pattern(regexp = UserId.PATTERN, message = UserId.MESSAGE)
        @Schema(description = "Whose money; the caller's own if omitted")
        String userId,
    @NotNull
        @Min(1)
        @Max(Money.MAX_AMOUNT)
        @Schema(description = "Minor units of the currency", examples = "1999")
        Long amount,
    @NotNull
        @Pattern(regexp = Money.CURRENCY, message = Money.CURRENCY_MESSAGE)
        @Schema(description = "ISO 4217", examples = "EUR")
        String currency,
    @NotNull Payment.Provider provider) {

  PaymentRequest request(String caller, String key) {
    String owner = userId == null ? caller : userId;
    return new PaymentRequest(
        null,
        Payment.Kind.CHARGE,
        null,
        caller,
        key,
        Digests.of(owner + "\n" + amount + "\n" + currency + "\n" + provider),
        owner,
        amount,
        currency,
        provider);
  }
}
